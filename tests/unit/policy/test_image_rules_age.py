"""How old an image may be, and by which time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    ISSUER,
    MALLORY,
    RELEASE,
    SLSA,
    SUBJECT,
    attestation,
    signature,
)
from tests.unit.policy.judging import AWAY, NOW, POLICY, SIGNATURE, judge, policy
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import CertificateSigner, VerifiedStatement
from verifier.text import rfc3339

RULE = "image-age"
SIGNED = {"max": "30d", "by": "signed"}


def created(value: Any) -> ImageEvidence:
    return configured(config={"created": value})


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24T00:00:00Z",
        "2026-10-25T00:00:00Z",
        "2026-11-01T12:00:00.123456789Z",
        "2026-11-01T12:00:00+05:30",
        "2026-11-24T00:59:00Z",
    ],
)
def test_a_time_within_the_bound_is_accepted(value: str) -> None:
    assert passes(RULE, {"max": "30d"}, created(value)) == f"the image was created at {value}"


@pytest.mark.parametrize(
    "value", ["2026-10-24T23:59:59Z", "2026-10-25T00:00:00+01:00", "2006-11-24T00:00:00Z"]
)
def test_an_older_one_is_refused(value: str) -> None:
    (message,) = refused(RULE, {"max": "30d"}, created(value))
    assert message == f"the image was created at {value}, more than 30 days ago"


@pytest.mark.parametrize("value", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1980-01-01T00:00:01Z"])
def test_the_fixed_time_of_repeatable_builds_says_nothing(value: str) -> None:
    (finding,) = found(RULE, {"max": "9999w"}, created(value))
    assert finding.outcome is Outcome.FAIL
    assert finding.message == (
        f"the image was created at {value}, which is no time at which an image can have been made"
    )
    assert finding.hint is not None
    assert "by: signed" in finding.hint


@pytest.mark.parametrize("evidence", [created(None), created(""), configured()])
def test_no_time_is_refused(evidence: ImageEvidence) -> None:
    assert refused(RULE, {"max": "30d"}, evidence) == ["the image does not say when it was created"]


@pytest.mark.parametrize("value", ["2026-11-24T01:00:01Z", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_to_come_is_refused(value: str) -> None:
    (message,) = refused(RULE, {"max": "30d"}, created(value))
    assert message == f"the image was created at {value}, which is yet to come"


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-11-23",
        "2026-11-23T00:00:00",
        "20261123T000000Z",
        "2026-W47-1",
        "2026-02-30T00:00:00Z",
        "2026-11-23 00:00:00Z",
        "2026-11-23T00:00:00Z\n",
        "1795392000",
        "0001-01-01T00:00:00+14:00",
        "２０２６-11-23T00:00:00Z",
        "2026-11-23T24:00:01Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_time_cannot_be_judged(value: str) -> None:
    (message,) = refused(RULE, {"max": "30d"}, created(value), "PlatformError")
    assert message.startswith("the image's configuration cannot be judged: $.created is no time: '")


@pytest.mark.parametrize("value", [1795392000, True, ["2026-11-23T00:00:00Z"], {}])
def test_a_time_that_is_not_text_cannot_be_judged(value: Any) -> None:
    (message,) = refused(RULE, {"max": "30d"}, created(value), "PlatformError")
    assert message.endswith("$.created is not text")


def test_a_second_time_in_another_case_cannot_be_judged() -> None:
    fresh = {"created": "2026-11-23T00:00:00Z"}
    assert refused(RULE, {"max": "30d"}, configured(config={**fresh, "Created": "x"}), "PlatformError")


def signed(days: float | None, *about: Any, signer: CertificateSigner = RELEASE) -> VerifiedStatement:
    made = None if days is None else NOW - timedelta(days=days)
    return replace(signature(*about or (AMD64,), signer=signer), signed_at=made)


def aged(*statements: VerifiedStatement) -> ImageEvidence:
    return configured(statements=statements)


def test_the_newest_signature_counts() -> None:
    for evidence in (aged(signed(29)), aged(signed(90), signed(29)), aged(signed(29), signed(90, INDEX))):
        when = rfc3339(NOW - timedelta(days=29))
        assert passes(RULE, SIGNED, evidence) == f"the image was signed at {when} by release"
    when = rfc3339(NOW - timedelta(days=31))
    (message,) = refused(RULE, SIGNED, aged(signed(90), signed(31)))
    assert message == f"the image was not signed by release in the last 30 days: the last at {when}"


def test_the_index_may_be_what_was_signed_and_another_platform_not() -> None:
    assert passes(RULE, SIGNED, aged(signed(1, INDEX)))
    (finding,) = found(RULE, SIGNED, aged(signed(1, ARM64)))
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.UNVERIFIED)


def test_only_image_signatures_count() -> None:
    evidence = aged(signed(31), replace(attestation(SLSA, AMD64), signed_at=NOW))
    assert refused(RULE, SIGNED, evidence)


def test_a_signature_without_a_trusted_time_has_no_age() -> None:
    assert refused(RULE, SIGNED, aged(signed(None))) == [
        "the image was not signed by release in the last 30 days: none at a trusted time"
    ]
    assert passes(RULE, SIGNED, aged(signed(None, INDEX), signed(1)))


def test_a_signature_of_the_time_to_come_does_not_count() -> None:
    assert passes(RULE, SIGNED, aged(signed(-0.04)))
    assert refused(RULE, SIGNED, aged(signed(-1)))


def test_strangers_do_not_make_an_image_younger() -> None:
    assert refused(RULE, SIGNED, aged(signed(31), signed(1, signer=MALLORY)))
    (finding,) = found(RULE, SIGNED, aged(signed(1, signer=MALLORY)))
    assert (finding.code, finding.verdict) == ("IdentityError", Verdict.UNVERIFIED)
    (finding,) = found(RULE, SIGNED, aged())
    assert finding.message.startswith("no image signature was found")


def test_what_could_not_be_looked_at_may_be_younger() -> None:
    for statements in ((signed(31),), ()):
        (finding,) = found(RULE, SIGNED, replace(aged(*statements), unreadable=(AWAY,)))
        assert (finding.outcome, finding.verdict) == (Outcome.ERROR, Verdict.UNAVAILABLE)
    assert passes(RULE, SIGNED, replace(aged(signed(1)), unreadable=(AWAY,)))


SECOND = CertificateSigner(ISSUER, SUBJECT.replace("release", "second"), "uri", {})
TWO = POLICY.replace("require:", f'  second: {{issuer: "{ISSUER}", subject: "{SECOND.subject}"}}\nrequire:')


def two(signers: str, *statements: VerifiedStatement) -> Finding:
    rule = f"  - {RULE}: {{max: 30d, by: signed, signers: {signers}}}\n"
    judgement = judge(aged(*statements), policies=[policy(SIGNATURE, rule, text=TWO)])
    (finding,) = [f for f in judgement.platforms[0].checks if f.rule == RULE]
    return finding


def test_of_a_quorum_the_newest_of_each_counts() -> None:
    both = "{all-of: [release, second]}"
    assert two(both, signed(1), signed(2, signer=SECOND)).outcome is Outcome.PASS
    assert two(both, signed(1), signed(31, signer=SECOND)).outcome is Outcome.FAIL
    assert two("[release, second]", signed(1), signed(31, signer=SECOND)).outcome is Outcome.PASS
    assert two("[second]", signed(1), signed(31, signer=SECOND)).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", "lacks 'max'"),
        ("{max: 90}", "must be text"),
        ("{max: 3y}", r"^policy\.yaml:8:\d+: .*not a duration"),
        ("{max: 0d}", "not a duration"),
        ("{max: 30d, by: layers}", "cannot be 'layers'"),
        ("{max: 30d, signers: [release]}", "the configuration's time is nobody's word"),
        ("{max: 30d, by: signed, signers: [nobody]}", "'nobody' is not under signers"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_takes_the_word_of_signers_only_where_it_asks_for_signatures() -> None:
    rule = policy(SIGNATURE, f"  - {RULE}: {{max: 30d}}\n").rules[1].rule
    assert rule.signers == ()
    with pytest.raises(PolicyError, match="no rule asks for anything signed"):
        policy(
            f"  - {RULE}: {{max: 30d}}\n",
            text=POLICY.replace("signers:\n", "").replace(
                f'  release: {{issuer: "{ISSUER}", subject: "{SUBJECT}"}}\n', ""
            ),
        )
    assert policy(f"  - {RULE}: {{max: 30d, by: signed}}\n").rules[0].rule.signers == ("release",)


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {"max": "12w"}) == "the image was created not more than 84 days ago"
    assert asked(RULE, SIGNED) == "the image was signed not more than 30 days ago by release"
