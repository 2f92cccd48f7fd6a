"""What the attestation rule accepts and why it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

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
)
from tests.unit.policy.judging import (
    AWAY,
    OTHER,
    PASS,
    SBOM,
    judge,
    only,
    outcome,
    policy,
    refused,
)
from verifier.errors import PolicyError
from verifier.model.digest import Digest
from verifier.model.finding import Outcome, Verdict
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement


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


def outside(found: DecodedSbom) -> DecodedSbom:
    """``found``, all of whose packages are called external."""
    assert found.sbom is not None
    packages = tuple(package._replace(inside=False) for package in found.sbom.packages)
    return replace(found, sbom=replace(found.sbom, packages=packages))


@pytest.mark.parametrize(
    ("decode", "words"),
    [
        (lambda s: decoded(s, packages=0), "lists no package"),
        (lambda s: decoded(s, only_images=True), "lists only images"),
        (lambda s: outside(decoded(s, only_images=True)), "lists only what is no part of linux/amd64"),
        (lambda _: DecodedSbom(None, None, "SbomError", "$.packages: not a list"), "$.packages: not a list"),
    ],
)
def test_an_sbom_that_says_nothing(decode: Callable[[VerifiedStatement], DecodedSbom], words: str) -> None:
    judgement = judge(image(attestation(SPDX, AMD64)), SBOM, decode=decode)
    assert outcome(judgement) == refused("SbomError")
    assert words in only(judgement).message


def test_an_sbom_that_is_too_large_to_be_read_leaves_it_open() -> None:
    too_large = DecodedSbom(None, None, "LimitExceeded", "more than 100000 packages")
    judgement = judge(image(attestation(SPDX, AMD64)), SBOM, decode=lambda _: too_large)
    assert outcome(judgement) == (Outcome.ERROR, Verdict.UNAVAILABLE, "LimitExceeded")
    assert "more than 100000 packages" in only(judgement).message


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


AWAY_ANSWER = (Outcome.ERROR, Verdict.UNAVAILABLE, "AuthError")


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [attestation(SPDX, AMD64, signer=MALLORY)],
        [attestation(SPDX, INDEX)],
        [attestation(SPDX, ARM64)],
        [attestation(SPDX, AMD64, name="hollow")],
        [attestation(SLSA, AMD64)],
    ],
    ids=["nothing", "stranger", "index", "another platform", "hollow", "another type"],
)
def test_what_may_lie_where_nobody_could_look_is_not_called_missing(
    statements: list[VerifiedStatement],
) -> None:
    """Whatever was found instead: "none there" and "could not look" are different results."""

    def decode(statement: VerifiedStatement) -> DecodedSbom:
        return decoded(statement, packages=0)

    platforms = [AMD64]
    complete = judge(image(*statements, platforms=platforms), SBOM, decode=decode)
    assert complete.verdict is Verdict.UNVERIFIED
    partial = judge(image(*statements, platforms=platforms, unreadable=[AWAY]), SBOM, decode=decode)
    assert outcome(partial) == AWAY_ANSWER
    enough = image(*statements, attestation(SPDX, AMD64), platforms=platforms, unreadable=[AWAY])
    assert judge(enough, SBOM).verdict is Verdict.PASS


def test_an_sbom_asked_for_by_uri_is_held_to_the_same() -> None:
    text = f"  - attestation: {{type: {SPDX}}}\n"
    assert outcome(judge(image(attestation(SPDX, AMD64)), text)) == PASS
    assert outcome(judge(image(attestation(SPDX, INDEX)), text)) == refused("SbomError")
    hollow = judge(image(attestation(SPDX, AMD64)), text, decode=lambda s: decoded(s, packages=0))
    assert outcome(hollow) == refused("SbomError")


@pytest.mark.parametrize(
    "kind", [f"{SPDX}/v2.3", "https://cyclonedx.org/bom/v1.6", "https://cyclonedx.org/bom"]
)
def test_a_version_of_an_sbom_type_is_an_sbom_too(kind: str) -> None:
    text = f"  - attestation: {{type: {kind}}}\n"
    assert outcome(judge(image(attestation(kind, AMD64)), text)) == PASS
    assert outcome(judge(image(attestation(kind, INDEX)), text)) == refused("SbomError")
    hollow = judge(image(attestation(kind, AMD64)), text, decode=lambda s: decoded(s, packages=0))
    assert outcome(hollow) == refused("SbomError")
    with pytest.raises(PolicyError, match="cannot stand for the contents"):
        policy(f"  - attestation: {{type: {kind}, on: index}}\n")
