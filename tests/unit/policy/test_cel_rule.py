"""Rules in CEL: what they say of an image, and by whose word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.policy.cel_judging import (
    PROVENANCE,
    SBOM,
    SIGNED,
    VULN,
    fails,
    found,
    one,
    passes,
)
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
from tests.unit.policy.judging import AWAY, judge
from verifier.model.finding import Outcome, Verdict
from verifier.model.verified import VerifiedStatement


def test_a_check_on_the_image_holds_or_does_not() -> None:
    check = 'image.registry == "ghcr.io" && image.repository == "org/app" && platform.os == "linux"'
    assert one(image(SIGNED), check) == passes(f"the check holds: {check}")
    other = check.replace("linux", "windows")
    assert one(image(SIGNED), other) == fails(f"the check does not hold: {other}")


def test_the_policy_says_it_in_its_own_words() -> None:
    check = 'image.registry == "quay.io"'
    (finding,) = found(image(SIGNED), check, message="Only quay.io is allowed")
    assert finding.message == "Only quay.io is allowed"
    assert finding.hint == f"the check is: {check}"
    assert one(image(SIGNED), check, message_expression="'not ' + image.registry") == fails("not ghcr.io")
    options: dict[str, Any] = {"message": "so", "message_expression": "image.nothing"}
    assert one(image(SIGNED), check, **options) == fails("so")
    said = one(image(SIGNED), check, message_expression="'\\u001b[2J' + image.registry")
    assert said == fails("\\x1b[2Jghcr.io")


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("image.nme == 'x'", 'Key not found in map : "nme"'),
        ("image.digest", "it gives string where true or false is wanted"),
        ("1 / (platform.layers - platform.layers) == 1", "divide by zero"),
        ("image.name.matches('(')", "invalid regular expression: missing ): ("),
        ("9223372036854775807 + 1 > platform.layers", "integer overflow"),
    ],
)
def test_what_cannot_be_evaluated_fails(check: str, problem: str) -> None:
    (finding,) = found(image(SIGNED), check, message="not said")
    assert finding.message == f"the check could not be evaluated: {problem}"
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert "has()" in str(finding.hint)


def test_or_takes_an_error_for_less_than_true() -> None:
    assert one(image(SIGNED), "image.nme == 'x' || image.isIndex")[0] is Outcome.PASS
    assert one(image(SIGNED), "image.nme == 'x' || !image.isIndex")[0] is Outcome.FAIL


def test_a_rule_that_does_not_apply_is_skipped() -> None:
    check, when = "image.nothing == 1", 'platform.os == "windows"'
    expected = f"does not apply, since this is false: {when}"
    assert one(image(SIGNED), check, when=when) == (Outcome.SKIP, Verdict.PASS, None, expected)
    assert one(image(SIGNED), check, when='platform.os == "linux"')[0] is Outcome.FAIL
    assert one(image(SIGNED), "image.isIndex", when="platform.nothing == 1") == fails(
        'the check could not be evaluated: Key not found in map : "nothing"'
    )


def test_a_policy_of_skipped_rules_alone_is_no_pass() -> None:
    text = "  - cel: {check: signatures.size() > 0, when: image.name == ''}\n"
    assert judge(image(SIGNED), text).verdict is Verdict.FAIL


def test_untrusted_text_is_data() -> None:
    hostile = '") || true || ("'
    predicate = json.dumps({"x": hostile})
    evidence = image(SIGNED, attestation("https://example.com/t", AMD64, predicate=predicate))
    assert one(evidence, "attestations.exists(a, a.predicate.x == 'good')")[0] is Outcome.FAIL
    assert one(evidence, f"attestations.exists(a, a.predicate.x == '{hostile}')")[0] is Outcome.PASS


def test_a_nul_does_not_end_a_text() -> None:
    check = "attestations.exists(a, a.predicate.x == 'good')"
    good = attestation("https://example.com/t", AMD64, predicate='{"x": "good"}')
    assert one(image(SIGNED, good), check)[0] is Outcome.PASS
    evil = attestation("https://example.com/t", AMD64, predicate='{"x": "good\\u0000evil"}')
    assert one(image(SIGNED, evil), check) == fails(
        "the check could not be evaluated: a text among the facts holds a NUL character"
    )


def test_half_of_a_character_fails_and_the_next_rule_goes_on() -> None:
    half = attestation("https://example.com/t", AMD64, predicate='{"x": "\\ud800"}')
    assert one(image(SIGNED, half), "attestations.exists(a, a.predicate.x != 'good')") == fails(
        "the check could not be evaluated: a text among the facts holds half of a character"
    )
    assert one(image(SIGNED, half), "image.isIndex")[0] is Outcome.PASS


def test_every_attestation_of_the_type_is_judged() -> None:
    check = 'attestation.predicate.builder == "ours" && attestation.signer.issuer == "' + ISSUER + '"'
    options: dict[str, Any] = {"each": "attestation", "type": "slsa-provenance"}
    (finding,) = found(image(SIGNED, PROVENANCE, SBOM), check, **options)
    assert (finding.outcome, finding.evidence) == (Outcome.PASS, (PROVENANCE.evidence,))
    theirs = attestation(SLSA, AMD64, predicate='{"builder": "theirs"}')
    (finding,) = found(image(SIGNED, PROVENANCE, theirs), check, **options)
    assert finding.message == f"the attestation by release: the check does not hold: {check}"
    assert (finding.outcome, finding.evidence) == (Outcome.FAIL, (theirs.evidence,))


def test_no_attestation_of_the_type_is_a_failure() -> None:
    stranger = attestation(SLSA, AMD64, signer=MALLORY, predicate='{"builder": "ours"}')
    for evidence in (image(SIGNED), image(SIGNED, SBOM)):
        assert one(
            evidence, "attestation.predicate.builder == 'ours'", each="attestation", type="slsa-provenance"
        )[:3] == (Outcome.FAIL, Verdict.UNVERIFIED, "StatementError")
    assert one(
        image(SIGNED, stranger),
        "attestation.predicate.builder == 'ours'",
        each="attestation",
        type="slsa-provenance",
    )[:3] == (Outcome.FAIL, Verdict.UNVERIFIED, "IdentityError")


def test_a_predicate_that_cannot_be_read_fails() -> None:
    broken = attestation(SLSA, AMD64, predicate="{")
    outcome, _, _, message = one(
        image(SIGNED, broken), "attestation.predicate.x != 1", each="attestation", type="slsa-provenance"
    )
    assert outcome is Outcome.FAIL
    assert message == (
        'the attestation by release: the check could not be evaluated: Key not found in map : "predicate"'
    )


def test_every_signature_is_judged() -> None:
    check = 'signature.signer.kind == "certificate" && signature.scope == "platform"'
    assert one(image(SIGNED), check, each="signature") == passes(
        f"the check holds for each signature: {check}"
    )
    via_index = signature(INDEX)
    (finding,) = found(image(SIGNED, via_index), check, each="signature")
    assert finding.message == f"the signature by release: the check does not hold: {check}"
    assert finding.evidence == (via_index.evidence,)
    assert one(image(signature(AMD64, signer=MALLORY)), check, each="signature")[:3] == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "IdentityError",
    )


@pytest.mark.parametrize(
    ("check", "there", "code"),
    [
        ("signatures.all(s, s.scope == 'platform')", SIGNED, "SignatureError"),
        ("attestations.all(a, has(a.predicate))", PROVENANCE, "StatementError"),
        ("provenance.all(p, p.predicate.level >= 3)", PROVENANCE, "StatementError"),
    ],
)
def test_of_nothing_nothing_is_true(check: str, there: VerifiedStatement, code: str) -> None:
    assert one(image(there), check)[0] is Outcome.PASS
    assert one(image(), check)[:3] == (Outcome.FAIL, Verdict.UNVERIFIED, code)
    empty = check.partition(".")[0] + ".size() == 0"
    assert one(image(there), empty)[:2] == (Outcome.FAIL, Verdict.FAIL)
    assert one(image(), empty)[:3] == (Outcome.FAIL, Verdict.UNVERIFIED, code)


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("signatures.size() > 0 || image.registry == 'ghcr.io'", "SignatureError"),
        ("image.registry == 'ghcr.io' || attestations.exists(a, true)", "StatementError"),
        ("true || signatures.size() > 0 || attestations.size() > 0", "SignatureError"),
    ],
)
def test_what_is_true_beside_what_nobody_signed_is_not_enough(check: str, code: str) -> None:
    outcome, verdict, said, message = one(image(), check)
    assert (outcome, verdict, said) == (Outcome.FAIL, Verdict.UNVERIFIED, code)
    assert message.startswith("no ")
    assert one(image(unreadable=[AWAY]), check)[:2] == (Outcome.ERROR, Verdict.UNAVAILABLE)
    assert one(image(SIGNED, PROVENANCE), check)[0] is Outcome.PASS


def test_one_of_two_lists_is_enough_for_either() -> None:
    check = "signatures.exists(s, true) || attestations.exists(a, true)"
    assert one(image(SIGNED), check)[0] is one(image(PROVENANCE), check)[0] is Outcome.PASS


def test_the_word_of_others_and_of_other_platforms_is_not_seen() -> None:
    check = "attestations.exists(a, a.predicate.level == 3)"
    assert one(image(SIGNED, PROVENANCE), check)[0] is Outcome.PASS
    for elsewhere in (
        attestation(SLSA, AMD64, signer=MALLORY, predicate='{"level": 3}'),
        attestation(SLSA, ARM64, predicate='{"level": 3}'),
    ):
        assert one(image(SIGNED, elsewhere), check)[0] is Outcome.FAIL


def test_the_list_of_attestations_can_be_narrowed() -> None:
    check = "attestations.all(a, a.predicate.level == 3)"
    other = attestation(VULN, AMD64, predicate="{}")
    assert one(image(SIGNED, PROVENANCE, other), check)[0] is Outcome.FAIL
    assert one(image(SIGNED, PROVENANCE, other), check, type="slsa-provenance")[0] is Outcome.PASS
    assert one(image(SIGNED, other), check, type="slsa-provenance")[:3] == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "StatementError",
    )


def test_what_may_lie_where_nobody_could_look_is_not_refused_for_good() -> None:
    check = "attestations.exists(a, a.predicate.level == 3)"
    lower = attestation(SLSA, AMD64, predicate='{"level": 2}')
    for statements in ((), (lower,)):
        evidence = image(SIGNED, *statements, unreadable=[AWAY])
        outcome, verdict, code, _ = one(evidence, check)
        assert (outcome, verdict, code) == (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError")
    assert one(image(SIGNED, PROVENANCE, unreadable=[AWAY]), check)[0] is Outcome.PASS
    assert one(image(SIGNED, unreadable=[AWAY]), "!image.isIndex")[1] is Verdict.FAIL


def test_time_is_given() -> None:
    check = "signatures.all(s, timestamp(s.signedAt) > now - duration('240h'))"
    assert found(image(SIGNED), check, now=datetime(2026, 11, 10, tzinfo=UTC))[0].outcome is Outcome.PASS
    assert found(image(SIGNED), check, now=datetime(2026, 11, 12, tzinfo=UTC))[0].outcome is Outcome.FAIL
