"""Judge the configuration of an image by one rule, written as in a policy file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.unit.policy.factory import AMD64, image, signature
from tests.unit.policy.judging import SIGNATURE, judge, policy
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome
from verifier.model.verified import VerifiedStatement


def configured(
    execution: Any = None,
    *,
    config: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    index_annotations: Mapping[str, str] | None = None,
    layers: int = 3,
    statements: Sequence[VerifiedStatement] = (signature(AMD64),),
) -> ImageEvidence:
    """An index with one platform, whose configuration has ``execution`` under ``config``."""
    bare = image(*statements)
    platform = replace(
        bare.platforms[0],
        config={"config": {} if execution is None else execution, **(config or {})},
        annotations=annotations or {},
        layers=layers,
    )
    return replace(bare, platforms=(platform,), annotations=index_annotations or {})


def found(rule: str, options: Mapping[str, Any], evidence: ImageEvidence) -> list[Finding]:
    """What the rule says of the one platform."""
    judgement = judge(evidence, SIGNATURE, f"  - {rule}: {json.dumps(options)}\n")
    return [finding for finding in judgement.platforms[0].checks if finding.rule == rule]


def passes(rule: str, options: Mapping[str, Any], evidence: ImageEvidence) -> str:
    """The message of the one finding, which is a pass."""
    (finding,) = found(rule, options, evidence)
    assert finding.outcome is Outcome.PASS, finding.message
    return finding.message


def refused(
    rule: str, options: Mapping[str, Any], evidence: ImageEvidence, code: str = "PolicyError"
) -> list[str]:
    """The messages of the findings, all of which are refusals with this code and a hint."""
    findings = found(rule, options, evidence)
    assert {(f.outcome, str(f.verdict), f.code) for f in findings} == {(Outcome.FAIL, "fail", code)}
    assert all(finding.hint for finding in findings)
    return [finding.message for finding in findings]


def asked(rule: str, options: Mapping[str, Any]) -> str:
    """What the rule asks for, in words."""
    return policy(SIGNATURE, f"  - {rule}: {json.dumps(options)}\n").rules[1].rule.asks()
