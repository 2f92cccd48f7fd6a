"""Decide on a review: a function of the request, the configuration and the judgement of each image.

It has never heard of HTTP. What it does not expect it denies; what it lets through unread has a name here:
`DELETE`, kinds and objects that the configuration leaves out, and objects that are going away unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from verifier.errors import VerifierError
from verifier.limits import REVIEW_IMAGES
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Verdict
from verifier.model.finding import Outcome as CheckOutcome
from verifier.model.platform import Platform
from verifier.model.report import ImageReport
from verifier.text import safe
from verifier.webhook.answer import Answer, Outcome, Replacement
from verifier.webhook.interface import Images, Judged, NamedImage
from verifier.webhook.request import MalformedReviewError, Object, Request
from verifier.webhook.rules import Rules

_PROBLEMS = 3  # of one image that are told; reports tell all
_FOR_OPERATORS = "whoever runs the webhook can change this: its policies and its configuration"
_RUNNING = {"CREATE", "UPDATE"}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a decision rests on beside the review: its own identifier, and digests for the audit log.

    They are ``""`` where it was not looked at: nothing but the review was needed.
    """

    decision: str
    policies: str
    trust_root: str


@dataclass(frozen=True, slots=True)
class Question:
    """The images to judge. Never none."""

    images: tuple[NamedImage, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """Each image once."""
        return tuple(dict.fromkeys(image.reference for image in self.images))

    def asked(self, usual: tuple[Platform, ...]) -> Mapping[str, tuple[Platform, ...]]:
        """Each image with the platforms that it may run on, empty for all; ``usual`` where none is said."""
        platforms: dict[str, list[tuple[Platform, ...]]] = {}
        for image in self.images:
            platforms.setdefault(image.reference, []).append(image.platforms or usual)
        return {
            reference: tuple(dict.fromkeys(chain.from_iterable(each))) if all(each) else ()
            for reference, each in platforms.items()
        }


def assess(request: Request, rules: Rules, images: Images, now: datetime) -> Question | Answer:
    """What must be judged, or the answer where that needs no judging."""
    unread = _unread(request, rules, now)
    if unread is not None:
        return unread
    try:
        named = images.named_in(request.object or {})
    except VerifierError as error:
        return _denied(f"{request.about}: {error.message}", hint=error.hint)
    if not named:
        return _denied(
            f"{safe(request.kind, limit=60)} of {safe(request.api_version, limit=60)} names no image, and"
            " nothing is never let through",
            hint="whoever runs the webhook can leave the kind out of its rules, or name it in ignored-kinds",
        )
    question = Question(named)
    if len(question.references) > REVIEW_IMAGES:
        return _denied(
            f"it names {len(question.references)} images; the most that are judged are {REVIEW_IMAGES}"
        )
    return question


def _unread(request: Request, rules: Rules, now: datetime) -> Answer | None:
    """The answer to what needs no look at its images."""
    if request.operation == "DELETE":
        return Answer(Outcome.ALLOWED, "deleting runs nothing")
    if request.operation not in _RUNNING:
        return _denied(f"the operation {safe(request.operation, limit=40)!r} is none that can be judged")
    if request.object is None:
        return Answer(Outcome.MALFORMED, f"the request to {request.operation} has no object")
    if rules.is_ignored(request):
        return Answer(Outcome.EXEMPT, "the kind is ignored", audit={"exemption": "ignored-kinds"})
    for exemption in rules.exemptions:
        if exemption.covers(request, now):
            told = f"{exemption.id}: {exemption.reason}"
            warning = f"not verified: exempt by {told}"
            return Answer(Outcome.EXEMPT, told, (warning,), audit={"exemption": told})
    if _goes_away_unchanged(request):
        return Answer(Outcome.ALLOWED, "it is being deleted, and what it runs stays as it is")
    return None


def conclude(request: Request, question: Question, judged: Judged, images: Images, *, pin: bool) -> Answer:
    """The answer once the images are judged; with ``pin``, tags get the digest that was verified."""
    refused = [image for image in question.images if not _passes(judged.get(image.reference))]
    audit = _audit(question, judged)
    warnings = tuple(chain.from_iterable(_warnings(text, judged.get(text)) for text in question.references))
    patch = tuple(_replacements(request, question, judged, images)) if pin else ()
    if not refused:
        return Answer(Outcome.ALLOWED, "every image passes", warnings, audit, patch)
    texts = dict.fromkeys(image.reference for image in refused)
    counted = (
        f"{len(texts)} of {len(question.references)} images" if len(question.references) > 1 else "the image"
    )
    lines = [f"{request.about}: {counted} may not run"]
    for text in texts:
        fields = ", ".join(image.field for image in refused if image.reference == text)
        lines += [f"- {fields}: {text}", *_reasons(judged.get(text))]
    outcome = _outcome([judged.get(text) for text in texts])
    return Answer(outcome, "\n".join(lines), warnings, audit, patch)


def settle(request: Request, rules: Rules, answer: Answer, grounds: Grounds) -> Answer:
    """The last word: audit mode, broken glass, and what the audit log is told of every answer."""
    said = {
        "decision-id": grounds.decision,
        "policy-hash": grounds.policies,
        "trust-root": grounds.trust_root,
        "outcome": answer.outcome.value,
    }
    audit = {**answer.audit, **{name: text for name, text in said.items() if text}}
    if answer.allowed:
        return replace(answer, audit=audit)
    glass = rules.break_glass
    reason = glass.reason(request) if glass is not None else None
    if reason is not None:
        who = f"{request.user.name}: {reason}"
        told = f"break-glass: let through unverified by {who}"
        audit = {**audit, "outcome": Outcome.BREAK_GLASS.value, "break-glass": who, "denied": answer.message}
        return Answer(Outcome.BREAK_GLASS, answer.message, (told, *_would(answer)), audit, answer.patch)
    if rules.is_audit(request.namespace):
        audit = {**audit, "outcome": Outcome.AUDITED.value, "denied": answer.message}
        return Answer(Outcome.AUDITED, answer.message, _would(answer), audit, answer.patch)
    return replace(answer, message=f"{answer.message}\ndecision {grounds.decision}", audit=audit, patch=())


def refuse(error: MalformedReviewError, rules: Rules) -> Answer:
    """The answer to what cannot be read, where it has a uid to answer to."""
    answer = Answer(Outcome.MALFORMED, error.message)
    if rules.audit:
        return Answer(Outcome.AUDITED, error.message, _would(answer), {"denied": error.message})
    return answer


def _would(answer: Answer) -> tuple[str, ...]:
    return (f"would be denied: {answer.message}", *answer.warnings)


def _denied(message: str, hint: str | None = None) -> Answer:
    return Answer(Outcome.DENIED, f"{message}\nhint: {hint}" if hint else message)


def _goes_away_unchanged(request: Request) -> bool:
    """Whether only finalizers and the like change of an object that the API server is deleting.

    ``oldObject`` is what it has stored, so that nobody can claim this; all that can make something run must
    be as it was.
    """
    if request.operation != "UPDATE" or request.old is None or request.object is None:
        return False
    metadata = request.old.get("metadata")
    deleted = isinstance(metadata, dict) and bool(metadata.get("deletionTimestamp"))
    return deleted and _what_runs(request.old) == _what_runs(request.object)


def _what_runs(thing: Object) -> Object:
    return {key: value for key, value in thing.items() if key not in {"metadata", "status"}}


def _passes(report: ImageReport | None) -> bool:
    return report is not None and report.verdict is Verdict.PASS


def _outcome(reports: list[ImageReport | None]) -> Outcome:
    """Of several refusals the one that says most: what is known, a defect, what is not known yet."""
    verdicts = {report.verdict for report in reports if report is not None}
    if verdicts & {Verdict.FAIL, Verdict.UNVERIFIED}:
        return Outcome.DENIED
    if Verdict.ERROR in verdicts:
        return Outcome.ERROR
    return Outcome.UNFINISHED if None in reports else Outcome.UNAVAILABLE


def _reasons(report: ImageReport | None) -> Iterator[str]:
    if report is None:
        yield "  not finished in time: it is still being verified; try again in a moment"
        return
    where = f" {report.resolved}" if report.resolved else ""
    yield f"  {report.verdict}{where}"
    problems = {(finding.policy, finding.rule, finding.message): finding for finding in _problems(report)}
    for finding in list(problems.values())[:_PROBLEMS]:
        policy = f" [{finding.code or 'fail'}, policy {finding.policy}, rule {finding.rule}]"
        yield f"  {finding.message}{policy if finding.policy else ''}"
        if finding.hint:
            # What helps on the command line does not help whoever talks to a cluster.
            yield f"  hint: {_FOR_OPERATORS if '--' in finding.hint else finding.hint}"
    if len(problems) > _PROBLEMS:
        yield f"  and {len(problems) - _PROBLEMS} more: verify it on the command line to see them"


def _checks(report: ImageReport) -> Iterator[Finding]:
    yield from report.checks
    for platform in report.platforms:
        yield from platform.checks


def _problems(report: ImageReport) -> Iterator[Finding]:
    return (finding for finding in _checks(report) if finding.is_problem)


def _warnings(text: str, report: ImageReport | None) -> Iterator[str]:
    if report is None or report.verdict is not Verdict.PASS:
        return
    for finding in _checks(report):
        if finding.outcome is CheckOutcome.WARN:
            yield f"{finding.code or finding.rule}: {text}: {finding.message}"
    for warning in report.warnings:
        yield f"{text}: {warning}"


def _audit(question: Question, judged: Judged) -> Mapping[str, str]:
    reports = [(text, judged.get(text)) for text in question.references]
    verdicts = [report.verdict for _, report in reports if report is not None]
    whole = "unfinished" if len(verdicts) < len(reports) else str(max(verdicts))
    digests = [f"{text}={report.digest}" for text, report in reports if report is not None and report.digest]
    evidence = dict.fromkeys(
        item.statement.evidence
        for _, report in reports
        if report is not None
        for item in (*report.signatures, *report.attestations)
    )
    return {"verdict": whole, "images": " ".join(digests), "evidence": _listed(evidence)}


def _listed(digests: Mapping[Digest, None]) -> str:
    return " ".join(map(str, digests))


def _replacements(
    request: Request, question: Question, judged: Judged, images: Images
) -> Iterator[Replacement]:
    kept = _kept(request, images)
    for image in question.images:
        report = judged.get(image.reference)
        if report is None or report.digest is None or not _passes(report):
            continue
        # A stored pod template may be immutable, and what an update leaves alone is not its to change.
        if "@" not in image.text and (image.path[:-2], image.text) not in kept:
            yield Replacement(image.pointer, image.text, f"{image.text}@{report.digest}")


def _kept(request: Request, images: Images) -> frozenset[tuple[object, str]]:
    """The images that are stored already, with the list that they stand in."""
    if request.old is None or request.operation != "UPDATE":
        return frozenset()
    try:
        return frozenset((image.path[:-2], image.text) for image in images.named_in(request.old))
    except VerifierError:
        return frozenset()
