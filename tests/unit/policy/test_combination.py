"""How findings, rules and policies add up: the worst decides, whatever the order (PLG-04, STM-06)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    KEY,
    MALLORY,
    RELEASE,
    SLSA,
    SPDX,
    attestation,
    decoded,
    image,
    sign_statement,
    signature,
)
from tests.unit.policy.judging import AWAY, PROVENANCE, REJECTED, SBOM, SIGNATURE, TWISTED, judge, policy
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.clause import Clause
from verifier.policy.interface import Case, Withheld
from verifier.policy.patterns import ImagePattern
from verifier.policy.values import Judgement


@dataclass(frozen=True)
class Fixed:
    """A rule whose finding is known beforehand."""

    id: ClassVar[str] = "fixed"
    outcome: Outcome
    verdict: Verdict
    signers: tuple[str, ...] = ("release",)
    withheld: Withheld = Withheld.NOTHING

    def asks(self) -> str:
        return "nothing"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        yield Finding(
            rule=self.id,
            policy=case.policy,
            outcome=self.outcome,
            verdict=self.verdict,
            code=None,
            message=self.outcome.value,
        )


PASSED = Fixed(Outcome.PASS, Verdict.PASS)
WARNED = Fixed(Outcome.WARN, Verdict.PASS)
DENIED = Fixed(Outcome.FAIL, Verdict.FAIL)
MISSING = Fixed(Outcome.FAIL, Verdict.UNVERIFIED)
UNKNOWN = Fixed(Outcome.ERROR, Verdict.UNAVAILABLE)
BROKEN = Fixed(Outcome.ERROR, Verdict.ERROR)
# The exit codes of the contract: the highest that applies, and a defect wins.
BY_WEIGHT = [PASSED, WARNED, DENIED, MISSING, UNKNOWN, BROKEN]


@pytest.mark.parametrize("rules", list(itertools.product(BY_WEIGHT, repeat=3)))
def test_the_worst_finding_decides_and_every_rule_is_heard(rules: Sequence[Fixed]) -> None:
    expected = max(rules, key=BY_WEIGHT.index).verdict
    one = replace(policy(SIGNATURE), rules=tuple(map(Clause, rules)))
    judgement = judge(image(), policies=[one])
    assert judgement.verdict is expected
    assert [check.outcome for check in judgement.platforms[0].checks] == [rule.outcome for rule in rules]
    # The same rules in policies of their own: all of them must pass, too.
    several = [replace(one, name=str(number), rules=(Clause(rule),)) for number, rule in enumerate(rules)]
    assert judge(image(), policies=several).verdict is expected


@pytest.mark.parametrize("verdicts", list(itertools.product([PASSED, DENIED, UNKNOWN], repeat=2)))
def test_a_policy_that_is_not_about_the_image_neither_helps_nor_harms(verdicts: Sequence[Fixed]) -> None:
    about, other = verdicts
    mine = replace(policy(SIGNATURE), rules=(Clause(about),))
    theirs = replace(mine, rules=(Clause(other),), images=(ImagePattern.parse("ghcr.io/other/**"),))
    assert judge(image(), policies=[mine, theirs]).verdict is about.verdict


HOLLOW = attestation(SPDX, AMD64, name="hollow")
UNREADABLE_SBOM = attestation(SPDX, AMD64, name="undecodable")
POOL = [
    signature(AMD64),
    signature(INDEX),
    signature(ARM64),
    signature(AMD64, signer=MALLORY),
    signature(INDEX, signer=KEY),
    sign_statement(INDEX),
    attestation(SPDX, AMD64),
    attestation(SPDX, ARM64),
    attestation(SPDX, INDEX),
    attestation(SPDX, AMD64, signer=MALLORY),
    attestation(SLSA, INDEX),
    attestation(SLSA, AMD64, signer=MALLORY),
    attestation("https://example.com/x", AMD64),
    HOLLOW,
    UNREADABLE_SBOM,
]
RULES = (SIGNATURE, SBOM, PROVENANCE)
STATEMENTS = st.lists(st.sampled_from(POOL), unique_by=id)


def decode(statement: VerifiedStatement) -> DecodedSbom:
    if statement is UNREADABLE_SBOM:
        return DecodedSbom(None, None, "SbomError", "$.packages: not a list")
    return decoded(statement, packages=0 if statement is HOLLOW else 2)


def judged(statements: Sequence[VerifiedStatement], **facts: object) -> Judgement:
    return judge(image(*statements, platforms=[AMD64, ARM64], **facts), *RULES, decode=decode)  # type: ignore[arg-type]


@given(STATEMENTS, st.booleans(), st.booleans(), st.integers())
def test_the_order_of_the_facts_decides_nothing(
    statements: list[VerifiedStatement], rejected: bool, away: bool, seed: int
) -> None:
    rejections, unreadable = [REJECTED, TWISTED] * rejected, [AWAY, replace(AWAY, place="referrers")] * away
    first = judged(statements, rejections=rejections, unreadable=unreadable)
    random.Random(seed).shuffle(statements)
    second = judged(statements, rejections=rejections[::-1], unreadable=unreadable[::-1])
    assert first.platforms == second.platforms
    assert first.checks == second.checks
    assert first.verdict is second.verdict
    assert sorted(map(repr, first.accepted)) == sorted(map(repr, second.accepted))
    assert sorted(map(repr, first.rejections)) == sorted(map(repr, second.rejections))


@given(STATEMENTS)
def test_strangers_and_rejected_material_change_no_verdict(statements: list[VerifiedStatement]) -> None:
    wanted = [statement for statement in statements if statement.signer == RELEASE]
    with_strangers, alone = judged(statements, rejections=[REJECTED]), judged(wanted)
    assert [p.verdict for p in with_strangers.platforms] == [p.verdict for p in alone.platforms]
    assert [p.sbom for p in with_strangers.platforms] == [p.sbom for p in alone.platforms]
    assert with_strangers.accepted == alone.accepted
    assert len(with_strangers.rejections) == len(statements) - len(wanted)


@given(STATEMENTS, st.data())
def test_taking_evidence_away_never_turns_a_refusal_into_a_pass(
    statements: list[VerifiedStatement], data: st.DataObject
) -> None:
    fewer = [item for item in statements if data.draw(st.booleans())]
    if judged(fewer).verdict is Verdict.PASS:
        assert judged(statements).verdict is Verdict.PASS


@given(STATEMENTS)
def test_a_pass_has_all_that_is_asked_for_on_every_platform(statements: list[VerifiedStatement]) -> None:
    """The requirement of the sample policy, stated anew."""
    wanted = [item for item in statements if item.signer == RELEASE]
    expected = all(
        any(item.is_image_signature and {platform, INDEX}.intersection(item.about) for item in wanted)
        and any(
            item.statement is not None
            and item.statement.predicate_type == SPDX
            and platform in item.about
            and item not in (HOLLOW, UNREADABLE_SBOM)
            for item in wanted
        )
        and any(item.statement is not None and item.statement.predicate_type == SLSA for item in wanted)
        for platform in (AMD64, ARM64)
    )
    assert (judged(statements).verdict is Verdict.PASS) is expected


def test_the_statement_above_has_a_pass_among_its_cases() -> None:
    assert judged(POOL).verdict is Verdict.PASS


@pytest.mark.parametrize("left_out", range(len(POOL)))
def test_what_is_left_out_of_everything(left_out: int) -> None:
    fewer = [item for number, item in enumerate(POOL) if number != left_out]
    needed = {id(POOL[6]), id(POOL[7]), id(POOL[10])}  # the SBOM of each platform, and the provenance
    passes = judged(fewer).verdict is Verdict.PASS
    assert passes is (id(POOL[left_out]) not in needed)
