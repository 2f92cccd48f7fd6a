"""What evidence shows about a policy that judged it."""

from __future__ import annotations

from verifier.model.finding import Outcome
from verifier.model.report import Report
from verifier.model.verified import CertificateSigner
from verifier.policy.advice import Advice
from verifier.policy.clause import every
from verifier.policy.signers import CertificateIdentity, Identity
from verifier.policy.values import Policy
from verifier.text import safe

_CALLER = frozenset(
    {
        "sourceRepositoryURI",
        "sourceRepositoryIdentifier",
        "sourceRepositoryOwnerURI",
        "sourceRepositoryOwnerIdentifier",
        "githubWorkflowRepository",
        "buildConfigURI",
    }
)


def lint_evidence(policy: Policy, report: Report) -> list[Advice]:
    """What the images in ``report``, which were judged by ``policy``, show about it."""
    advice = []
    checks = [check for image in report.images for platform in image.platforms for check in platform.checks]
    ran = {check.rule for check in checks if check.outcome is not Outcome.SKIP}
    for clause in policy.rules:
        names = {inner.id for inner in every((clause,))}
        if not names & ran:
            advice.append(
                Advice(
                    f"{clause.id} never ran on the given evidence",
                    clause.place,
                    "give evidence that it is for",
                )
            )
    signers = {
        (name, signer.subject, signer.claims.get("sourceRepositoryURI", ""))
        for image in report.images
        for item in (*image.signatures, *image.attestations)
        for name in item.accepted_by
        if isinstance(signer := item.statement.signer, CertificateSigner)
    }
    for name, subject, source in sorted(signers):
        identity = policy.signers.get(name)
        if not source or subject.startswith(f"{source}/") or _names_caller(identity):
            continue
        advice.append(
            Advice(
                f"signer {name!r}: {safe(subject)} is a workflow that {safe(source)} called; whoever"
                " calls it signs with this subject",
                identity.place if identity else policy.source,
                f"add 'claims: {{source-repository-uri: {safe(source)}}}'",
            )
        )
    return advice


def _names_caller(identity: Identity | None) -> bool:
    return isinstance(identity, CertificateIdentity) and bool(_CALLER.intersection(dict(identity.claims)))
