"""Judge facts by policies written as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tests.unit.policy.factory import (
    ISSUER,
    SUBJECT,
    decoded,
)
from verifier.model.bundle import Rejection, Unreadable
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.document import load_policy
from verifier.policy.evaluator import evaluate
from verifier.policy.image_checks import Asked
from verifier.policy.interface import Validate
from verifier.policy.values import Judgement, Policy

NOW = datetime(2026, 11, 24, tzinfo=UTC)
POLICY = f"""\
version: 1
name: app
images: [ghcr.io/org/**]
signers:
  release: {{issuer: "{ISSUER}", subject: "{SUBJECT}"}}
require:
"""
SIGNATURE = "  - signature: {}\n"
SBOM = "  - attestation: {type: spdx}\n"
PROVENANCE = "  - attestation: {type: slsa-provenance}\n"


def policy(*rules: str, text: str = POLICY) -> Policy:
    return load_policy((text + "".join(rules)).encode(), source="policy.yaml")


def judge(
    evidence: ImageEvidence,
    *rules: str,
    decode: Callable[[VerifiedStatement], DecodedSbom] = decoded,
    policies: Sequence[Policy] = (),
    name_matters: bool = True,
    tag: str | None = None,
    now: datetime = NOW,
    validate: Validate = lambda _: (),
) -> Judgement:
    name = evidence.name if name_matters else None
    asked = Asked(name=name, claimed=evidence.name, tag=tag, now=now)
    return evaluate(policies or [policy(*rules)], evidence, asked=asked, decode=decode, validate=validate)


def only(judgement: Judgement) -> Finding:
    ((finding,),) = [platform.checks for platform in judgement.platforms]
    return finding


def outcome(judgement: Judgement) -> tuple[Outcome, Verdict, str | None]:
    finding = only(judgement)
    assert finding.verdict is judgement.verdict
    return finding.outcome, finding.verdict, finding.code


PASS = (Outcome.PASS, Verdict.PASS, None)


def refused(code: str) -> tuple[Outcome, Verdict, str]:
    return (Outcome.FAIL, Verdict.UNVERIFIED, code)


OTHER = Digest.of(b"other")
REJECTED = Rejection(OTHER, ("tag",), "SignatureError", "the signature is not valid")
TWISTED = Rejection(OTHER, ("tag",), "SubjectError", "it is about something else")
AWAY = Unreadable("tag x.sig", "AuthError", "status 403", "log in")
