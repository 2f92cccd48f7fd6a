"""Evidence that could not be read never helps: it can only deny.

A registry that answers 503 for the newest scan, a layout without the blob of an SBOM, a list that breaks off:
what lies there is not known, and so it is not known whether a rule would have refused it. Rules judge what
could be read; here their answers are held against what could not.
"""

from __future__ import annotations

from collections.abc import Sequence

from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.interface import Case, Withheld
from verifier.text import safe


def with_doubt(
    findings: Sequence[Finding], rule: str, withheld: Withheld, case: Case, *, enforced: bool
) -> list[Finding]:
    """``findings`` of ``rule``, and where evidence that could not be read might change them, that.

    Then nothing of it has passed. Where the rule is not ``enforced`` all that it can do is warn, and so it
    warns of this.
    """
    unread = case.image.withheld
    refused = any(finding.is_problem for finding in findings)
    settled = refused and (
        withheld is Withheld.REFUSAL or any(finding.verdict >= Verdict.UNAVAILABLE for finding in findings)
    )
    if not unread or settled or withheld in {Withheld.NOTHING, Withheld.PASS}:
        return list(findings)
    first = min(unread, key=lambda item: (item.place, item.code))
    more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
    doubt = Finding(
        rule=rule,
        policy=case.policy,
        outcome=Outcome.ERROR if enforced else Outcome.WARN,
        verdict=Verdict.UNAVAILABLE if enforced else Verdict.PASS,
        code=first.code,
        message="not all evidence could be read, and what could not may change what this rule says:"
        f" {safe(first.place)}: {safe(first.reason)}{more}",
        hint=first.hint or "try again when it can be read, or remove what is damaged",
    )
    return [*(finding for finding in findings if finding.outcome is not Outcome.PASS), doubt]
