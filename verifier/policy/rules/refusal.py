"""How a rule explains that what it requires is not there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from verifier.errors import LimitExceeded
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import VerifiedStatement
from verifier.policy.identities import describe, nearest, out_of_time
from verifier.policy.interface import Case
from verifier.text import safe

_SHOWN = 5
_ALL_LISTED = "the report lists every rejected piece with its reason"
_OTHER_ROOT = (
    "it was made with a Sigstore instance, or a key of one, that the trust root in use does not know: try"
    " 'verify trust update', or name that instance's with --trusted-root (evidence saved by --save-evidence"
    " holds its own; accept it only from whom you trust)"
)
_DIGEST = re.compile(r"sha256[:-][0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What was required: the id of ``rule``, words for it, whose word counts, the code of its absence."""

    rule: str
    what: str
    signers: tuple[str, ...]
    code: str


def refuse(requirement: Requirement, case: Case, by_others: Sequence[VerifiedStatement]) -> Finding:
    """The finding that ``requirement`` is unmet, with the most likely reason.

    ``by_others`` would have met it, had they come from a wanted signer. Where not every place could be
    looked at, the answer is that it could not be found out: what is missing may lie there.
    """
    if case.image.unreadable:
        return could_not_look(requirement, case)
    if by_others:
        return _only_others(requirement, case, by_others)
    if case.image.rejections:
        return _rejected(requirement, case)
    made = "the image signed" if requirement.rule == "signature" else "that attested"
    return failure(
        requirement,
        case,
        f"no {requirement.what} was found",
        hint=f"was {made}, and was its evidence copied along with it? Looked at {_places(case)}",
    )


def _places(case: Case) -> str:
    """The kinds of places that were searched; the report has them all."""
    kinds = dict.fromkeys(_DIGEST.sub("…", place) for place in case.image.searched)
    return safe(", ".join(kinds)) or "no place"


def blobs(statements: Collection[VerifiedStatement]) -> tuple[Digest, ...]:
    """The digests of the blobs that hold ``statements``, each once, in an order of their own."""
    return tuple(sorted({statement.evidence for statement in statements}))


def could_not_look(requirement: Requirement, case: Case) -> Finding:
    """The finding that it could not be found out whether ``requirement`` is met."""
    first = min(case.image.unreadable, key=lambda unreadable: (unreadable.place, unreadable.code))
    others = len(case.image.unreadable) - 1
    more = f" (and {others} more)" if others else ""
    return Finding(
        rule=requirement.rule,
        policy=case.policy,
        outcome=Outcome.ERROR,
        verdict=Verdict.UNAVAILABLE,
        code=first.code,
        message=f"no acceptable {requirement.what} was found, and not every place could be looked at:"
        f" {safe(first.place)}: {safe(first.reason)}{more}",
        hint=first.hint,
    )


def failure(
    requirement: Requirement,
    case: Case,
    message: str,
    *,
    hint: str | None = None,
    code: str | None = None,
    evidence: Sequence[VerifiedStatement] = (),
) -> Finding:
    """A finding that the evidence does not meet ``requirement``.

    What was too large to be read could have met it, so with the code `LimitExceeded` nothing is known.
    """
    unknown = code == LimitExceeded.__name__
    return Finding(
        rule=requirement.rule,
        policy=case.policy,
        outcome=Outcome.ERROR if unknown else Outcome.FAIL,
        verdict=Verdict.UNAVAILABLE if unknown else Verdict.UNVERIFIED,
        code=code or requirement.code,
        message=message,
        hint=hint,
        evidence=blobs(evidence),
    )


def _only_others(requirement: Requirement, case: Case, found: Sequence[VerifiedStatement]) -> Finding:
    wanted = [case.wanted[name] for name in requirement.signers]
    signers = {describe(statement.signer): statement.signer for statement in sorted(found, key=_order)}
    shown = "; ".join(list(signers)[:_SHOWN])
    more = f" and {len(signers) - _SHOWN} more" if len(signers) > _SHOWN else ""
    late = next((said for statement in found if (said := out_of_time(wanted, statement))), None)
    near = late or nearest(wanted, signers.values())
    return failure(
        requirement,
        case,
        f"no {requirement.what} by a wanted signer: wanted {' or '.join(str(item) for item in wanted)};"
        f" found {shown}{more}",
        hint=f"nearest miss: {near}. If that is who should sign, name it as a signer"
        if near
        else "is the wanted signer the right one for this image?",
        code="IdentityError",
        evidence=found,
    )


def _order(statement: VerifiedStatement) -> tuple[str, str]:
    return describe(statement.signer), str(statement.evidence)


def _rejected(requirement: Requirement, case: Case) -> Finding:
    """Rejected material does not say what it would have been, so all of it is a candidate."""
    rejections = sorted(case.image.rejections, key=lambda rejection: (rejection.code, str(rejection.digest)))
    codes = sorted({rejection.code for rejection in rejections})
    first = rejections[0]
    count = (
        f"{len(rejections)} pieces of evidence were" if len(rejections) > 1 else "one piece of evidence was"
    )
    return failure(
        requirement,
        case,
        f"no {requirement.what} counts: {count} found and rejected, {first.digest} because {first.reason}",
        hint=_OTHER_ROOT if "TrustRootError" in codes else _ALL_LISTED,
        code=codes[0] if len(codes) == 1 else None,
    )
