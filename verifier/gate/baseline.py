"""Failures that are known and accepted until a date: a file beside the manifests.

A fingerprint is over what failed where: the image's repository, the rule and what it asks for, the code,
and the package or vulnerability; not over the digest, so that it outlives the next build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

from verifier.errors import InputError, ManifestError, UsageError
from verifier.gate.run import RULES
from verifier.limits import BASELINE_DAYS, POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.reference_parser import parse_reference
from verifier.model.report import ImageReport, PlatformReport, Report
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_FACTS = ("image", "rule", "asked", "code", "about")
_KEYS = frozenset({*_FACTS, "fingerprint", "until", "reason"})
_HINT = "--write-baseline FILE writes one; docs/gate.md describes it"


@dataclass(frozen=True, slots=True)
class Known:
    """One failure. ``asked`` is what the rule asks for; ``about`` a package, a vulnerability, or nothing."""

    image: str
    rule: str
    asked: str
    code: str
    about: str

    @property
    def fingerprint(self) -> str:
        """What identifies it."""
        facts = json.dumps([getattr(self, name) for name in _FACTS]).encode()
        return f"sha256:{hashlib.sha256(facts).hexdigest()}"

    @classmethod
    def of(cls, image: ImageReport, finding: Finding) -> Self:
        """The failure that a finding is."""
        rule = f"{finding.policy}/{finding.rule}" if finding.policy else finding.rule
        about = " ".join(part for part in (finding.vulnerability, finding.package) if part)
        return cls(_repository(image), rule, finding.asked, finding.code or "", about)


def _repository(image: ImageReport) -> str:
    try:
        return parse_reference(image.reference).name
    except InputError:
        return image.reference


@dataclass(frozen=True, slots=True)
class Accepted:
    """Until when a failure is accepted (the last day), and why."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is accepted, by failure."""

    accepted: Mapping[Known, Accepted]

    def apply(self, report: Report) -> tuple[Report, int]:
        """The report with accepted failures waived, and how many of the accepted were not found any more."""
        met: set[Known] = set()
        images = tuple(self._image(image, met) for image in report.images)
        return replace(report, images=images), len(self.accepted.keys() - met)

    def _image(self, image: ImageReport, met: set[Known]) -> ImageReport:
        checks = tuple(self._finding(image, finding, met) for finding in image.checks)
        platforms = tuple(self._platform(image, platform, met) for platform in image.platforms)
        before = [check.verdict for check in image.checks] + [each.verdict for each in image.platforms]
        after = [check.verdict for check in checks] + [each.verdict for each in platforms]
        verdict = _lowered(image.verdict, before, after)
        return replace(image, checks=checks, platforms=platforms, verdict=verdict)

    def _platform(self, image: ImageReport, platform: PlatformReport, met: set[Known]) -> PlatformReport:
        checks = tuple(self._finding(image, finding, met) for finding in platform.checks)
        before, after = [check.verdict for check in platform.checks], [check.verdict for check in checks]
        return replace(platform, checks=checks, verdict=_lowered(platform.verdict, before, after))

    def _finding(self, image: ImageReport, finding: Finding, met: set[Known]) -> Finding:
        known = Known.of(image, finding)
        accepted = self.accepted.get(known) if is_acceptable(finding) else None
        if accepted is None:
            return finding
        met.add(known)
        why = f" ({safe(accepted.reason, limit=200)})" if accepted.reason else ""
        message = f"accepted until {accepted.until.isoformat()} by the baseline{why}: {finding.message}"
        return replace(finding, outcome=Outcome.WAIVED, verdict=Verdict.PASS, message=message)


def _lowered(verdict: Verdict, before: list[Verdict], after: list[Verdict]) -> Verdict:
    """The verdict without what was waived; one that rests on something else stays."""
    if before == after or max(before, default=Verdict.PASS) != verdict:
        return verdict
    return max(after, default=verdict)


def is_acceptable(finding: Finding) -> bool:
    """Whether somebody may answer for a finding: a refusal by a policy, or by the gate.

    What could not be found out, and an image that is not what it says, are nothing that can be known before.
    """
    return finding.outcome is Outcome.FAIL and (finding.policy is not None or finding.rule in RULES)


def failures(report: Report) -> Iterator[Known]:
    """Every failure that could be accepted, each once."""
    found = (
        Known.of(image, finding)
        for image in report.images
        for finding in (*image.checks, *(check for each in image.platforms for check in each.checks))
        if is_acceptable(finding)
    )
    yield from dict.fromkeys(found)


def write(report: Report, old: Baseline | None) -> str:
    """A baseline of every failure of ``report``; what ``old`` accepts keeps its date and reason."""
    until = (report.evaluated_at + timedelta(days=BASELINE_DAYS)).date()
    entries = []
    for known in sorted(failures(report), key=astuple):
        accepted = old.accepted.get(known) if old else None
        accepted = accepted or Accepted(until, "")
        facts = {name: getattr(known, name) for name in _FACTS}
        end = {"until": accepted.until.isoformat(), "reason": accepted.reason}
        entries.append({"fingerprint": known.fingerprint, **facts, **end})
    return json.dumps({"version": 1, "accepted": entries}, indent=2) + "\n"


def read_baseline(path: Path, *, now: datetime) -> Baseline:
    """Read a baseline, or raise `InputError`: also where something in it is not accepted any more."""
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read the baseline {safe(path)}: {error.strerror}", hint=_HINT) from None
    try:
        document = loads_object(raw, limit=POLICY_BYTES)
    except StrictJsonError as error:
        raise ManifestError(f"{safe(path)}: {safe(error)}", hint=_HINT) from None
    entries = document.get("accepted")
    if set(document) != {"version", "accepted"} or document["version"] != 1 or not isinstance(entries, list):
        raise ManifestError(f"{safe(path)}: 'version' 1 and 'accepted' are expected", hint=_HINT)
    accepted: dict[Known, Accepted] = {}
    for number, entry in enumerate(entries):
        place = f"{safe(path)}: accepted[{number}]"
        known, until = _entry(place, entry, now)
        if known in accepted:
            raise ManifestError(f"{place}: it is there twice")
        accepted[known] = until
    return Baseline(accepted)


def _entry(place: str, entry: object, now: datetime) -> tuple[Known, Accepted]:
    if not isinstance(entry, dict) or not set(entry) <= _KEYS or not {*_FACTS, "until"} <= set(entry):
        raise ManifestError(f"{place}: {', '.join(_FACTS)} and until are expected", hint=_HINT)
    if not all(isinstance(value, str) for value in entry.values()):
        raise ManifestError(f"{place}: something is no text", hint=_HINT)
    known = Known(*(entry[name] for name in _FACTS))
    if entry.get("fingerprint", known.fingerprint) != known.fingerprint:
        raise ManifestError(
            f"{place}: the fingerprint is of something else", hint="leave it out, or write the file anew"
        )
    try:
        until = date.fromisoformat(entry["until"])
    except ValueError:
        raise ManifestError(f"{place}: until is no date", hint="for example 2026-12-31") from None
    if now.astimezone(UTC).date() > until:
        raise ManifestError(
            f"{place}: {safe(known.rule)} of {safe(known.image)} was accepted until {until.isoformat()}",
            hint="mend it and remove the entry, or answer for it until another date",
        )
    return known, Accepted(until, entry.get("reason", ""))
