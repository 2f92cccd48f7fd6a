"""Which image signatures count: what they are about, how old they are, how they are logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.policy.factory import AMD64, INDEX, image, signature
from tests.unit.policy.judging import AWAY, NOW, PASS, judge, only, outcome, refused
from verifier.model.finding import Outcome, Verdict
from verifier.model.verified import LogEntry, Proof, VerifiedStatement


def rule(options: str) -> str:
    return f"  - signature: {{{options}}}\n"


@pytest.mark.parametrize(
    ("on", "good", "bad"), [("platform", AMD64, INDEX), ("index", INDEX, AMD64)], ids=["platform", "index"]
)
def test_what_it_must_be_about(on: str, good: object, bad: object) -> None:
    signed = {AMD64: signature(AMD64), INDEX: signature(INDEX)}
    judged = {digest: judge(image(one), rule(f"on: {on}")) for digest, one in signed.items()}
    assert outcome(judged[good]) == PASS  # type: ignore[index]
    assert outcome(judged[bad]) == refused("SignatureError")  # type: ignore[index]
    assert all(outcome(judge(image(one), rule(""))) == PASS for one in signed.values())


def aged(days: int) -> VerifiedStatement:
    return replace(signature(AMD64), signed_at=NOW - timedelta(days=days))


def test_an_old_signature_does_not_count() -> None:
    assert outcome(judge(image(aged(30)), rule("max-age: 30d"))) == PASS
    judgement = judge(image(aged(31)), rule("max-age: 30d"))
    assert outcome(judgement) == refused("SignatureError")
    assert only(judgement).message == (
        "no acceptable signature: one is older than 30 days: signed at 2026-10-24T00:00:00Z"
    )
    # A fresh one beside it counts.
    assert outcome(judge(image(aged(31), aged(1)), rule("max-age: 30d"))) == PASS


def test_a_signature_without_a_trusted_time_has_no_age() -> None:
    timeless = replace(signature(AMD64), signed_at=None)
    assert outcome(judge(image(timeless), rule(""))) == PASS
    judgement = judge(image(timeless), rule("max-age: 30d"))
    assert outcome(judgement) == refused("SignatureError")
    assert "its age is not known" in only(judgement).message


@pytest.mark.parametrize(
    ("wanted", "logged", "passes"),
    [
        ("promise", Proof.PROMISE, True),
        ("promise", Proof.INCLUSION, True),
        ("promise", None, False),
        ("inclusion-proof", Proof.INCLUSION, True),
        ("inclusion-proof", Proof.PROMISE, False),
        ("inclusion-proof", None, False),
    ],
)
def test_how_it_must_be_logged(wanted: str, logged: Proof | None, *, passes: bool) -> None:
    log = None if logged is None else LogEntry("hashedrekord/0.0.1", 1, "ab", logged)
    judgement = judge(image(replace(signature(AMD64), log=log)), rule(f"proof: {wanted}"))
    assert outcome(judgement) == (PASS if passes else refused("SignatureError"))


def test_what_could_not_be_looked_at_may_be_younger() -> None:
    judgement = judge(image(aged(31), unreadable=[AWAY]), rule("max-age: 30d"))
    assert outcome(judgement) == (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError")
