"""Reports that were saved as JSON: read strictly, since what they say may be acted upon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from verifier.errors import ReportError
from verifier.limits import REPORT_BYTES, REPORT_VALUES
from verifier.model.finding import Verdict
from verifier.report.json_report import Document, outcome, report_schema
from verifier.report.view import PROBLEMS
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TIMES = frozenset({"evaluatedAt", "signedAt", "created"})
_WORDS = _TIMES | {"digest", "evidence", "subject", "keyFingerprint", "code", "id"}
_HINT = "a report is what 'verify IMAGE -o json' prints or '--report json=FILE' writes"


def read_report(raw: bytes, name: str) -> Document:
    """The report in ``raw``, or `ReportError`: one that fits the schema and does not contradict itself."""
    try:
        document: Document = loads_object(raw, limit=REPORT_BYTES, values=REPORT_VALUES)
    except StrictJsonError as error:
        raise ReportError(f"{safe(name)} is no report: {safe(error)}", hint=_HINT) from error
    misfit = next(iter(_validator().iter_errors(document)), None)
    if misfit is not None:
        problem = f"{safe(misfit.json_path)}: {safe(misfit.message)}"
        raise ReportError(f"{safe(name)} is no report: {problem}", hint=_HINT)
    wrong = next(_contradictions(document), None) or next(_unreadable(document, "$"), None)
    if wrong is not None:
        raise ReportError(
            f"{safe(name)} is no report that verify wrote: {wrong}",
            hint="it was changed, or cut; verify again",
        )
    return document


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(report_schema())


def _contradictions(document: Document) -> Iterator[str]:
    """Where a verdict is better than what it rests on."""
    verdicts = [_verdict(image) for image in document["images"]]
    worst = max(verdicts, default=Verdict.UNVERIFIED)
    if (_verdict(document), document["exitCode"]) != outcome(worst, document.get("files", [])):
        yield f"$.verdict: the worst of its images is {worst}"
    for number, image in enumerate(document["images"]):
        path = f"$.images[{number}]"
        platforms = [_verdict(platform) for platform in image["platforms"]]
        if _verdict(image) < max(platforms, default=Verdict.PASS):
            yield f"{path}.verdict: it is better than that of its platforms"
        # An image's own check can speak for its platforms: that no policy is about it.
        for index, platform in enumerate(image["platforms"]):
            yield from _unfounded(platform, image["checks"], f"{path}.platforms[{index}]")
        yield from _unfounded(image, image["platforms"], path)


def _unfounded(judged: Document, others: list[Document], path: str) -> Iterator[str]:
    """Why ``judged`` cannot be a pass, by its checks and ``others``, which can stand in for them."""
    if judged["verdict"] != "pass":
        return
    if any(check["outcome"] in PROBLEMS for check in judged["checks"]):
        yield f"{path}.verdict: it is pass, and a check failed"
    if not judged["checks"] and not others:
        yield f"{path}.verdict: it is pass, and nothing was checked"


def _verdict(judged: Document) -> Verdict:
    return Verdict[judged["verdict"].upper()]


def _unreadable(node: Any, path: str, name: str = "") -> Iterator[str]:
    """What has the form that the schema wants and is none; ``name`` is that of the member ``node`` is in."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _unreadable(value, f"{path}.{safe(key)}", key)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _unreadable(value, f"{path}[{number}]", name)
    elif isinstance(node, str) and not _is_readable(name, node):
        yield f"{path}: {safe(node, limit=100)!r}"


def _is_readable(name: str, text: str) -> bool:
    if name in _TIMES:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
    # The schema's patterns end with a dollar sign, which Python's expressions take before a line's end too.
    return name not in _WORDS or "\n" not in text
