"""Why nothing of a wanted type is there: the most likely reason, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from verifier.model.digest import Digest
from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case
from verifier.policy.rules.refusal import Requirement, failure, refuse
from verifier.text import safe

IsWanted = Callable[[VerifiedStatement], bool]


def missing(
    requirement: Requirement,
    is_wanted: IsWanted,
    subjects: Collection[Digest],
    case: Case,
    *,
    sbom: str | None,
) -> Finding:
    """The finding that no statement that ``is_wanted`` is about ``subjects``.

    ``sbom`` is what to call it where it would be an SBOM of a platform, else None.
    """
    accepted = [s for s in case.by(requirement.signers) if is_wanted(s)]
    others = [
        s for s in case.others(requirement.signers) if is_wanted(s) and not set(subjects).isdisjoint(s.about)
    ]
    if case.image.unreadable or _rejected_here(case):
        # What was put here for this platform and does not count explains more than what lies elsewhere.
        return refuse(requirement, case, others)
    if sbom is not None and case.image.is_index and any(case.image.digest in s.about for s in accepted):
        return failure(
            requirement,
            case,
            f"the only {sbom} is that of the index, which lists its platforms and says"
            f" nothing of the contents of {_name(case)}",
            hint="an SBOM is needed whose subject is the platform's own manifest",
            code="SbomError",
            evidence=accepted,
        )
    elsewhere = _elsewhere(requirement, accepted, case)
    if elsewhere is not None:
        return elsewhere
    finding = refuse(requirement, case, others)
    return finding if others else _with_types(finding, requirement, subjects, case)


def _elsewhere(requirement: Requirement, accepted: Sequence[VerifiedStatement], case: Case) -> Finding | None:
    """The finding that other platforms have what this one lacks."""
    there = [
        image
        for image in case.image.platforms
        if image.digest != case.platform.digest and any(image.digest in s.about for s in accepted)
    ]
    if not there:
        return None
    names = ", ".join(sorted(safe(image.platform or image.digest) for image in there))
    return failure(
        requirement,
        case,
        f"{_name(case)} has no {requirement.what}; {names} has one",
        hint="evidence of one platform says nothing of another; --platform narrows what is judged",
        code="PlatformError",
        evidence=accepted,
    )


def _with_types(
    finding: Finding, requirement: Requirement, subjects: Collection[Digest], case: Case
) -> Finding:
    """Add which other types there are: a wrong alias is the usual reason."""
    types = sorted(
        {
            s.statement.predicate_type
            for s in case.by(requirement.signers)
            if s.statement and not set(subjects).isdisjoint(s.about)
        }
    )
    if not types:
        return finding
    there = ", ".join(safe(item, limit=100) for item in types[:10])
    return replace(finding, message=f"{finding.message}; wanted signers attested {there}")


def _rejected_here(case: Case) -> bool:
    """Whether something was rejected that lay under a name of this platform."""
    places = (place for rejection in case.image.rejections for place in rejection.stored_at)
    return any(case.platform.digest.hex in place for place in places)


def _name(case: Case) -> str:
    return safe(case.platform.platform) if case.platform.platform else "this image"
