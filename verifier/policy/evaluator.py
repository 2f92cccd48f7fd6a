"""Apply policies to the facts about one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from verifier.errors import IdentityError
from verifier.model.bundle import Rejection
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import AcceptedStatement, PlatformReport, SbomSummary
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.identities import accepted_by, describe, nearest
from verifier.policy.interface import Case
from verifier.policy.rules.attestation import is_sbom
from verifier.policy.rules.sbom_use import unusable
from verifier.policy.values import Judgement, Policy
from verifier.text import safe

Decode = Callable[[VerifiedStatement], DecodedSbom]


def evaluate(
    policies: Sequence[Policy], evidence: ImageEvidence, *, name_matters: bool, decode: Decode
) -> Judgement:
    """Judge ``evidence`` by every one of ``policies`` that is about it; all of them must pass.

    ``name_matters`` is false for a layout, which has no name that could be trusted: every policy applies.
    The outcome comes from the findings and from nothing else.
    """
    applying = [policy for policy in policies if not name_matters or policy.is_about(evidence.name)]
    accepted = accepted_statements(applying, evidence)
    known = {id(item.statement) for item in accepted}
    sboms = {
        item.statement.evidence: decode(item.statement)
        for item in accepted
        if _is_sbom(item.statement) and _about_a_platform(item.statement, evidence)
    }
    return Judgement(
        accepted=accepted,
        rejections=tuple(
            _stranger(applying, statement)
            for statement in evidence.statements
            if applying and id(statement) not in known
        ),
        checks=tuple(_image_checks(policies, applying, evidence)),
        platforms=tuple(
            _judge_platform(applying, evidence, platform, sboms) for platform in evidence.platforms
        ),
    )


def accepted_statements(policies: Sequence[Policy], evidence: ImageEvidence) -> tuple[AcceptedStatement, ...]:
    """The statements by signers that ``policies`` want, with the names of those signers."""
    named = ((statement, _signers(policies, statement)) for statement in evidence.statements)
    return tuple(AcceptedStatement(statement, names) for statement, names in named if names)


def _signers(policies: Sequence[Policy], statement: VerifiedStatement) -> tuple[str, ...]:
    names = (sorted(accepted_by(policy.signers, statement.signer)) for policy in policies)
    return tuple(dict.fromkeys(name for group in names for name in group))


def _is_sbom(statement: VerifiedStatement) -> bool:
    content = statement.statement
    return content is not None and is_sbom(content.predicate_type)


def _about_a_platform(statement: VerifiedStatement, evidence: ImageEvidence) -> bool:
    return any(platform.digest in statement.about for platform in evidence.platforms)


def _stranger(policies: Sequence[Policy], statement: VerifiedStatement) -> Rejection:
    wanted = [identity for policy in policies for identity in policy.signers.values()]
    near = nearest(wanted, [statement.signer])
    reason = f"signed by {describe(statement.signer)}, who is not wanted"
    return Rejection(
        digest=statement.evidence,
        stored_at=statement.stored_at,
        code="IdentityError",
        reason=f"{reason}: {near}" if near else reason,
    )


def _image_checks(
    policies: Sequence[Policy], applying: Sequence[Policy], evidence: ImageEvidence
) -> list[Finding]:
    if not applying:
        patterns = ", ".join(safe(image.text) for policy in policies for image in policy.images)
        return [
            Finding(
                rule="policy",
                policy=None,
                outcome=Outcome.FAIL,
                verdict=Verdict.FAIL,
                code="PolicyError",
                message=f"no policy is about {safe(evidence.name)}; they are about {patterns or 'nothing'}",
                hint="add the image to a policy's images, or give another policy with --policy",
            )
        ]
    if not evidence.platforms:
        return [
            Finding(
                rule="platforms",
                policy=None,
                outcome=Outcome.FAIL,
                verdict=Verdict.UNVERIFIED,
                code="PlatformError",
                message="there is no platform to judge",
            )
        ]
    return []


def _judge_platform(
    policies: Sequence[Policy],
    evidence: ImageEvidence,
    platform: PlatformImage,
    sboms: Mapping[Digest, DecodedSbom],
) -> PlatformReport:
    findings = [finding for policy in policies for finding in _apply(policy, evidence, platform, sboms)]
    return PlatformReport(
        platform=platform.platform,
        digest=platform.digest,
        # No policy at all is said once, by the image's own check.
        verdict=max((finding.verdict for finding in findings), default=Verdict.FAIL),
        sbom=_sbom(policies, evidence, platform, sboms),
        checks=tuple(findings),
    )


def _apply(
    policy: Policy,
    evidence: ImageEvidence,
    platform: PlatformImage,
    sboms: Mapping[Digest, DecodedSbom],
) -> list[Finding]:
    names = [(statement, accepted_by(policy.signers, statement.signer)) for statement in evidence.statements]
    case = Case(
        policy=policy.name,
        image=evidence,
        platform=platform,
        accepted=tuple((statement, known) for statement, known in names if known),
        sboms=sboms,
        strangers=tuple(statement for statement, known in names if not known),
        wanted=policy.signers,
    )
    # An empty conjunction is true, and a rule or policy without effect must not be.
    findings = [
        finding
        for rule in policy.rules
        for finding in list(rule.evaluate(case)) or [_checked_nothing(policy, "a rule of the policy")]
    ]
    return findings or [_checked_nothing(policy, "the policy")]


def _checked_nothing(policy: Policy, what: str) -> Finding:
    return Finding(
        rule="policy",
        policy=policy.name,
        outcome=Outcome.ERROR,
        verdict=Verdict.ERROR,
        code="InternalError",
        message=f"{what} was applied and checked nothing",
    )


def _sbom(
    policies: Sequence[Policy],
    evidence: ImageEvidence,
    platform: PlatformImage,
    sboms: Mapping[Digest, DecodedSbom],
) -> SbomSummary | None:
    """The platform's SBOM for the report: the usable one that was signed last."""
    usable = [
        statement
        for statement in evidence.statements
        if statement.evidence in sboms
        and platform.digest in statement.about
        and _signers(policies, statement)
        and unusable(sboms[statement.evidence], "") is None
    ]
    for statement in sorted(usable, key=_newest_last, reverse=True):
        content, sbom = statement.statement, sboms[statement.evidence].sbom
        if content is not None and sbom is not None:
            return SbomSummary(
                format=sbom.format,
                predicate_type=content.predicate_type,
                evidence=statement.evidence,
                scope="platform" if evidence.is_index else "image",
                created=sbom.created,
                creators=sbom.creators,
                packages=len(sbom.packages),
                relationships=len(sbom.relationships),
            )
    return None


def _newest_last(statement: VerifiedStatement) -> tuple[float, str]:
    signed_at = statement.signed_at
    return (signed_at.timestamp() if signed_at else 0.0, str(statement.evidence))


def wanted_names(policies: Sequence[Policy], statement: VerifiedStatement) -> tuple[str, ...]:
    """The names of the wanted signers that made ``statement``; empty where ``policies`` is.

    Raises `IdentityError` where it was somebody else.
    """
    names = _signers(policies, statement)
    if policies and not names:
        wanted = [str(identity) for policy in policies for identity in policy.signers.values()]
        raise IdentityError(
            _stranger(policies, statement).reason, hint=f"wanted is {' or '.join(dict.fromkeys(wanted))}"
        )
    return names
