"""Apply policies to the facts about one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from verifier.errors import IdentityError
from verifier.model.bundle import Rejection
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import AcceptedStatement, PlatformReport, SbomSummary
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.clause import checked_nothing, nobody_asked
from verifier.policy.identities import accepted_by, describe, nearest, out_of_time
from verifier.policy.image_checks import Asked, image_checks
from verifier.policy.interface import Case, Validate
from verifier.policy.rules.evidence import is_sbom
from verifier.policy.rules.sbom_use import unusable
from verifier.policy.values import Judgement, Policy

Decode = Callable[[VerifiedStatement], DecodedSbom]


def evaluate(
    policies: Sequence[Policy],
    evidence: ImageEvidence,
    *,
    asked: Asked,
    decode: Decode,
    validate: Validate,
) -> Judgement:
    """Judge ``evidence`` by every one of ``policies`` that is about it; all of them must pass.

    The outcome comes from the findings and from nothing else.
    """
    applying = [policy for policy in policies if asked.is_matter_of(policy)]
    accepted = accepted_statements(applying, evidence)
    known = {id(item.statement) for item in accepted}
    sboms = {
        item.statement.evidence: decode(item.statement)
        for item in accepted
        if _is_sbom(item.statement) and _about_a_platform(item.statement, evidence)
    }
    checks = tuple(image_checks(policies, applying, evidence, asked))
    otherwise = max((check.verdict for check in checks), default=Verdict.FAIL)
    cases = [_case(policy, evidence, asked, sboms, validate) for policy in applying]
    return Judgement(
        accepted=accepted,
        rejections=tuple(
            _stranger(applying, statement)
            for statement in evidence.statements
            if applying and id(statement) not in known
        ),
        checks=checks,
        platforms=tuple(
            _judge_platform(applying, cases, platform, sboms, otherwise) for platform in evidence.platforms
        ),
    )


def accepted_statements(policies: Sequence[Policy], evidence: ImageEvidence) -> tuple[AcceptedStatement, ...]:
    """The statements by signers that ``policies`` want, with the names of those signers."""
    named = ((statement, _signers(policies, statement)) for statement in evidence.statements)
    return tuple(AcceptedStatement(statement, names) for statement, names in named if names)


def _signers(policies: Sequence[Policy], statement: VerifiedStatement) -> tuple[str, ...]:
    names = (sorted(accepted_by(policy.signers, statement)) for policy in policies)
    return tuple(dict.fromkeys(name for group in names for name in group))


def _is_sbom(statement: VerifiedStatement) -> bool:
    content = statement.statement
    return content is not None and is_sbom(content.predicate_type)


def _about_a_platform(statement: VerifiedStatement, evidence: ImageEvidence) -> bool:
    return any(platform.digest in statement.about for platform in evidence.platforms)


def _stranger(policies: Sequence[Policy], statement: VerifiedStatement) -> Rejection:
    wanted = [identity for policy in policies for identity in policy.signers.values()]
    near = out_of_time(wanted, statement) or nearest(wanted, [statement.signer])
    reason = f"signed by {describe(statement.signer)}, who is not wanted"
    return Rejection(
        digest=statement.evidence,
        stored_at=statement.stored_at,
        code="IdentityError",
        reason=f"{reason}: {near}" if near else reason,
    )


def _judge_platform(
    policies: Sequence[Policy],
    cases: Sequence[Callable[[PlatformImage], Case]],
    platform: PlatformImage,
    sboms: Mapping[Digest, DecodedSbom],
    otherwise: Verdict,
) -> PlatformReport:
    judged = [(policy, case(platform)) for policy, case in zip(policies, cases, strict=True)]
    findings = [finding for policy, case in judged for finding in _apply(policy, case)]
    summary = _sbom(policies, judged[0][1].image, platform, sboms) if judged else None
    return PlatformReport(
        platform=platform.platform,
        digest=platform.digest,
        # What no policy at all means is said once, by the image's own check.
        verdict=max((finding.verdict for finding in findings), default=otherwise),
        sbom=summary,
        checks=tuple(findings),
        contents=None if summary is None else sboms[summary.evidence].sbom,
    )


def _case(
    policy: Policy,
    evidence: ImageEvidence,
    asked: Asked,
    sboms: Mapping[Digest, DecodedSbom],
    validate: Validate,
) -> Callable[[PlatformImage], Case]:
    """What ``policy`` sees of each platform."""
    names = [(statement, accepted_by(policy.signers, statement)) for statement in evidence.statements]
    return partial(
        Case,
        policy.name,
        asked.claimed,
        evidence,
        accepted=tuple((statement, known) for statement, known in names if known),
        sboms=sboms,
        strangers=tuple(statement for statement, known in names if not known),
        wanted=policy.signers,
        now=asked.now,
        validate=validate,
        other_names=asked.other_names,
    )


def _apply(policy: Policy, case: Case) -> list[Finding]:
    said = [(clause, clause.findings(case)) for clause in policy.rules]
    findings = [finding for _, found in said for finding in found]
    if not findings:
        return [checked_nothing(policy.name, "the policy")]
    if all(finding.outcome in {Outcome.SKIP, Outcome.WAIVED} for finding in findings):
        findings.append(
            _idle(policy, "every rule of the policy is waived or does not apply, so nothing was checked")
        )
    elif nobody_asked(said):
        findings.append(
            _idle(policy, "no rule that asks for anything signed applies, so anybody's image would pass")
        )
    return findings


def _idle(policy: Policy, message: str) -> Finding:
    """The finding that nothing is left of ``policy`` that could tell this image from another."""
    return Finding(
        rule="policy",
        policy=policy.name,
        outcome=Outcome.FAIL,
        verdict=Verdict.FAIL,
        code="PolicyError",
        message=message,
        hint="a policy must have a rule that holds",
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
