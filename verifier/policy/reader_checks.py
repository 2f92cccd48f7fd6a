"""What must fit together in a policy, once its parts are read."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.errors import PolicyError
from verifier.policy.clause import Clause, every
from verifier.policy.waivers import Waiver
from verifier.policy.words import did_you_mean
from verifier.text import safe


def require_distinct(waivers: Sequence[Waiver]) -> None:
    """Raise `PolicyError` where two exceptions have one id."""
    seen: set[str] = set()
    for waiver in waivers:
        if waiver.id in seen:
            raise PolicyError(f"two exceptions are called {waiver.id!r}", place=waiver.place)
        seen.add(waiver.id)


def require_fitting(waivers: Sequence[Waiver], clauses: Sequence[Clause]) -> None:
    """Raise `PolicyError` where an exception is for no rule: for none of the kind, nor of the id."""
    rules = {name for clause in every(clauses) for name in (clause.rule.id, clause.id)}
    for waiver in waivers:
        if waiver.rule not in rules:
            what = f"the exception {waiver.id!r} is for {safe(waiver.rule, limit=60)!r}"
            message, hint = f"{what}, which is no rule of the policy", did_you_mean(waiver.rule, rules)
            raise PolicyError(message, place=waiver.place, hint=hint)


def require_own_ids(clauses: Sequence[Clause]) -> None:
    """Raise `PolicyError` where two rules have one id: an exception for one would cover the other."""
    seen: dict[str, str] = {}
    for clause in (clause for clause in every(clauses) if clause.name):
        if seen.setdefault(clause.id, clause.place) != clause.place:
            raise PolicyError(f"two rules are called {clause.id!r}", place=clause.place)
