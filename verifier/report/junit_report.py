"""A report as JUnit XML: a suite for each image and each of its platforms, a case for each check."""

from __future__ import annotations

from collections import Counter

from verifier.report.junit import JunitCase, JunitSuite, render_junit
from verifier.report.view import LONG, PROBLEMS, Document, Part, file_in_words, files, images, parts
from verifier.text import safe

_FILES = "what was not judged in files"


def render_junit_report(document: Document) -> str:
    """Every image fails somewhere in it unless its verdict is pass."""
    suites = [_suite(part) for image in images(document) for part in parts(image) if part.checks]
    if found := files(document):
        suites.append(JunitSuite(_FILES, tuple(map(_file, found))))
    return render_junit(suites)


def _file(file: Document) -> JunitCase:
    words = file_in_words(file)
    is_error = file["outcome"] == "error"
    details = (words, f"what to do: {file['hint']}") if file["hint"] else (words,)
    return JunitCase(
        words,
        _FILES,
        problem=words if is_error else None,
        details=details if is_error else (),
        skipped=None if is_error else f"not judged: {words}",
    )


def _suite(part: Part) -> JunitSuite:
    """The suite; readers of JUnit take two cases of one name for one, so each has a name of its own."""
    times: Counter[str] = Counter()
    cases = []
    for check in part.checks:
        name = _name(check)
        times[name] += 1
        cases.append(_case(name if times[name] == 1 else f"{name} ({times[name]})", check, part))
    return JunitSuite(part.name, tuple(cases))


def _name(check: Document) -> str:
    """A name that stays the same from run to run where there is one."""
    about = " ".join(check[name] for name in ("package", "vulnerability") if check.get(name))
    words = [check["rule"], check.get("asked") or ("" if about else check["message"]), about]
    return safe(": ".join(word for word in words if word), limit=LONG)


def _case(name: str, check: Document, part: Part) -> JunitCase:
    outcome, message = check["outcome"], check["message"]
    return JunitCase(
        name,
        part.name,
        problem=message if outcome in PROBLEMS else None,
        details=tuple(_details(check, part)),
        is_error=outcome == "error",
        skipped=f"{outcome}: {message}" if outcome in {"waived", "skip"} else None,
        output=f"warning: {message}" if outcome == "warn" else None,
    )


def _details(check: Document, part: Part) -> list[str]:
    if check["outcome"] not in PROBLEMS:
        return []
    names = ("code", "policy", "package", "vulnerability", "element")
    lines = [check["message"], *(f"{name}: {check[name]}" for name in names if check.get(name))]
    lines += [f"evidence: {digest}" for digest in check["evidence"]]
    lines += [
        f"named at: {place['file']}:{place['line']}:{place['column']} {safe(place['object'])}"
        for place in part.image.get("namedAt", [])
    ]
    if check["hint"]:
        lines.append(f"what to do: {check['hint']}")
    return lines
