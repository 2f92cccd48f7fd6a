"""Modes, dates, ids, alternatives and the number of findings that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from tests.unit.policy.factory import AMD64, SLSA, SPDX, attestation, decoded, image, signature
from tests.unit.policy.judging import AWAY, NOW, judge
from tests.unit.policy.several import by, day, on_platform, one, policy_of, said
from verifier.errors import PolicyError
from verifier.limits import FINDINGS
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.clause import AnyOf, Clause
from verifier.policy.interface import Case, Withheld
from verifier.policy.values import Judgement

A = one("a")
SIGNED = image(signature(AMD64, signer=by("a")))
NOTHING = image()


def judged(*rules: str, evidence: ImageEvidence = SIGNED, head: str = "", now: datetime = NOW) -> Judgement:
    return judge(evidence, policies=[policy_of(*rules, signers=A, head=head)], now=now)


FAILS = "image-layers: {min: 9%s}"
GOOD = "signature: {}"


def test_a_failing_rule_fails_unless_it_only_warns() -> None:
    judgement = judged(GOOD, FAILS % "")
    assert judgement.verdict is Verdict.FAIL
    warned = judged(GOOD, FAILS % ", mode: warn")
    assert warned.verdict is Verdict.PASS
    assert said(warned) == [("signature", "pass"), ("image-layers", "warn")]
    finding = on_platform(warned)[1]
    assert finding.message.endswith("at least 9 are wanted (not enforced: mode: warn)")
    assert (finding.code, finding.hint) == (on_platform(judgement)[1].code, on_platform(judgement)[1].hint)
    assert judged(GOOD, FAILS % ", mode: enforce").verdict is Verdict.FAIL


def test_missing_evidence_is_warned_of_as_well() -> None:
    judgement = judged("signature: {mode: warn}", "image-layers: {max: 9}", evidence=NOTHING)
    assert said(judgement) == [("signature", "warn"), ("image-layers", "pass")]
    assert judgement.verdict is Verdict.PASS


def test_the_mode_of_the_file_is_the_default() -> None:
    assert judged(GOOD, FAILS % "", head="mode: warn\n").verdict is Verdict.PASS
    assert judged(GOOD, FAILS % ", mode: enforce", head="mode: warn\n").verdict is Verdict.FAIL
    assert judged(GOOD, FAILS % ", mode: warn", head="mode: enforce\n").verdict is Verdict.PASS


def test_what_could_not_be_found_out_is_no_warning() -> None:
    away = image(unreadable=[AWAY])
    for rule in ("signature: {mode: warn}", "signature: {effective-from: 2099-01-01}"):
        judgement = judged(rule, "image-layers: {max: 9}", evidence=away)
        assert judgement.verdict is Verdict.UNAVAILABLE
        assert said(judgement)[0] == ("signature", "error")
        assert "not enforced" not in on_platform(judgement)[0].message


START = day("2026-12-01")
TICK = timedelta(seconds=1)


def test_a_rule_is_enforced_from_its_date_on() -> None:
    rule = FAILS % ", effective-from: 2026-12-01"
    early = judged(GOOD, rule, now=START - TICK)
    assert early.verdict is Verdict.PASS
    assert on_platform(early)[1].outcome is Outcome.WARN
    assert on_platform(early)[1].message.endswith("(not enforced: enforced from 2026-12-01T00:00:00Z)")
    for now in (START, START + TICK):
        assert judged(GOOD, rule, now=now).verdict is Verdict.FAIL


def test_a_rule_ends_at_its_date() -> None:
    rule = FAILS % ", until: 2026-12-01"
    assert judged(GOOD, rule, now=START - TICK).verdict is Verdict.FAIL
    for now in (START, START + TICK):
        ended = judged(GOOD, rule, now=now)
        assert ended.verdict is Verdict.PASS
        assert said(ended)[1] == ("image-layers", "skip")
        assert on_platform(ended)[1].message == "not applied since 2026-12-01T00:00:00Z"


def test_both_dates_make_a_time() -> None:
    rule = FAILS % ", effective-from: 2026-12-01, until: '2026-12-01T00:00:10Z'"
    outcomes = [said(judged(GOOD, rule, now=START + n * TICK))[1][1] for n in (-1, 0, 9, 10)]
    assert outcomes == ["warn", "fail", "fail", "skip"]


def test_a_rule_that_only_warns_does_so_after_its_date_too() -> None:
    rule = FAILS % ", mode: warn, effective-from: 2026-12-01"
    assert judged(GOOD, rule, now=START).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("dates", "said_"),
    [
        ("effective-from: 2026-12-01, until: 2026-12-01", "the rule ends before it is enforced"),
        ("effective-from: 2026-12-02, until: 2026-12-01", "the rule ends before it is enforced"),
        ("until: soon", "not a time: 'soon'"),
        ("effective-from: 2026-02-30", "not a time"),
        ("effective-from: '2026-12-01 10:00'", "not a time"),
        ("effective-from: 20261201", "must be text"),
        ("mode: off", "cannot be 'off'"),
        ("mode: Warn", "did you mean 'warn'"),
        ("id: Bad Name", "cannot be a name"),
        ("effective: 2026-12-01", "unknown key 'effective'"),
    ],
)
def test_wrong_dates_and_modes_are_errors_at_load(dates: str, said_: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(f"signature: {{{dates}}}", signers=A)
    assert said_ in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:7:")


def test_a_policy_of_ended_rules_checks_nothing_and_fails() -> None:
    judgement = judged("signature: {until: 2026-01-01}")
    assert judgement.verdict is Verdict.FAIL
    assert said(judgement) == [("signature", "skip"), ("policy", "fail")]


@pytest.mark.parametrize(
    "rules",
    [
        ["signature: {until: 2026-01-01}", "image-layers: {max: 9}"],
        ["cel: {when: 'platform.os == \"plan9\"', check: 'signatures.size() > 0'}", "image-layers: {max: 9}"],
        ["any-of: [[signature: {until: 2026-01-01}, image-layers: {max: 9}], [attestation: {type: vuln}]]"],
    ],
)
def test_where_no_rule_on_what_is_signed_applies_an_image_by_nobody_does_not_pass(rules: list[str]) -> None:
    assert judged(*rules, evidence=NOTHING).verdict in {Verdict.FAIL, Verdict.UNVERIFIED}


def test_an_ended_rule_on_what_is_signed_beside_another_is_no_failure() -> None:
    ended = judged("signature: {until: 2026-01-01}", "image-layers: {max: 9}")
    assert said(ended)[-1] == ("policy", "fail")
    assert "no rule that asks for anything signed applies" in on_platform(ended)[-1].message
    other = "image-age: {max: 90d, by: signed}"
    assert judged("signature: {until: 2026-01-01}", other, "image-layers: {max: 9}").verdict is Verdict.PASS


@pytest.mark.parametrize(
    "rule",
    [
        "any-of: [[signature: {}], [image-layers: {max: 9}]]",
        "any-of: [[signature: {}], [any-of: [[signature: {}], [image-user: {}]]]]",
    ],
)
def test_an_alternative_that_asks_for_nothing_signed_is_an_error(rule: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(rule, signers=A)
    assert "an alternative asks for nothing signed" in caught.value.message
    assert "beside 'any-of'" in (caught.value.hint or "")
    assert caught.value.place == "policy.yaml:7:3"
    beside = policy_of(GOOD, rule, signers=A)
    assert judge(NOTHING, policies=[beside]).verdict is Verdict.UNVERIFIED
    assert judge(SIGNED, policies=[beside]).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("rules", "enforced"),
    [
        ([GOOD], True),
        (["signature: {mode: warn}"], False),
        (["signature: {mode: warn}", "image-layers: {max: 9}"], True),
        (["signature: {effective-from: 2099-01-01}"], False),
        (["signature: {mode: warn}", "image-layers: {max: 9, until: 2026-01-01}"], False),
        (["signature: {mode: warn}", "image-layers: {max: 9, until: 2099-01-01}"], True),
        (["signature: {mode: warn}", "image-layers: {max: 9, effective-from: 2026-01-01}"], True),
    ],
)
def test_it_says_so_where_nothing_is_enforced(rules: Sequence[str], enforced: bool) -> None:
    checks = judged(*rules).checks
    marked = [check for check in checks if check.message.startswith("NOT ENFORCED: ")]
    assert bool(marked) is not enforced
    assert all((check.outcome, check.verdict) == (Outcome.WARN, Verdict.PASS) for check in marked)


def test_one_policy_that_is_enforced_is_enough() -> None:
    lax = policy_of("signature: {mode: warn}", signers=A)
    strict = policy_of(GOOD, signers=A)
    assert judge(SIGNED, policies=[lax]).checks != ()
    assert judge(SIGNED, policies=[lax, strict]).checks == ()


def test_the_id_is_part_of_the_name_in_reports() -> None:
    judgement = judged("signature: {id: mine}", FAILS % ", id: thin", FAILS.replace("9", "8") % ", id: fat")
    assert said(judgement) == [
        ("signature/mine", "pass"),
        ("image-layers/thin", "fail"),
        ("image-layers/fat", "fail"),
    ]
    assert {finding.asked for finding in on_platform(judgement)[1:]} == {
        "the image has at least 9 layers",
        "the image has at least 8 layers",
    }


TWICE = [
    ["image-layers: {max: 1, id: x}", "image-layers: {max: 2, id: %s}"],
    ["image-layers: {max: 1, id: x}", "any-of: [[image-layers: {max: 2, id: %s}], [image-user: {}]]"],
    ["any-of: [[image-layers: {max: 1, id: x}], [image-layers: {max: 2, id: %s}]]"],
]


@pytest.mark.parametrize("rules", TWICE)
def test_two_rules_of_one_id_are_an_error(rules: Sequence[str]) -> None:
    *first, last = rules
    with pytest.raises(PolicyError, match=r"the same id 'x' stands here twice|two rules are called"):
        policy_of(GOOD, *first, last % "x", signers=A)
    policy_of(GOOD, *first, last % "y", signers=A)


def test_the_same_rule_twice_is_an_error_and_ids_of_two_kinds_may_be_equal() -> None:
    with pytest.raises(PolicyError, match="the same rule stands here twice"):
        policy_of(GOOD, GOOD, signers=A)
    with pytest.raises(PolicyError, match="the same rule stands here twice"):
        policy_of("signature: {id: x}", "signature: {id: y}", signers=A)
    policy_of("signature: {id: x}", "image-layers: {max: 1, id: x}", signers=A)


@dataclass(frozen=True, slots=True)
class Finds:
    """A rule that finds what it is told."""

    id: ClassVar[str] = "finds"
    signers: ClassVar[tuple[str, ...]] = ("a",)
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    given: tuple[Finding, ...]

    def asks(self) -> str:
        return "what it is told"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        yield from self.given


def told(number: int, outcome: Outcome = Outcome.FAIL, verdict: Verdict = Verdict.FAIL) -> list[Finding]:
    return [
        Finding(
            rule="finds",
            policy="app",
            outcome=outcome,
            verdict=verdict,
            code="PolicyError",
            message=f"number {n}",
            package=f"package {n}",
            element=f"$[{n}]",
        )
        for n in range(number)
    ]


def shown(*groups: Sequence[Finding], enforced: bool = True) -> Judgement:
    rule = Finds(tuple(finding for group in groups for finding in group))
    base = policy_of(GOOD, signers=A)
    return judge(SIGNED, policies=[replace(base, rules=(Clause(rule, enforced=enforced),))])


def test_no_more_than_a_hundred_findings_are_told_one_by_one() -> None:
    judgement = shown(told(FINDINGS))
    assert [finding.message for finding in on_platform(judgement)] == [f"number {n}" for n in range(FINDINGS)]
    judgement = shown(told(FINDINGS + 3))
    *first, last = on_platform(judgement)
    assert [finding.message for finding in first] == [f"number {n}" for n in range(FINDINGS)]
    assert (last.message, last.package, last.element) == ("and 3 more like these", None, None)
    assert (last.outcome, last.verdict) == (Outcome.FAIL, Verdict.FAIL)


def test_what_is_not_told_counts_all_the_same() -> None:
    worse = replace(told(1)[0], verdict=Verdict.UNVERIFIED)
    assert shown(told(FINDINGS + 5), [worse], told(5)).verdict is Verdict.UNVERIFIED
    errors = told(FINDINGS + 1, Outcome.ERROR, Verdict.UNAVAILABLE)
    assert shown(told(FINDINGS + 1), errors).verdict is Verdict.UNAVAILABLE
    # Passes in great number hide no refusal.
    passes = told(FINDINGS + 50, Outcome.PASS, Verdict.PASS)
    assert shown(passes, told(1)).verdict is Verdict.FAIL
    assert shown(passes).verdict is Verdict.PASS


def test_warnings_are_bounded_after_they_became_warnings() -> None:
    judgement = shown(told(FINDINGS + 7), told(1, Outcome.PASS, Verdict.PASS), enforced=False)
    assert len(on_platform(judgement)) == FINDINGS + 2
    assert on_platform(judgement)[-1].message == "and 7 more like these"
    assert judgement.verdict is Verdict.PASS


EITHER = "any-of: [[signature: {}, image-layers: {max: 9}], [attestation: {type: slsa-provenance}]]"
PROVENANCE = attestation(SLSA, AMD64, signer=by("a"))
SIGNATURE = signature(AMD64, signer=by("a"))


def test_one_group_that_holds_completely_is_enough() -> None:
    both = judged(EITHER, evidence=image(SIGNATURE, PROVENANCE))
    assert said(both) == [("signature", "pass"), ("image-layers", "pass")]
    assert said(judged(EITHER, evidence=image(PROVENANCE))) == [("attestation", "pass")]
    none = judged(EITHER, evidence=NOTHING)
    (finding,) = on_platform(none)
    assert (finding.rule, finding.outcome, finding.verdict) == ("any-of", Outcome.FAIL, Verdict.UNVERIFIED)
    assert finding.message.startswith(
        "none of 2 alternatives holds: 1) no image signature was found; 2) no att"
    )
    assert finding.code == "SignatureError"


def test_half_a_group_is_none() -> None:
    rule = EITHER.replace("max: 9", "min: 9")
    (finding,) = on_platform(judged(rule, evidence=image(SIGNATURE)))
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.FAIL)
    assert "1) the image has 0 layers, and at least 9 are wanted; 2) no attestation" in finding.message
    assert judged(rule, evidence=image(SIGNATURE, PROVENANCE)).verdict is Verdict.PASS


def test_a_group_that_could_not_be_judged_might_have_held() -> None:
    away = image(SIGNATURE, unreadable=[AWAY])
    (finding,) = on_platform(judged(EITHER.replace("max: 9", "min: 9"), evidence=away))
    assert (finding.outcome, finding.verdict, finding.code) == (
        Outcome.ERROR,
        Verdict.UNAVAILABLE,
        "AuthError",
    )
    assert judged(EITHER, evidence=away).verdict is Verdict.PASS


def test_a_group_that_only_warns_or_has_ended_does_not_hold() -> None:
    for option in ("mode: warn", "until: 2026-01-01", "effective-from: 2099-01-01"):
        rule = f"any-of: [[signature: {{{option}}}], [attestation: {{type: slsa-provenance}}]]"
        assert judged(rule, evidence=NOTHING).verdict in {Verdict.FAIL, Verdict.UNVERIFIED}
        assert judged(rule, evidence=image(PROVENANCE)).verdict is Verdict.PASS


def test_alternatives_can_be_nested_and_follow_the_mode_of_the_file() -> None:
    nested = f"any-of: [[{EITHER}], [signature: {{}}, image-layers: {{min: 9}}]]"
    assert judged(nested, evidence=image(PROVENANCE)).verdict is Verdict.PASS
    assert judged(nested, evidence=NOTHING).verdict is Verdict.UNVERIFIED
    warned = judged(EITHER, GOOD, evidence=SIGNED, head="mode: warn\n")
    assert warned.verdict is Verdict.PASS
    rule = EITHER.replace("max: 9", "min: 9")
    assert said(judged(GOOD, rule, head="mode: warn\n"))[1] == ("any-of", "warn")
    assert said(judged(GOOD, rule))[1] == ("any-of", "fail")


def test_warnings_of_the_group_that_holds_are_told() -> None:
    sbom = attestation(SPDX, AMD64, signer=by("a"))
    policy = policy_of(
        "any-of: [[attestation: {type: spdx}], [signature: {}, image-layers: {min: 9}]]", signers=A
    )

    def decode(statement):  # type: ignore[no-untyped-def]
        return decoded(statement, describes=[NOTHING.digest])

    judgement = judge(image(sbom), policies=[policy], decode=decode)
    assert said(judgement) == [("attestation", "pass"), ("attestation", "warn")]


@pytest.mark.parametrize(
    ("rule", "said_"),
    [
        ("any-of: []", "any-of is empty"),
        ("any-of: [[signature: {}]]", "holds less than 2"),
        ("any-of: [[signature: {}], []]", "is empty"),
        ("any-of: [[signature: {}], [{}]]", "is empty"),
        ("any-of: [[signature: {}], [sgnature: {}]]", "unknown key 'sgnature'"),
        ("any-of: [[signature: {}], [image-layers: {}]]", "it has neither 'min' nor 'max'"),
        ("any-of: [signature: {}, image-user: {}]", "must be a list"),
        ("any-of: {signature: {}}", "must be a list"),
        ("any-of: [[signature: {}], [signature: {signers: [b]}]]", "'b' is not under signers"),
    ],
)
def test_wrong_alternatives_are_errors_at_load(rule: str, said_: str) -> None:
    with pytest.raises(PolicyError, match=said_):
        policy_of(rule, signers=A)


def test_alternatives_say_what_they_ask() -> None:
    rule = policy_of(EITHER, signers=A).rules[0].rule
    assert isinstance(rule, AnyOf)
    assert rule.signers == ("a",)
    assert rule.asks() == (
        "(the platform or its index is signed by a; and the image has at most 9 layers) or else (there is an"
        " attestation of type slsa-provenance about the platform or its index by a)"
    )
