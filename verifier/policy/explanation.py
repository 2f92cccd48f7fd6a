"""A policy in plain sentences, and why its checks came out as they did."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.model.finding import Finding, Outcome
from verifier.model.report import ImageReport
from verifier.policy.catalogue import RULES
from verifier.policy.clause import AnyOf, Clause
from verifier.policy.image_meaning import meaning, meanings
from verifier.policy.values import Policy
from verifier.text import rfc3339, safe

_LONG = 2000


def explain_policy(policy: Policy) -> Iterator[str]:
    """What ``policy`` asks of which images, line by line; paragraphs are apart by an empty line."""
    yield f"{policy.name}: {safe(policy.description or 'no description', limit=_LONG)}"
    yield ""
    yield from meanings(policy.images)
    if any(pattern.tag for pattern in policy.images):
        yield "Tags are compared with what was typed, and are advisory: a tag can be moved."
    unmatched = "a warning" if policy.unmatched_warns else "refused"
    yield f"An image that no given policy is about is {unmatched}."
    yield ""
    yield "It takes the word of:"
    for name, signer in policy.signers.items():
        yield f"  {name}: {safe(signer, limit=_LONG)}"
    yield ""
    yield "For every platform that is judged, it asks that"
    for number, clause in enumerate(policy.rules, 1):
        yield from _clause(clause, f"  {number}. ")
    if policy.waivers:
        yield ""
        yield "Exceptions:"
        for waiver in policy.waivers:
            scope = [
                *map(meaning, waiver.images),
                *map(str, waiver.packages),
                *sorted(waiver.vulnerabilities),
            ]
            on = f" on {', '.join(map(safe, scope))}" if scope else ""
            yield f"  {waiver.rule}{on}, until {rfc3339(waiver.expires)}: the {waiver}"
    silent = [name for name in RULES if name not in {kind for c in policy.rules for kind in _kinds(c)}]
    if silent:
        yield ""
        yield f"It makes no rule of the kinds {', '.join(sorted(silent))}."


def _clause(clause: Clause, number: str) -> Iterator[str]:
    if isinstance(clause.rule, AnyOf):
        yield f"{number}at least one of these holds completely:{_terms(clause)}"
        for letter, group in zip("abcdefghijklmnopqrstuvwxyz", clause.rule.groups, strict=False):
            for inner in group:
                yield from _clause(inner, f"{' ' * len(number)}{letter}) ")
        return
    yield f"{number}{clause.rule.asks()} [{clause.id}]{_terms(clause)}"


def _terms(clause: Clause) -> str:
    terms = [] if clause.enforced else ["warns only"]
    terms += [f"warns only until {rfc3339(clause.effective_from)}"] if clause.effective_from else []
    terms += [f"not applied from {rfc3339(clause.until)} on"] if clause.until else []
    return f" ({'; '.join(terms)})" if terms else ""


def _kinds(clause: Clause) -> Iterator[str]:
    yield clause.rule.id
    if isinstance(clause.rule, AnyOf):
        for group in clause.rule.groups:
            for inner in group:
                yield from _kinds(inner)


def explain_image(image: ImageReport) -> Iterator[str]:
    """Why each check of ``image`` came out as it did, and what would change it."""
    yield f"{safe(image.reference, limit=_LONG)} is {image.resolved or 'not resolved'}: {image.verdict}"
    for finding in image.checks:
        yield from _finding(finding, "  ")
    for platform in image.platforms:
        yield ""
        yield f"{safe(platform.platform or 'the image')} ({platform.digest}): {platform.verdict}"
        for finding in platform.checks:
            yield from _finding(finding, "  ")


def _finding(finding: Finding, indent: str) -> Iterator[str]:
    code = f" [{finding.code}]" if finding.code else ""
    policy = f"{finding.policy}: " if finding.policy else ""
    yield f"{indent}{finding.outcome.value:<6} {policy}{finding.rule}{code}"
    if finding.asked:
        yield f"{indent}       asks that {finding.asked}"
    yield f"{indent}       because {safe(finding.message, limit=_LONG)}"
    if finding.element:
        yield f"{indent}       at {safe(finding.element)}"
    for digest in finding.evidence[:5]:
        yield f"{indent}       seen in {digest}"
    change = finding.hint or _fix(finding)
    if change:
        yield f"{indent}       to change it: {safe(change, limit=_LONG)}"


def _fix(finding: Finding) -> str:
    spec = RULES.get(finding.rule.partition("/")[0])
    if spec is None or finding.outcome in {Outcome.PASS, Outcome.SKIP, Outcome.WAIVED}:
        return ""
    return spec.fix
