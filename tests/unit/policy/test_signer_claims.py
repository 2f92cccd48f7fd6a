"""Signers by more than their subject: claims of the certificate, and the time of the signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.sigstore_instance import Key
from tests.unit.policy.factory import AMD64, image, signature
from tests.unit.policy.judging import judge
from tests.unit.policy.several import by, day, on_platform, one, policy_of
from verifier.errors import PolicyError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import KeySigner, VerifiedStatement
from verifier.policy.keys import load_public_key
from verifier.policy.signers import CLAIMS

REPOSITORY = "https://github.com/org/app"


def claiming(**claims: str) -> VerifiedStatement:
    return signature(AMD64, signer=replace(by("a"), claims=claims))


def judged(more: str, *statements: VerifiedStatement) -> Finding:
    policy = policy_of("signature: {}", "image-layers: {max: 9}", signers=one("a", more))
    return on_platform(judge(image(*statements), policies=[policy]))[0]


def passes(more: str, *statements: VerifiedStatement) -> bool:
    finding = judged(more, *statements)
    assert finding.verdict in {Verdict.PASS, Verdict.UNVERIFIED}
    return finding.outcome is Outcome.PASS


EXACT = f", claims: {{source-repository-uri: '{REPOSITORY}'}}"


def test_a_claim_is_compared_exactly() -> None:
    assert passes(EXACT, claiming(sourceRepositoryURI=REPOSITORY))
    for other in (REPOSITORY + "/", REPOSITORY.upper(), REPOSITORY + "-evil", "", "x" + REPOSITORY):
        assert not passes(EXACT, claiming(sourceRepositoryURI=other))


def test_an_absent_claim_never_matches() -> None:
    for statement in (
        claiming(),
        claiming(sourceRepositoryRef=REPOSITORY),
        claiming(buildSignerURI=REPOSITORY),
    ):
        assert not passes(EXACT, statement)
    pattern = ", claims: {source-repository-ref-pattern: 'refs/tags/.*|'}"
    assert passes(pattern, claiming(sourceRepositoryRef=""))
    assert not passes(pattern, claiming())


def test_a_pattern_must_match_the_whole_claim() -> None:
    more = ", claims: {source-repository-ref-pattern: 'refs/tags/v[0-9]+'}"
    assert passes(more, claiming(sourceRepositoryRef="refs/tags/v12"))
    for other in ("refs/tags/v12-rc", "xrefs/tags/v1", "refs/heads/refs/tags/v1", "refs/tags/v1\n"):
        assert not passes(more, claiming(sourceRepositoryRef=other))


def test_all_claims_must_hold_on_one_certificate() -> None:
    more = f", claims: {{source-repository-uri: '{REPOSITORY}', runner-environment: github-hosted}}"
    first, second = {"sourceRepositoryURI": REPOSITORY}, {"runnerEnvironment": "github-hosted"}
    assert passes(more, claiming(**first, **second))
    assert not passes(more, claiming(**first), claiming(**second))


def test_subject_and_issuer_must_hold_as_well() -> None:
    stranger = signature(AMD64, signer=replace(by("b"), claims={"sourceRepositoryURI": REPOSITORY}))
    assert not passes(EXACT, stranger)
    elsewhere = replace(by("a"), issuer="https://evil.example", claims={"sourceRepositoryURI": REPOSITORY})
    assert not passes(EXACT, signature(AMD64, signer=elsewhere))


def test_the_refusal_says_which_claim_is_another() -> None:
    finding = judged(EXACT, claiming(sourceRepositoryURI="https://github.com/mallory/app"))
    assert (finding.outcome, finding.code) == (Outcome.FAIL, "IdentityError")
    assert f"sourceRepositoryURI {REPOSITORY}" in finding.message
    assert finding.hint is not None
    assert (
        "issuer and subject are the wanted ones; sourceRepositoryURI is https://github.com/mallory/app, not"
        f" {REPOSITORY}" in finding.hint
    )
    absent = judged(EXACT, claiming())
    assert absent.hint is not None
    assert "the certificate has no sourceRepositoryURI" in absent.hint


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_can_be_asked_for(claim: str) -> None:
    for key, value in ((claim, "x"), (f"{claim}-pattern", "x+")):
        more = f", claims: {{{key}: {value}}}"
        assert passes(more, claiming(**{CLAIMS[claim]: "x"}))
        assert not passes(more, claiming(**{CLAIMS[claim]: "y"}))
        assert not passes(more, claiming(**{name: "x" for name in CLAIMS.values() if name != CLAIMS[claim]}))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (", claims: {}", "claims is empty"),
        (", claims: {source-repository: x}", "unknown key 'source-repository'"),
        (", claims: {sourceRepositoryURI: x}", "unknown key 'sourceRepositoryURI'"),
        (", claims: {build-trigger: ''}", "is empty"),
        (", claims: {build-trigger: ' '}", "it is empty"),
        (", claims: {build-trigger: 'x*'}", "compared exactly"),
        (", claims: {build-trigger: '${TRIGGER}'}", "looks like a variable"),
        (", claims: {build-trigger-pattern: '('}", "no RE2 expression"),
        (", claims: {build-trigger-pattern: '.*'}", "matches anybody"),
        (", claims: {build-trigger: a, build-trigger-pattern: a}", "has both build-trigger and"),
        (", claims: {build-trigger: 1}", "must be text"),
        (", valid-from: yesterday", "not a time: 'yesterday'"),
        (", valid-from: 2026-13-01", "not a time"),
        (", valid-from: 2026-02-02, valid-until: 2026-02-02", "is valid until before it is valid"),
        (", valid-from: 2026-02-02, valid-until: 2026-02-01", "is valid until before it is valid"),
    ],
)
def test_wrong_claims_and_times_are_errors_at_load(more: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        policy_of("signature: {}", signers=one("a", more))
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:5:")


def at(time: datetime | None) -> VerifiedStatement:
    return replace(signature(AMD64, signer=by("a")), signed_at=time)


START, END = day("2026-03-01"), day("2026-06-01")
TICK = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("more", "inside", "outside"),
    [
        (", valid-from: 2026-03-01", [START, END, END + 999 * TICK], [START - TICK, None]),
        (", valid-until: 2026-06-01", [START, START - TICK, END - TICK], [END, END + TICK, None]),
        (", valid-from: 2026-03-01, valid-until: 2026-06-01", [START, END - TICK], [START - TICK, END, None]),
        (", valid-from: '2026-03-01T02:00:00+02:00'", [START], [START - TICK]),
    ],
)
def test_a_word_counts_within_its_time(
    more: str, inside: list[datetime | None], outside: list[datetime | None]
) -> None:
    assert all(passes(more, at(time)) for time in inside)
    assert not any(passes(more, at(time)) for time in outside)
    assert all(passes("", at(time)) for time in [*inside, *outside])


def test_the_refusal_says_when_it_was_signed_and_when_it_counts() -> None:
    finding = judged(", valid-until: 2026-06-01", at(END))
    assert (finding.outcome, finding.code) == (Outcome.FAIL, "IdentityError")
    assert finding.hint is not None
    assert (
        "the word of a counts until 2026-06-01T00:00:00Z, and this was signed at 2026-06-01T00:00:00Z"
        in finding.hint
    )
    untimed = judged(", valid-from: 2026-03-01", at(None))
    assert untimed.hint is not None
    assert (
        "the word of a counts from 2026-03-01T00:00:00Z, and this was signed at a time that is not known"
        in (untimed.hint)
    )


def test_what_is_out_of_time_is_listed_with_its_reason() -> None:
    policy = policy_of("signature: {}", signers=one("a", ", valid-until: 2026-06-01"))
    (rejection,) = judge(image(at(END)), policies=[policy]).rejections
    assert rejection.code == "IdentityError"
    assert "counts until 2026-06-01T00:00:00Z" in rejection.reason
    assert judge(image(at(START)), policies=[policy]).rejections == ()


def test_a_workflow_that_was_renamed_is_two_signers_in_turn() -> None:
    signers = one("a", ", valid-until: 2026-03-01") + one("b", ", valid-from: 2026-03-01")
    policy = policy_of("signature: {}", signers=signers)
    for name, time, verdict in (
        ("a", START - TICK, Verdict.PASS),
        ("b", START, Verdict.PASS),
        ("a", START, Verdict.UNVERIFIED),
        ("b", START - TICK, Verdict.UNVERIFIED),
    ):
        statement = replace(signature(AMD64, signer=by(name)), signed_at=time)
        assert judge(image(statement), policies=[policy]).verdict is verdict


def test_keys_have_their_time_and_no_claims() -> None:
    pem = Key("rotated").pem
    fingerprint = load_public_key(pem.encode(), source="key").fingerprint
    indented = "".join(f"      {line}\n" for line in pem.splitlines())
    text = f"  k:\n    key: |\n{indented}    valid-until: 2026-06-01\n"
    policy = policy_of("signature: {}", signers=text)
    for time, verdict in ((START, Verdict.PASS), (END, Verdict.UNVERIFIED), (None, Verdict.UNVERIFIED)):
        statement = replace(signature(AMD64, signer=KeySigner(fingerprint)), signed_at=time)
        assert judge(image(statement), policies=[policy]).verdict is verdict
    with pytest.raises(PolicyError, match="the signer 'k' is a key and something else"):
        policy_of("signature: {}", signers=text + "    claims: {build-trigger: push}\n")
