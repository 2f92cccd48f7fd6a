"""Several policies, several platforms, and nothing at all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    MALLORY,
    RELEASE,
    SLSA,
    SPDX,
    attestation,
    decoded,
    image,
    signature,
)
from tests.unit.policy.judging import AWAY, POLICY, PROVENANCE, REJECTED, SBOM, SIGNATURE, judge, policy
from verifier.errors import IdentityError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.statement import MessageSignature
from verifier.policy.clause import Clause
from verifier.policy.evaluator import accepted_statements, wanted_names
from verifier.policy.interface import Case, Withheld

ELSEWHERE = policy(
    SIGNATURE, text=POLICY.replace("ghcr.io/org", "ghcr.io/other").replace("name: app", "name: b")
)
STRICT = policy(SIGNATURE, PROVENANCE, text=POLICY.replace("name: app", "name: strict"))
LAX = policy(SIGNATURE)


def test_every_policy_that_is_about_the_image_must_pass() -> None:
    evidence = image(signature(AMD64))
    for order in itertools.permutations([LAX, STRICT]):
        assert judge(evidence, policies=order).verdict is Verdict.UNVERIFIED
    both = image(signature(AMD64), attestation(SLSA, AMD64))
    assert judge(both, policies=[LAX, STRICT]).verdict is Verdict.PASS


def test_a_policy_about_other_images_says_nothing() -> None:
    judgement = judge(image(signature(AMD64)), policies=[LAX, ELSEWHERE])
    assert {check.policy for check in judgement.platforms[0].checks} == {"app"}
    assert judgement.verdict is Verdict.PASS


def test_an_image_that_no_policy_is_about_fails() -> None:
    judgement = judge(image(signature(AMD64)), policies=[ELSEWHERE])
    assert judgement.verdict is Verdict.FAIL
    (check,) = judgement.checks
    assert (check.outcome, check.verdict, check.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert "ghcr.io/other/**" in check.message
    assert judgement.accepted == ()


def test_a_layout_has_no_name_and_every_policy_applies() -> None:
    evidence = image(signature(AMD64), name="oci:layout")
    assert judge(evidence, policies=[ELSEWHERE]).verdict is Verdict.FAIL
    assert judge(evidence, policies=[ELSEWHERE], name_matters=False).verdict is Verdict.PASS


def test_no_platform_is_no_pass() -> None:
    judgement = judge(image(signature(INDEX), platforms=[]), SIGNATURE)
    assert judgement.verdict is Verdict.UNVERIFIED
    assert [check.code for check in judgement.checks] == ["PlatformError"]


class Silent:
    """A rule with a defect: it finds nothing."""

    id: ClassVar[str] = "silent"
    signers = ("release",)
    withheld = Withheld.NOTHING

    def asks(self) -> str:
        return "nothing"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        yield from ()


def test_a_policy_that_checks_nothing_is_a_defect_and_no_pass() -> None:
    silent = replace(LAX, rules=(Clause(Silent()),))
    judgement = judge(image(signature(AMD64)), policies=[silent])
    assert judgement.verdict is Verdict.ERROR
    assert judgement.platforms[0].checks[0].code == "InternalError"


def test_a_rule_that_checks_nothing_is_not_covered_by_one_that_passes() -> None:
    for rules in itertools.permutations([Clause(Silent()), *LAX.rules]):
        judgement = judge(image(signature(AMD64)), policies=[replace(LAX, rules=rules)])
        assert judgement.verdict is Verdict.ERROR
    assert judge(image(signature(AMD64)), policies=[LAX]).verdict is Verdict.PASS


def test_the_worst_platform_decides() -> None:
    evidence = image(signature(AMD64), platforms=[AMD64, ARM64])
    judgement = judge(evidence, SIGNATURE)
    assert [platform.verdict for platform in judgement.platforms] == [Verdict.PASS, Verdict.UNVERIFIED]
    assert judgement.verdict is Verdict.UNVERIFIED


NO_EVIDENCE = {
    "nothing": image(),
    "only strangers": image(signature(AMD64, signer=MALLORY), attestation(SPDX, AMD64, signer=MALLORY)),
    "only rejected": image(rejections=[REJECTED]),
    "only another type": image(attestation("https://example.com/x", AMD64)),
    "only another platform": image(signature(ARM64), attestation(SPDX, ARM64), attestation(SLSA, ARM64)),
    "only a place that could not be looked at": image(unreadable=[AWAY]),
    "only bare signatures": image(replace(signature(AMD64), content=MessageSignature(AMD64))),
    "only the SBOM of the index": image(attestation(SPDX, INDEX)),
    "no platforms": image(signature(INDEX), attestation(SLSA, INDEX), platforms=[]),
}


@pytest.mark.parametrize("rule", [SIGNATURE, SBOM, PROVENANCE])
@pytest.mark.parametrize("name", NO_EVIDENCE)
def test_no_evidence_is_never_a_pass(rule: str, name: str) -> None:
    """PLG-01: every cell of the matrix."""
    expected = Verdict.UNAVAILABLE if NO_EVIDENCE[name].unreadable else Verdict.UNVERIFIED
    assert judge(NO_EVIDENCE[name], rule).verdict is expected


@pytest.mark.parametrize("rule", [SIGNATURE, SBOM, PROVENANCE])
def test_the_evidence_that_is_asked_for_is_a_pass(rule: str) -> None:
    evidence = image(signature(AMD64), attestation(SPDX, AMD64), attestation(SLSA, AMD64))
    assert judge(evidence, rule).verdict is Verdict.PASS


def test_who_is_accepted_is_named() -> None:
    (item,) = accepted_statements([LAX], image(signature(AMD64), signature(AMD64, signer=MALLORY)))
    assert item.accepted_by == ("release",)
    assert wanted_names([LAX], signature(AMD64)) == ("release",)
    assert wanted_names([], signature(AMD64)) == ()
    with pytest.raises(IdentityError, match="mallory"):
        wanted_names([LAX], signature(AMD64, signer=MALLORY))


def test_decoding_happens_once_for_each_accepted_sbom() -> None:
    seen = []

    def decode(statement):  # type: ignore[no-untyped-def]
        seen.append(statement.evidence)
        return decoded(statement)

    sbom = attestation(SPDX, AMD64, ARM64)
    judge(image(sbom, attestation(SPDX, INDEX), platforms=[AMD64, ARM64]), SBOM, decode=decode)
    assert seen == [sbom.evidence]
    assert sbom.signer == RELEASE
