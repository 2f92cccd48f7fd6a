"""Judge facts by rules in CEL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.unit.policy.factory import (
    AMD64,
    SLSA,
    SPDX,
    attestation,
    decoded,
    signature,
)
from tests.unit.policy.judging import NOW, judge
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.sbom import DecodedSbom, Package
from verifier.model.verified import VerifiedStatement

SIGNED = signature(AMD64)
SBOM = attestation(SPDX, AMD64)
PROVENANCE = attestation(SLSA, AMD64, predicate='{"builder": "ours", "level": 3}')
VULN = "https://cosign.sigstore.dev/attestation/vuln/v1"


def rule(check: str, **options: str) -> str:
    lines = "".join(f"      {key.replace('_', '-')}: |-\n        {value}\n" for key, value in options.items())
    return f"  - cel:\n      check: |-\n        {check}\n{lines}  - signature: {{}}\n"


def found(
    evidence: ImageEvidence,
    check: str,
    *,
    decode: Callable[[VerifiedStatement], DecodedSbom] = decoded,
    now: datetime = NOW,
    **options: Any,
) -> list[Finding]:
    """What a rule in CEL finds on the first platform."""
    judgement = judge(evidence, rule(check, **options), decode=decode, now=now)
    return [finding for finding in judgement.platforms[0].checks if finding.rule == "cel"]


def one(evidence: ImageEvidence, check: str, **options: Any) -> tuple[Outcome, Verdict, str | None, str]:
    (finding,) = found(evidence, check, **options)
    return finding.outcome, finding.verdict, finding.code, finding.message


def passes(message: str) -> tuple[Outcome, Verdict, None, str]:
    return Outcome.PASS, Verdict.PASS, None, message


def fails(message: str) -> tuple[Outcome, Verdict, str, str]:
    return Outcome.FAIL, Verdict.FAIL, "PolicyError", message


def with_packages(*packages: Package) -> Callable[[VerifiedStatement], DecodedSbom]:
    def decode(statement: VerifiedStatement) -> DecodedSbom:
        item = decoded(statement)
        assert item.sbom is not None
        return replace(item, sbom=replace(item.sbom, packages=packages))

    return decode
