"""What a rule is allowed to ask, and probably does not mean to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.policy.cel_rule import Cel
from verifier.policy.interface import Rule
from verifier.policy.rules.attestation import Attestation

_FILTERED = re.compile(r"\.filter\(.*\)\s*\.all\(", re.DOTALL)
_ABSENT = re.compile(r"!\s*\(*(?:signatures|attestations|provenance)\b[^&|?]*?\.exists(?:_one)?\(")


def rule_advice(rule: Rule) -> Iterator[tuple[str, str]]:
    """What is to be looked at in ``rule``, and what to do."""
    if isinstance(rule, Attestation) and rule.schema is not None and not rule.schema.problems({}):
        yield (
            "the schema asks for nothing that must be there: an empty predicate fits it",
            "name under 'required' what must be there",
        )
    check = rule.expressions.check if isinstance(rule, Cel) else ""
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
