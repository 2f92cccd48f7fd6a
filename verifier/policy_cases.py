"""Run the test files of policies: judge saved evidence, and compare with what was expected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verifier.errors import InputError, ManifestError, PolicyError
from verifier.limits import EVIDENCE_RECORD_BYTES, POLICY_TEST_FILES
from verifier.local_files import is_directory, is_there, read_regular
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import ImageReport
from verifier.policy.case_file import CaseFile, PolicyCase, read_case_file
from verifier.policy.shipped import resolve
from verifier.policy.words import did_you_mean
from verifier.registry.evidence_record import EVIDENCE_FILE, TRUST_ROOT_FILE, recorded_time
from verifier.settings import Settings
from verifier.text import safe
from verifier.verification import verify_saved

SUFFIXES = (".test.yaml", ".test.yml")
_WORST_LAST = (Outcome.SKIP, Outcome.PASS, Outcome.WAIVED, Outcome.WARN, Outcome.FAIL, Outcome.ERROR)
_SAID = 3  # findings that are quoted of those that made the difference


@dataclass(frozen=True, slots=True)
class Difference:
    """``what`` is not as expected. ``said`` are the findings behind it, or why there is none."""

    what: str
    expected: str
    found: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case came out; as expected where there is no difference."""

    case: PolicyCase
    verdict: Verdict
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class FileResult:
    """How the cases of one file came out, in their order."""

    file: CaseFile
    results: tuple[CaseResult, ...]


def read_case_files(paths: Sequence[Path]) -> tuple[CaseFile, ...]:
    """Read test files, and those below directories. Raises `InputError`, also where there is none.

    All that is wrong with them and their policies is found before anything is judged.
    """
    found = dict.fromkeys(file for path in paths for file in _files(path))
    files = tuple(read_case_file(file) for file in found)
    if not files:
        raise ManifestError("no test file is given", hint="name a file, or a directory with NAME.test.yaml")
    for file in files:
        _require_policy(file)
        resolve(file.policy)
    return files


def _require_policy(file: CaseFile) -> None:
    path = Path(file.policy)
    if path.is_absolute() and not path.exists():
        raise PolicyError(
            f"no file {safe(path.name)!r} is there for the policy",
            place=safe(file.path),
            hint="its path is from the test file's folder",
        )
    if path.is_absolute() and not path.is_file():
        raise PolicyError(f"the policy {safe(path.name)!r} is not a regular file", place=safe(file.path))


def run_cases(
    files: Sequence[CaseFile], settings: Settings, *, progress: Callable[[str], None] = lambda _: None
) -> Iterator[FileResult]:
    """Judge every case, without a network. Raises `InputError` where what a case names cannot be used."""
    for file in files:
        results = []
        for case in file.cases:
            progress(f"{file.path}: {case.name}")
            results.append(_run(file, case, settings))
        yield FileResult(file, tuple(results))


def _files(path: Path) -> Iterator[Path]:
    try:
        if not is_directory(path):
            yield path
            return
        found = sorted(_below(path))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ManifestError(f"cannot look for test files in {safe(path)}: {safe(error)}") from error
    if not found:
        raise ManifestError(
            f"no test file is below {safe(path)}", hint="a test file is called NAME.test.yaml"
        )
    yield from found


def _below(folder: Path) -> Iterator[Path]:
    """The test files below ``folder``; hidden directories and links to directories are left out."""
    count = 0
    for where, directories, names in os.walk(folder, onerror=_give_up):
        directories[:] = [name for name in directories if not name.startswith(".")]
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                count += 1
                if count > POLICY_TEST_FILES:
                    raise ManifestError(f"more than {POLICY_TEST_FILES} test files are below {safe(folder)}")
                path = Path(where) / name
                if path.exists() and not path.is_file():
                    raise ManifestError(f"{safe(path)} is not a regular file")
                yield path


def _give_up(error: OSError) -> None:
    raise error


# --- one case ---


def _run(file: CaseFile, case: PolicyCase, settings: Settings) -> CaseResult:
    try:
        report = verify_saved(case.evidence, _settings(file, case, settings), typed=case.image)
    except InputError as error:
        if isinstance(error, PolicyError) and error.place is not None:
            raise  # it is the policy that is wrong, or the case says so itself
        raise PolicyError(error.message, place=case.place, hint=error.hint) from error
    return CaseResult(case, report.verdict, tuple(_differences(case, report)))


def _settings(file: CaseFile, case: PolicyCase, settings: Settings) -> Settings:
    folder = None if case.evidence.archive else Path(case.evidence.path)
    if folder is not None and not folder.is_dir():
        raise PolicyError(
            f"no directory {safe(folder.name)!r} is there for the evidence",
            place=case.place,
            hint="save it with 'verify IMAGE --save-evidence DIRECTORY'; its path is from the test file's"
            " folder, without oci: before it",
        )
    at = case.at
    if at is None and folder is not None:
        at = recorded_time(_recorded(folder))
    if at is None:
        raise PolicyError(
            f"the evidence of {safe(case.name)!r} does not say when it was saved",
            place=case.place,
            hint="write the time to judge for: at: 2026-11-24T00:00:00Z",
        )
    return replace(
        settings,
        at=at,
        policies=(file.policy,),
        platforms=case.platforms,
        trusted_root=case.trusted_root or _saved_root(folder),
        offline=True,
        save_evidence=None,
    )


def _recorded(folder: Path) -> bytes:
    try:
        return read_regular(folder / EVIDENCE_FILE, EVIDENCE_RECORD_BYTES)
    except OSError:
        return b""  # a layout that was not saved by a verification


def _saved_root(folder: Path | None) -> Path | None:
    """The trust root that was saved with the evidence. Whoever runs a test trusts what lies beside it."""
    if folder is None:
        return None
    saved = folder / TRUST_ROOT_FILE
    try:
        if is_there(saved) and not saved.is_file():
            raise ManifestError(f"{safe(saved)} is not a regular file")
        return saved if is_there(saved) else None
    except OSError as error:
        raise ManifestError(f"cannot look into {safe(folder)}: {error.strerror}") from error


# --- what was expected, and what was found ---


def _differences(case: PolicyCase, report: ImageReport) -> Iterator[Difference]:
    findings = list(_findings(report))
    expected = case.expected
    # A defect is never what anybody expects, whatever the case says.
    wanted = expected.verdict if expected.verdict is not None else Verdict.PASS
    if report.verdict is not wanted and (expected.verdict is not None or report.verdict is Verdict.ERROR):
        behind = [(where, f) for where, f in findings if f.verdict is report.verdict]
        yield Difference("verdict", str(wanted), str(report.verdict), _said(behind))
    for rule, outcome in expected.checks.items():
        found = _of_rule(rule, findings)
        if not found:
            yield Difference(f"check {rule}", outcome.value, "no finding", _instead(rule, findings))
        elif (worst := found[0][1].outcome) is not outcome:
            yield Difference(f"check {rule}", outcome.value, worst.value, _said(found))
    for rule, code in expected.codes.items():
        found = _of_rule(rule, findings)
        codes = sorted({finding.code or "none" for _, finding in found})
        if not found:
            yield Difference(f"code of {rule}", code, "no finding", _instead(rule, findings))
        elif code not in codes:
            yield Difference(f"code of {rule}", code, " and ".join(codes), _said(found))


def _findings(report: ImageReport) -> Iterator[tuple[str, Finding]]:
    """Every finding, with the platform that it is on where there are several."""
    yield from (("", finding) for finding in report.checks)
    for platform in report.platforms:
        where = str(platform.platform or platform.digest) if len(report.platforms) > 1 else ""
        yield from ((where, finding) for finding in platform.checks)


def _of_rule(rule: str, findings: Sequence[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """The findings of the worst outcome of ``rule``: a kind of rule, or ``kind/id``."""
    found = [(where, f) for where, f in findings if rule in {f.rule, f.rule.partition("/")[0]}]
    worst = max((finding.outcome for _, finding in found), key=_WORST_LAST.index, default=None)
    return [(where, finding) for where, finding in found if finding.outcome is worst]


def _said(findings: Sequence[tuple[str, Finding]]) -> tuple[str, ...]:
    texts = dict.fromkeys(
        f"{f'{where}: ' if where else ''}{finding.rule}: {finding.message}" for where, finding in findings
    )
    shown = list(texts)[:_SAID]
    return (*shown, *([f"and {len(texts) - _SAID} more"] if len(texts) > _SAID else []))


def _instead(rule: str, findings: Sequence[tuple[str, Finding]]) -> tuple[str, ...]:
    known = {finding.rule for _, finding in findings}
    kinds = {name.partition("/")[0] for name in known}
    return (did_you_mean(rule, known | kinds),) if known else ("nothing was checked",)
