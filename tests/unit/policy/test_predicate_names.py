"""Predicate types that nobody has are told from those that somebody may have."""

from __future__ import annotations

import pytest

from verifier.policy.predicate_names import near_miss


@pytest.mark.parametrize(
    ("kind", "instead"),
    [
        ("https://slsa.dev/provenance", "slsa-provenance, or https://slsa.dev/provenance/v1"),
        ("https://slsa.dev/provenance/v1.0", "https://slsa.dev/provenance/v1"),
        ("https://slsa.dev/provenance/v1/", "https://slsa.dev/provenance/v1"),
        ("http://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v1"),
        ("https://SLSA.dev/provenance/v1", "https://slsa.dev/provenance/v1"),
        ("https://spdx.dev/document", "spdx, or https://spdx.dev/Document"),
        ("https://spdx.org/Document", "spdx, or https://spdx.dev/Document"),
        ("https://spdx.dev/Document/2.3", "spdx, or https://spdx.dev/Document"),
        ("https://cyclonedx.com/bom", "cyclonedx, or https://cyclonedx.org/bom"),
        ("https://cyclonedx.org/bom/1.6", "cyclonedx, or https://cyclonedx.org/bom"),
        ("https://openvex.dev", "openvex, or https://openvex.dev/ns"),
        ("https://cosign.sigstore.dev/attestation/vuln", "vuln, or"),
        ("https://slsa.dev/verification_summary", "vsa, or https://slsa.dev/verification_summary/v1"),
        ("https://in-toto.io/attestation/vuln/v0.1", "https://in-toto.io/attestation/vulns/v0.1"),
        ("https://in-toto.io/Statement/v1", "the predicateType"),
    ],
)
def test_what_is_near_a_known_type_and_is_none_has_a_hint(kind: str, instead: str) -> None:
    said = near_miss(kind)
    assert said is not None
    assert instead in said


@pytest.mark.parametrize(
    "kind",
    [
        "spdx",
        "https://slsa.dev/provenance/v1",
        "https://slsa.dev/provenance/v0.2",
        "https://spdx.dev/Document/v2.3",
        "https://cyclonedx.org/bom/v1.6",
        "https://openvex.dev/ns/v0.2.0",
        "https://in-toto.io/attestation/vulns/v0.2",
        "https://in-toto.io/attestation/test-result/v0.1",
        # Types of others, however like they are.
        "https://example.com/provenance/v1",
        "https://acme.dev/provenance/v1",
        "https://example.com/review/v1",
        "https://witness.testifysec.com/attestation-collection/v0.1",
        "https://docs.docker.com/dhi/fips/v0.1",
        "https://in-toto.io/attestation/something-new/v0.1",
        "urn:example:review",
    ],
)
def test_a_type_that_somebody_may_have_is_fine(kind: str) -> None:
    assert near_miss(kind) is None
