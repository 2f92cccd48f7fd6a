"""What each rule accepts and why it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    ISSUER,
    KEY,
    MALLORY,
    RELEASE,
    SLSA,
    SPDX,
    SUBJECT,
    attestation,
    decoded,
    image,
    sign_statement,
    signature,
)
from verifier.model.bundle import Rejection, Unreadable
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.document import load_policy
from verifier.policy.evaluator import evaluate
from verifier.policy.values import Judgement, Policy

POLICY = f"""\
version: 1
name: app
images: [ghcr.io/org/**]
signers:
  release: {{issuer: "{ISSUER}", subject: "{SUBJECT}"}}
require:
"""
SIGNATURE = "  - signature: {}\n"
SBOM = "  - attestation: {type: spdx}\n"
PROVENANCE = "  - attestation: {type: slsa-provenance}\n"


def policy(*rules: str, text: str = POLICY) -> Policy:
    return load_policy((text + "".join(rules)).encode(), source="policy.yaml")


def judge(
    evidence: ImageEvidence,
    *rules: str,
    decode: Callable[[VerifiedStatement], DecodedSbom] = decoded,
    policies: Sequence[Policy] = (),
    name_matters: bool = True,
) -> Judgement:
    return evaluate(policies or [policy(*rules)], evidence, name_matters=name_matters, decode=decode)


def only(judgement: Judgement) -> Finding:
    ((finding,),) = [platform.checks for platform in judgement.platforms]
    return finding


def outcome(judgement: Judgement) -> tuple[Outcome, Verdict, str | None]:
    finding = only(judgement)
    assert finding.verdict is judgement.verdict
    return finding.outcome, finding.verdict, finding.code


PASS = (Outcome.PASS, Verdict.PASS, None)


def refused(code: str) -> tuple[Outcome, Verdict, str]:
    return (Outcome.FAIL, Verdict.UNVERIFIED, code)


OTHER = Digest.of(b"other")
REJECTED = Rejection(OTHER, ("tag",), "SignatureError", "the signature is not valid")
TWISTED = Rejection(OTHER, ("tag",), "SubjectError", "it is about something else")
AWAY = Unreadable("tag x.sig", "AuthError", "status 403", "log in")


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
    assert finding.hint == f"nearest miss: the issuer is the wanted one, the subject is {MALLORY.subject}"


def test_a_refusal_says_where_it_looked() -> None:
    finding = only(judge(image(), SIGNATURE))
    assert str(finding.hint).startswith("looked at referrers of …, tag ….sig.")


@pytest.mark.parametrize(
    ("wanted", "kind", "counts"),
    [
        ("spdx", SPDX, True),
        ("spdx", f"{SPDX}/v2.3", True),
        ("spdx", f"{SPDX}/", False),
        ("spdx", f"{SPDX}/v2.3/x", False),
        ("spdx", f"{SPDX}2", False),
        (SPDX, SPDX, True),
        (SPDX, f"{SPDX}/v2.3", False),
        ("slsa-provenance", SLSA, True),
        ("slsa-provenance", "https://slsa.dev/provenance/v0.2", True),
        ("slsa-provenance", "https://slsa.dev/provenance/v2", False),
        (SLSA, "https://slsa.dev/provenance/v0.2", False),
        ("https://example.com/x", "https://example.com/x", True),
        ("https://example.com/x", "https://example.com/x/", False),
        ("https://example.com/x", "https://example.com/X", False),
    ],
)
def test_types_are_aliases_with_their_versions_or_exact_uris(wanted: str, kind: str, counts: bool) -> None:
    text = f"  - attestation: {{type: {wanted}}}\n"
    assert outcome(judge(image(attestation(kind, AMD64)), text)) == (
        PASS if counts else refused("StatementError")
    )


def test_a_missing_attestation_names_those_that_are_there() -> None:
    finding = only(judge(image(attestation(SLSA, AMD64)), SBOM))
    assert finding.message == f"no attestation of type spdx was found; wanted signers attested {SLSA}"


@pytest.mark.parametrize(
    ("on", "subject", "counts"),
    [
        *itertools.product(["platform"], [AMD64], [True]),
        *itertools.product(["platform"], [INDEX], [False]),
        *itertools.product(["index"], [INDEX], [True]),
        *itertools.product(["index"], [AMD64], [False]),
        *itertools.product(["either"], [INDEX, AMD64], [True]),
        *itertools.product(["platform", "index", "either"], [ARM64], [False]),
    ],
)
def test_what_an_attestation_must_be_about(on: str, subject: Digest, counts: bool) -> None:
    text = f"  - attestation: {{type: slsa-provenance, on: {on}}}\n"
    judgement = judge(image(attestation(SLSA, subject)), text)
    assert (judgement.verdict is Verdict.PASS) == counts


def test_an_image_that_is_no_index_is_its_own_index() -> None:
    for on in ("platform", "index", "either"):
        text = f"  - attestation: {{type: slsa-provenance, on: {on}}}\n"
        assert outcome(judge(image(attestation(SLSA, AMD64), index=False), text)) == PASS


def test_an_sbom_of_the_platform_passes_and_is_reported() -> None:
    judgement = judge(image(attestation(SPDX, AMD64)), SBOM)
    assert outcome(judgement) == PASS
    (platform,) = judgement.platforms
    assert platform.sbom is not None
    assert (platform.sbom.packages, platform.sbom.scope) == (1, "platform")


def test_an_sbom_of_the_index_never_stands_for_a_platform() -> None:
    judgement = judge(image(attestation(SPDX, INDEX)), SBOM)
    assert outcome(judgement) == refused("SbomError")
    assert "says nothing of the contents of linux/amd64" in only(judgement).message
    assert judgement.platforms[0].sbom is None


def test_an_sbom_of_another_platform_names_the_gap() -> None:
    evidence = image(attestation(SPDX, AMD64), platforms=[AMD64, ARM64])
    judgement = judge(evidence, SBOM)
    amd64, arm64 = judgement.platforms
    assert (amd64.verdict, arm64.verdict) == (Verdict.PASS, Verdict.UNVERIFIED)
    assert arm64.checks[0].code == "PlatformError"
    assert arm64.checks[0].message == "linux/arm64 has no attestation of type spdx; linux/amd64 has one"
    assert judgement.verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("decode", "words"),
    [
        (lambda s: decoded(s, packages=0), "lists no package"),
        (lambda s: decoded(s, only_images=True), "lists only images"),
        (lambda _: DecodedSbom(None, None, "SbomError", "$.packages: not a list"), "$.packages: not a list"),
    ],
)
def test_an_sbom_that_says_nothing(decode: Callable[[VerifiedStatement], DecodedSbom], words: str) -> None:
    judgement = judge(image(attestation(SPDX, AMD64)), SBOM, decode=decode)
    assert outcome(judgement) == refused("SbomError")
    assert words in only(judgement).message


def test_an_sbom_that_describes_another_digest_passes_with_a_warning() -> None:
    """The signed subject is the authority; generators often write the index's digest, or none."""
    judgement = judge(image(attestation(SPDX, AMD64)), SBOM, decode=lambda s: decoded(s, describes=[OTHER]))
    assert judgement.verdict is Verdict.PASS
    passed, warned = judgement.platforms[0].checks
    assert (passed.outcome, warned.outcome) == (Outcome.PASS, Outcome.WARN)
    assert str(OTHER) in warned.message


def test_one_good_sbom_of_several_is_enough_in_any_order() -> None:
    good, bad = attestation(SPDX, AMD64, name="good"), attestation(SPDX, AMD64, name="bad")

    def decode(statement: VerifiedStatement) -> DecodedSbom:
        return decoded(statement, packages=0 if statement is bad else 1)

    judgements = [judge(image(*order), SBOM, decode=decode) for order in itertools.permutations([good, bad])]
    assert judgements[0].platforms == judgements[1].platforms
    assert judgements[0].verdict is Verdict.PASS


def test_a_strangers_sbom_is_not_decoded() -> None:
    def decode(statement: VerifiedStatement) -> DecodedSbom:
        raise AssertionError("decoded")

    judgement = judge(image(attestation(SPDX, AMD64, signer=MALLORY)), SBOM, decode=decode)
    assert outcome(judgement) == refused("IdentityError")


def test_identity_and_predicate_are_judged_on_the_same_statement() -> None:
    """STM-06: the wanted signer's other attestation and a stranger's SBOM do not add up."""
    evidence = image(attestation(SLSA, AMD64, signer=RELEASE), attestation(SPDX, AMD64, signer=MALLORY))
    assert outcome(judge(evidence, SBOM)) == refused("IdentityError")


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
    codes = [check.code for check in judge(swapped, policies=[two]).platforms[0].checks]
    # Both signers are known to the policy, so nobody is a stranger; neither rule takes the other's word.
    assert codes == ["SignatureError", "StatementError"]
