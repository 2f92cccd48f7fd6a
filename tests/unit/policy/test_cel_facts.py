"""What expressions see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from tests.unit.policy.factory import (
    AMD64,
    INDEX,
    ISSUER,
    KEY,
    RELEASE,
    SLSA,
    SPDX,
    SUBJECT,
    attestation,
    decoded,
    image,
    package,
    signature,
)
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.platform import Platform
from verifier.model.statement import SimpleSigning
from verifier.model.verified import LogEntry, Proof
from verifier.policy.cel_facts import (
    attestation_facts,
    attestations,
    image_facts,
    is_provenance,
    package_facts,
    platform_facts,
    sbom_facts,
    signature_facts,
    signatures,
)
from verifier.policy.interface import Case

NAMES = frozenset({"release"})


def case(evidence: ImageEvidence) -> Case:
    return Case(
        policy="app",
        name=evidence.name,
        image=evidence,
        platform=evidence.platforms[0],
        accepted=tuple((statement, NAMES) for statement in evidence.statements),
        sboms={},
        strangers=(),
        wanted={},
        now=datetime(2026, 11, 24, tzinfo=UTC),
        validate=lambda _: (),
    )


def test_the_image() -> None:
    evidence = replace(image(name="docker.io/library/nginx"), annotations={"a": "b"})
    assert image_facts(case(evidence)) == {
        "name": "docker.io/library/nginx",
        "registry": "docker.io",
        "repository": "library/nginx",
        "digest": str(INDEX),
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "isIndex": True,
        "annotations": {"a": "b"},
    }
    assert image_facts(case(image(index=False)))["isIndex"] is False
    assert "annotations" not in image_facts(case(image()))


def test_the_platform() -> None:
    there = PlatformImage(Platform("linux", "arm", "v7"), AMD64, {}, {"c": "d"}, 3)
    assert platform_facts(case(replace(image(), platforms=(there,)))) == {
        "name": "linux/arm/v7",
        "os": "linux",
        "architecture": "arm",
        "variant": "v7",
        "digest": str(AMD64),
        "layers": 3,
        "annotations": {"c": "d"},
    }
    unknown = PlatformImage(None, AMD64, {})
    assert platform_facts(case(replace(image(), platforms=(unknown,)))) == {"digest": str(AMD64), "layers": 0}


def test_what_a_certificate_says_is_apart_from_what_is_claimed() -> None:
    signer = replace(RELEASE, claims={"sourceRepositoryURI": "https://github.com/org/app"})
    statement = replace(
        attestation(SLSA, AMD64, signer=signer, predicate='{"signer": {"issuer": "claimed"}}'),
        log=LogEntry("dsse/0.0.1", 1, "ab", Proof.INCLUSION),
    )
    assert attestation_facts(statement, case(image(statement))) == {
        "signer": {
            "names": ["release"],
            "kind": "certificate",
            "issuer": ISSUER,
            "subject": SUBJECT,
            "subjectKind": "uri",
            "claims": {"sourceRepositoryURI": "https://github.com/org/app"},
        },
        "signedAt": "2026-11-01T00:00:00Z",
        "logProof": "inclusion-proof",
        "scope": "platform",
        "evidence": str(statement.evidence),
        "predicateType": SLSA,
        "predicate": {"signer": {"issuer": "claimed"}},
    }


def test_a_key_has_no_issuer_and_what_is_not_known_no_key() -> None:
    statement = replace(signature(INDEX, signer=KEY), signed_at=None)
    assert signature_facts(statement, case(image(statement))) == {
        "signer": {"names": ["release"], "kind": "key", "fingerprint": KEY.fingerprint},
        "scope": "index",
        "evidence": str(statement.evidence),
    }
    assert signature_facts(statement, case(image(statement, index=False)))["scope"] == "image"


def test_annotations_that_the_signer_added() -> None:
    statement = replace(signature(AMD64), content=SimpleSigning(AMD64, "", {"env": "prod"}))
    assert signature_facts(statement, case(image(statement)))["annotations"] == {"env": "prod"}


def test_the_predicate_of_an_sbom_is_not_among_the_facts() -> None:
    sbom = attestation(SPDX, AMD64, predicate="{}")
    assert "predicate" not in attestation_facts(sbom, case(image(sbom)))
    broken = attestation(SLSA, AMD64, predicate="{")
    assert "predicate" not in attestation_facts(broken, case(image(broken)))


def test_a_statement_is_a_signature_or_an_attestation() -> None:
    signed, attested = signature(AMD64), attestation(SLSA, INDEX)
    there = case(image(signed, attested))
    assert signatures(there, ["release"]) == [signed]
    assert attestations(there, ["release"]) == [attested]
    assert attestations(there, ["other"]) == []
    assert is_provenance(SLSA)
    assert is_provenance("https://slsa.dev/provenance/v0.2")
    assert not is_provenance(SPDX)


def test_an_sbom_is_summed_up() -> None:
    statement = attestation(SPDX, AMD64)
    sbom = decoded(statement).sbom
    assert sbom is not None
    packages = (
        package("a")._replace(license_declared="MIT", license_concluded="NOASSERTION", supplier="S"),
        package("b")._replace(license_declared="ISC", supplier="S"),
    )
    sbom = replace(sbom, packages=packages, created=datetime(2026, 1, 1, tzinfo=UTC), creators=("Tool: x",))
    facts = sbom_facts(sbom, statement, case(image(statement)))
    assert {key: facts[key] for key in facts if key not in {"signer", "signedAt", "scope", "evidence"}} == {
        "format": "SPDX-2.3",
        "created": "2026-01-01T00:00:00Z",
        "creators": ["Tool: x"],
        "packages": 2,
        "files": 0,
        "licenses": ["ISC", "MIT", "NOASSERTION"],
        "suppliers": ["S"],
    }


def test_a_package_says_what_it_says() -> None:
    full = package("busybox")._replace(
        supplier="Organization: Wolfi",
        license_declared="GPL-2.0-only",
        license_concluded="NOASSERTION",
        download_location="NONE",
        purls=("pkg:apk/wolfi/busybox@1",),
        checksums=(("SHA256", "ab"),),
    )
    assert package_facts(full) == {
        "id": "id",
        "name": "busybox",
        "version": "1",
        "supplier": "Organization: Wolfi",
        "licenseDeclared": "GPL-2.0-only",
        "downloadLocation": "NONE",
        "purls": ["pkg:apk/wolfi/busybox@1"],
        "checksums": {"SHA256": "ab"},
        "filesAnalyzed": False,
        "inside": True,
    }


def test_facts_are_json() -> None:
    statement = attestation(SLSA, AMD64, predicate="[1, 2.5, null]")
    facts = attestation_facts(statement, case(image(statement)))
    assert json.loads(json.dumps(facts)) == facts
