"""What a rule is allowed to ask, and probably does not mean to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from verifier.limits import EVIDENCE_DAYS
from verifier.model.predicate import matches
from verifier.policy.anchors import loose_ends
from verifier.policy.cel_rule import Cel
from verifier.policy.cel_texts import patterns
from verifier.policy.expression_tree import TooComplexError, has_bare_dot
from verifier.policy.expressions import parsed
from verifier.policy.interface import Rule
from verifier.policy.predicate_names import near_miss
from verifier.policy.rules.attestation import Attestation
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.image_labels import ImageLabels
from verifier.policy.rules.provenance import ProvenanceRule
from verifier.policy.rules.provenance_checks import Claim, Materials
from verifier.policy.rules.suppliers import Suppliers
from verifier.policy.rules.vulnerabilities import VulnerabilitiesRule
from verifier.policy.schema_keywords import searched_patterns
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.times import days
from verifier.text import safe

_FILTERED = re.compile(r"\.filter\(.*\)\s*\.all\(", re.DOTALL)
_ABSENT = re.compile(r"!\s*\(*(?:signatures|attestations|provenance)\b[^&|?]*?\.exists(?:_one)?\(")
# Types whose content is good or bad news, and what reads it.
_NEWS = {
    "vuln": "ask with 'vulnerabilities: {max-severity: …, max-age: …}' what the scan found",
    "https://in-toto.io/attestation/vulns/v0.1": "write a 'schema' that says what the scan may have found",
    "https://in-toto.io/attestation/vulns/v0.2": "ask with 'vulnerabilities' what the scan found",
    "vsa": "add a 'schema' that asks for verificationResult: {const: PASSED}",
    "https://slsa.dev/verification_summary/v0.2": "add a 'schema' that asks for the result",
    "https://in-toto.io/attestation/test-result/v0.1": "add a 'schema' that asks for result: {const: PASSED}",
    "https://in-toto.io/attestation/svr/v0.1": "add a 'schema' that asks for the properties that must hold",
}


def rule_advice(rule: Rule, others: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """What is to be looked at in ``rule``, and what to do. ``others`` are all rules of the policy."""
    yield from _evidence(rule)
    yield from _dots(rule)
    if isinstance(rule, Attestation):
        yield from _attestation(rule, others)
    elif isinstance(rule, ProvenanceRule):
        yield from _refs(rule)
    elif isinstance(rule, Cel):
        yield from _cel(rule)


def _evidence(rule: Rule) -> Iterator[tuple[str, str]]:
    evidence = getattr(rule, "evidence", None)
    kinds = evidence.types if isinstance(evidence, Evidence) else ()
    kind = rule.kind if isinstance(rule, Cel) else None
    for one in dict.fromkeys((*kinds, *([kind] if kind else []))):
        if (instead := near_miss(one)) is not None:
            yield f"no predicate type is called {safe(one, limit=200)}", f"write {instead}"
    most = evidence.terms.max_age if isinstance(evidence, Evidence) else None
    if most is not None and most > timedelta(days=EVIDENCE_DAYS):
        yield f"max-age is {days(most)}, longer than any evidence is worth", "write an age that is checked"


def _attestation(rule: Attestation, others: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    (kind,) = rule.evidence.types
    news = next((one for one in _NEWS if kind == one or matches(one, kind)), None)
    if rule.schema is None:
        if news and not any(_reads(other, news) for other in others if other is not rule):
            yield f"it holds for any {safe(kind)} attestation, whatever that says", _NEWS[news]
        return
    if not rule.schema.problems({}):
        yield (
            "the schema asks for nothing that must be there: an empty predicate fits it",
            "name under 'required' what must be there",
        )
    for pattern in searched_patterns(json.loads(rule.schema.text)):
        yield from _searched("the schema's pattern", pattern)


def _reads(rule: Rule, kind: str) -> bool:
    """Whether ``rule`` looks into attestations of ``kind``."""
    if isinstance(rule, Attestation) and rule.schema is None:
        return False
    evidence = getattr(rule, "evidence", None)
    types = evidence.types if isinstance(evidence, Evidence) else ()
    asked = {*types, *([rule.kind] if isinstance(rule, Cel) and rule.kind else [])}
    same = any(kind == one or matches(kind, one) or matches(one, kind) for one in asked)
    return same or (isinstance(rule, VulnerabilitiesRule) and "vuln" in kind)


def _cel(rule: Cel) -> Iterator[tuple[str, str]]:
    check = rule.expressions.check
    if _FILTERED.search(check):
        yield (
            "'.filter(…).all(…)' is true where the filter leaves nothing",
            "ask with '.filter(…).size() > 0 && …' that it leaves something",
        )
    if _ABSENT.search(check):
        yield (
            "the check asks that something is not there, and a registry can hide what it likes",
            "ask for a recent attestation that says so: 'each: attestation' with 'max-age'",
        )
    for pattern in patterns(check):
        yield from _searched("the pattern of matches", pattern)


def _searched(what: str, pattern: str) -> Iterator[tuple[str, str]]:
    """A pattern that is found anywhere in a text."""
    shown = safe(pattern, limit=100)
    try:
        ends, dot = loose_ends(pattern), has_bare_dot(parsed(pattern))
    except TooComplexError:
        return
    if ends is not None:
        yield (
            f"{what} {shown!r} is found anywhere in the text: anything may stand {ends}",
            "write ^ before it and $ behind it, and .* where anything may stand",
        )
    if dot:
        yield f"a dot in {what} {shown!r} stands for any character", "write [.] or \\. for a dot"


def _refs(rule: ProvenanceRule) -> Iterator[tuple[str, str]]:
    for check in rule.checks:
        if isinstance(check, Claim) and check.subject == "ref" and _is_short(check.wanted):
            shown = safe(check.wanted.text, limit=60)
            yield f"the ref {shown!r} is none that GitHub has", "write refs/heads/… or refs/tags/…"


def _is_short(ref: TextMatcher) -> bool:
    return not ref.is_pattern and not ref.text.startswith("refs/")


def _dots(rule: Rule) -> Iterator[tuple[str, str]]:
    for where, matcher in _matchers(rule):
        if bare_dot(matcher):
            yield f"a dot in {where} stands for any character", "write \\. for a dot"


def bare_dot(matcher: TextMatcher) -> bool:
    """Whether ``matcher`` is a pattern with a dot in it that stands for one character."""
    try:
        return matcher.is_pattern and has_bare_dot(parsed(matcher.text))
    except TooComplexError:
        return False  # of signers this is said where strangers are tried


def _matchers(rule: Rule) -> Iterator[tuple[str, TextMatcher]]:
    """The patterns of ``rule`` that match a whole text, and where they stand."""
    if isinstance(rule, ProvenanceRule):
        for check in rule.checks:
            if isinstance(check, Claim):
                yield f"{check.subject}-pattern", check.wanted
            elif isinstance(check, Materials):
                yield from (("materials.allow-pattern", matcher) for matcher in check.allowed)
    elif isinstance(rule, ImageLabels):
        for name, wanted in rule.required:
            if wanted is not None:
                yield f"the pattern of the label {safe(name, limit=100)}", wanted
    elif isinstance(rule, Suppliers):
        yield from (("allow-patterns", matcher) for matcher in rule.allow)
