"""The findings of rules that look into evidence which is there and genuine."""

from __future__ import annotations

from collections.abc import Collection

from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.interface import Case


def passed(rule: str, case: Case, message: str, evidence: Collection[Digest] = ()) -> Finding:
    """The rule holds."""
    return Finding(
        rule=rule,
        policy=case.policy,
        outcome=Outcome.PASS,
        verdict=Verdict.PASS,
        code=None,
        message=message,
        evidence=tuple(evidence),
    )


def denied(  # noqa: PLR0913 - as many as a finding has members
    rule: str,
    case: Case,
    message: str,
    *,
    code: str = "PolicyError",
    hint: str | None = None,
    evidence: Collection[Digest] = (),
    package: str | None = None,
    vulnerability: str | None = None,
    element: str | None = None,
) -> Finding:
    """The evidence is genuine, and the policy says no. The rest as in `Finding`."""
    return Finding(
        rule=rule,
        policy=case.policy,
        outcome=Outcome.FAIL,
        verdict=Verdict.FAIL,
        code=code,
        message=message,
        hint=hint,
        evidence=tuple(evidence),
        package=package,
        vulnerability=vulnerability,
        element=element,
    )


def skipped(rule: str, case: Case, message: str) -> Finding:
    """The rule does not apply here."""
    return Finding(
        rule=rule,
        policy=case.policy,
        outcome=Outcome.SKIP,
        verdict=Verdict.PASS,
        code=None,
        message=message,
    )
