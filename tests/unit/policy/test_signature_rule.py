"""What the signature rule accepts and why it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    ISSUER,
    KEY,
    MALLORY,
    SLSA,
    SPDX,
    SUBJECT,
    attestation,
    image,
    sign_statement,
    signature,
)
from tests.unit.policy.judging import (
    AWAY,
    PASS,
    REJECTED,
    SBOM,
    SIGNATURE,
    TWISTED,
    judge,
    only,
    outcome,
    refused,
)
from verifier.model.bundle import Unreadable
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Outcome, Verdict
from verifier.model.statement import MessageSignature
from verifier.policy.document import load_policy


def test_a_signature_on_the_platform_counts_directly() -> None:
    judgement = judge(image(signature(AMD64)), SIGNATURE)
    assert outcome(judgement) == PASS
    assert only(judgement).message == "signed by release on its own manifest"


def test_a_signature_on_the_index_counts_through_it() -> None:
    judgement = judge(image(signature(INDEX)), SIGNATURE)
    assert outcome(judgement) == PASS
    assert only(judgement).message == "signed by release via the index"


def test_an_image_that_is_no_index_is_its_own_platform() -> None:
    judgement = judge(image(signature(AMD64), index=False), SIGNATURE)
    assert only(judgement).message == "signed by release"


def test_the_signing_statement_of_cosign_3_counts_and_no_other_statement_does() -> None:
    assert outcome(judge(image(sign_statement(INDEX)), SIGNATURE)) == PASS
    assert outcome(judge(image(attestation(SPDX, AMD64)), SIGNATURE)) == refused("SignatureError")
    # Nor is a signature an attestation of its type.
    text = "  - attestation: {type: https://sigstore.dev/cosign/sign/v1}\n"
    assert outcome(judge(image(sign_statement(INDEX)), text)) == refused("StatementError")


SIGNATURES: dict[str, tuple[ImageEvidence, tuple[Outcome, Verdict, str]]] = {
    "nothing": (image(), refused("SignatureError")),
    "somebody else": (image(signature(AMD64, signer=MALLORY)), refused("IdentityError")),
    "a key": (image(signature(AMD64, signer=KEY)), refused("IdentityError")),
    "another platform": (
        image(signature(ARM64), platforms=[AMD64]),
        refused("SignatureError"),
    ),
    "one rejected": (image(rejections=[REJECTED]), refused("SignatureError")),
    "two rejected alike": (image(rejections=[TWISTED, TWISTED]), refused("SubjectError")),
    "two rejected differently": (image(rejections=[REJECTED, TWISTED]), refused("SignatureError")),
    "a place that could not be looked at": (
        image(unreadable=[AWAY]),
        (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError"),
    ),
    "that and somebody else": (
        image(signature(AMD64, signer=MALLORY), unreadable=[AWAY]),
        (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError"),
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_missing_signature_says_why(name: str) -> None:
    evidence, expected = SIGNATURES[name]
    assert outcome(judge(evidence, SIGNATURE)) == expected


def test_evidence_by_others_neither_helps_nor_harms() -> None:
    alone = judge(image(signature(AMD64)), SIGNATURE)
    crowd = image(
        signature(AMD64),
        signature(AMD64, signer=MALLORY),
        attestation(SPDX, AMD64, signer=MALLORY),
        rejections=[REJECTED],
        unreadable=[AWAY],
    )
    judgement = judge(crowd, SIGNATURE)
    assert judgement.platforms == alone.platforms
    assert judgement.accepted == alone.accepted
    assert [rejection.code for rejection in judgement.rejections] == ["IdentityError", "IdentityError"]
    assert "mallory" in judgement.rejections[0].reason


def test_a_refusal_names_wanted_found_and_the_nearest_miss() -> None:
    finding = only(judge(image(signature(AMD64, signer=MALLORY)), SIGNATURE))
    assert f"wanted {SUBJECT} (issuer {ISSUER})" in finding.message
    assert f"found {MALLORY.subject} (issuer {ISSUER})" in finding.message
    assert finding.hint == (
        f"nearest miss: the issuer is the wanted one, the subject is {MALLORY.subject}. If that is who should"
        " sign, name it as a signer"
    )


def test_a_refusal_says_where_it_looked() -> None:
    finding = only(judge(image(), SIGNATURE))
    assert str(finding.hint).endswith("Looked at referrers of …, tag ….sig")


TWO = f"""\
version: 1
name: two
images: [ghcr.io/org/**]
signers:
  release: {{issuer: "{ISSUER}", subject: "{SUBJECT}"}}
  mallory: {{issuer: "{ISSUER}", subject: "{MALLORY.subject}"}}
require:
  - signature: {{signers: [release]}}
  - attestation: {{type: slsa-provenance, signers: [mallory]}}
"""


def test_each_rule_has_its_own_signers() -> None:
    two = load_policy(TWO.encode(), source="two.yaml")
    right = image(signature(AMD64), attestation(SLSA, AMD64, signer=MALLORY))
    assert judge(right, policies=[two]).verdict is Verdict.PASS
    swapped = image(signature(AMD64, signer=MALLORY), attestation(SLSA, AMD64))
    checks = judge(swapped, policies=[two]).platforms[0].checks
    # Both signers are known to the policy, and neither rule takes the other's word.
    assert [check.code for check in checks] == ["IdentityError", "IdentityError"]
    assert f"wanted {SUBJECT} (issuer {ISSUER}); found {MALLORY.subject}" in checks[0].message
    assert f"wanted {MALLORY.subject} (issuer {ISSUER}); found {SUBJECT}" in checks[1].message


def test_a_blob_with_two_signatures_is_named_once() -> None:
    """cosign keeps the signature beside the blob, so one blob can hold several."""
    first = signature(AMD64)
    second = replace(first, signed_at=None)
    assert only(judge(image(first, second), SIGNATURE)).evidence == (first.evidence,)


def test_a_bare_signature_is_no_signature_of_the_image() -> None:
    """SIG-02: bytes that were signed as bytes say nothing about an image."""
    bare = replace(signature(AMD64), content=MessageSignature(AMD64))
    assert outcome(judge(image(bare), SIGNATURE)) == refused("SignatureError")
    assert outcome(judge(image(bare), SBOM)) == refused("StatementError")


def test_what_could_not_be_looked_at_is_named_whatever_the_order() -> None:
    other = Unreadable("referrers", "RegistryError", "status 500\x1b[2J")
    messages = {
        only(judge(image(unreadable=order), SIGNATURE)).message for order in ([AWAY, other], [other, AWAY])
    }
    (message,) = messages
    assert message == (
        "no acceptable image signature was found, and not every place could be looked at:"
        " referrers: status 500\\x1b[2J (and 1 more)"
    )


def test_many_strangers_are_counted_and_not_all_shown() -> None:
    crowd = [
        signature(AMD64, signer=replace(MALLORY, subject=f"https://example.com/{number}"))
        for number in range(9)
    ]
    message = only(judge(image(*crowd), SIGNATURE)).message
    assert message.count("https://example.com/") == 5
    assert message.endswith(" and 4 more")
