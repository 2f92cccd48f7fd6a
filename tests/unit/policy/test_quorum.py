"""How many of the wanted signers, and whether they are different ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    ISSUER,
    MALLORY,
    SLSA,
    attestation,
    image,
    signature,
)
from tests.unit.policy.judging import AWAY, judge, outcome
from tests.unit.policy.several import by, on_platform, one, policy_of
from verifier.errors import PolicyError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import Signer, VerifiedStatement

ABC = (by("a"), by("b"), by("c"))
USES_ALL = "attestation: {type: link, mode: warn}"


def judged(
    signers: str, *statements: VerifiedStatement, declared: str = one("a") + one("b") + one("c")
) -> Finding:
    policy = policy_of(f"signature: {{signers: {signers}}}", USES_ALL, signers=declared)
    return on_platform(judge(image(*statements), policies=[policy]))[0]


def signed(*signers: Signer) -> list[VerifiedStatement]:
    return [signature(AMD64, signer=signer) for signer in signers]


CASES = [
    ("[a, b, c]", 1),
    ("{any-of: [a, b, c]}", 1),
    ("{all-of: [a, b, c]}", 3),
    ("{at-least: 1, of: [a, b, c]}", 1),
    ("{at-least: 2, of: [a, b, c]}", 2),
    ("{at-least: 3, of: [a, b, c]}", 3),
]


@pytest.mark.parametrize(("signers", "needed"), CASES)
@pytest.mark.parametrize("count", range(4))
def test_so_many_of_them_must_have_signed(signers: str, needed: int, count: int) -> None:
    for chosen in itertools.combinations(ABC, count):
        finding = judged(signers, *signed(*chosen, MALLORY))
        assert (finding.outcome is Outcome.PASS) is (count >= needed), finding.message


def test_all_of_says_who_is_missing() -> None:
    finding = judged("{all-of: [a, b]}", *signed(by("a")))
    assert (finding.outcome, finding.verdict, finding.code) == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "IdentityError",
    )
    assert finding.message == "2 distinct signers are wanted (a and b), signed by a"
    assert judged("{all-of: [a, b]}", *signed(by("b"), by("a"))).message == (
        "signed by a and b on its own manifest"
    )


def test_one_signer_twice_is_one_signer() -> None:
    twice = [signature(AMD64, signer=by("a"), name=name) for name in ("first", "second")]
    assert judged("{at-least: 2, of: [a, b]}", *twice).outcome is Outcome.FAIL
    assert judged("{at-least: 2, of: [a, b]}", *twice, *signed(by("b"))).outcome is Outcome.PASS


TWO_NAMES = one("a") + (
    f'  any: {{issuer: "{ISSUER}", subject-pattern: "https://github\\\\.com/org/app/.+"}}\n'
)


def test_two_names_that_fit_one_signer_are_one_signer() -> None:
    for signers in ("{all-of: [a, any]}", "{at-least: 2, of: [a, any]}"):
        assert judged(signers, *signed(by("a")), declared=TWO_NAMES).outcome is Outcome.FAIL
        # One name for each: b can only be any, so a must be a.
        both = judged(signers, *signed(by("a"), by("b")), declared=TWO_NAMES)
        assert both.outcome is Outcome.PASS
        assert judged(signers, *signed(by("b"), by("c")), declared=TWO_NAMES).outcome is Outcome.FAIL


CHAIN = "".join(
    f'  {name}: {{issuer: "{ISSUER}", subject-pattern: "https://github\\\\.com/org/app/'
    f'\\\\.github/workflows/[{letters}]\\\\.yaml@refs/heads/main"}}\n'
    for name, letters in (("one", "abc"), ("two", "ab"), ("three", "a"))
)


@pytest.mark.parametrize("order", list(itertools.permutations(ABC)))
def test_names_are_given_so_that_most_signers_have_one(order: Sequence[Signer]) -> None:
    """Only c as one, b as two and a as three makes three: taking the first name that fits makes fewer."""
    assert judged("{all-of: [one, two, three]}", *signed(*order), declared=CHAIN).outcome is Outcome.PASS
    for chosen in itertools.combinations(order, 2):
        assert judged("{all-of: [one, two, three]}", *signed(*chosen), declared=CHAIN).outcome is Outcome.FAIL
        assert judged("{at-least: 2, of: [one, two, three]}", *signed(*chosen), declared=CHAIN).outcome is (
            Outcome.PASS
        )


def test_a_signature_on_the_platform_and_one_on_the_index_add_up() -> None:
    platform, index = signature(AMD64, signer=by("a")), signature(INDEX, signer=by("b"))
    assert judged("{all-of: [a, b]}", platform, index).message == "signed by a and b"
    other = signature(ARM64, signer=by("b"))
    assert judged("{all-of: [a, b]}", platform, other).outcome is Outcome.FAIL


def test_what_could_not_be_looked_at_may_hold_the_missing_one() -> None:
    policy = policy_of("signature: {signers: {all-of: [a, b]}}", signers=one("a") + one("b"))
    for statements in (signed(by("a")), []):
        judgement = judge(image(*statements, unreadable=[AWAY]), policies=[policy])
        assert outcome(judgement) == (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError")
    whole = image(*signed(by("a"), by("b")), unreadable=[AWAY])
    assert judge(whole, policies=[policy]).verdict is Verdict.PASS


def attested(*signers: Signer) -> Finding:
    rule = "attestation: {type: slsa-provenance, signers: {at-least: 2, of: [a, b, c]}}"
    statements = [attestation(SLSA, AMD64, signer=signer) for signer in signers]
    return on_platform(judge(image(*statements), policies=[policy_of(rule)]))[0]


def test_attestations_need_their_quorum_too() -> None:
    assert attested(by("a"), by("c")).outcome is Outcome.PASS
    finding = attested(by("a"), by("a"), MALLORY)
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.UNVERIFIED)
    assert finding.message.endswith("2 distinct signers are wanted (2 of a, b, c), found a")


@pytest.mark.parametrize(
    ("signers", "place", "said"),
    [
        ("[]", "9:26", "signers is empty"),
        ("[a, a]", "9:26", "lists something twice"),
        ("[a, d]", "9:30", "'d' is not under signers"),
        ("{any-of: []}", "9:35", "any-of is empty"),
        ("{any-of: [d]}", "9:36", "'d' is not under signers"),
        ("{any-of: [a], all-of: [b]}", "9:26", "signers are any-of, or all-of, or at-least together with of"),
        ("{at-least: 2}", "9:26", "at-least together with of"),
        ("{of: [a, b]}", "9:26", "at-least together with of"),
        ("{all-of: [a, b], of: [a]}", "9:26", "at-least together with of"),
        ("{at-least: 0, of: [a]}", "9:37", "must be at least 1"),
        ("{at-least: 3, of: [a, b]}", "9:37", "3 of 2 signers can never be met"),
        ("{at-least: 2, of: [a, e]}", "9:48", "'e' is not under signers"),
        ("{at-least: two, of: [a, b]}", "9:37", "must be a whole number"),
        ("{some-of: [a]}", "9:27", "unknown key 'some-of'"),
    ],
)
def test_what_can_never_be_met_is_an_error_at_load(signers: str, place: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        policy_of(f"signature: {{signers: {signers}}}")
    assert caught.value.place == f"policy.yaml:{place}", caught.value.message


def test_two_names_of_one_signer_can_never_be_two() -> None:
    again = one("a") + one("a").replace("a:", "again:", 1)
    with pytest.raises(PolicyError, match="two of these names are one signer, so that 2 can never be met"):
        policy_of("signature: {signers: {all-of: [a, again]}}", signers=again)
    claims = one("a", ", claims: {build-trigger: push}").replace("a:", "again:", 1)
    with pytest.raises(PolicyError, match="two of these names are one signer"):
        policy_of("signature: {signers: {at-least: 2, of: [a, again]}}", signers=one("a") + claims)
    policy_of("signature: {signers: {any-of: [a, again]}}", signers=again)
    policy_of("signature: {signers: {all-of: [a, b]}}", signers=one("a") + one("b"))
    policy_of("signature: {signers: {all-of: [a, any]}}", signers=TWO_NAMES)


def test_it_says_whom_it_asks() -> None:
    words = [
        policy_of(f"signature: {{signers: {signers}}}").rules[0].rule.asks() for signers, _ in CASES[1:5]
    ]
    assert [text.removeprefix("the platform or its index is signed by ") for text in words] == [
        "a or b or c",
        "a and b and c",
        "a or b or c",
        "2 of a, b, c",
    ]
