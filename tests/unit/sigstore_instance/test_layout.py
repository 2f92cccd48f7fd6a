"""The OCI layout builder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sigstore_instance import SIGN_V1, SigstoreInstance
from tests.sigstore_instance.layout import BUNDLE, INDEX, MANIFEST, REF_NAME, Descriptor, Layout, platform
from tests.sigstore_instance.signing import sha256


def read(folder: Path, digest: str) -> bytes:
    return (folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()


def entries(folder: Path) -> list[dict[str, object]]:
    index = json.loads((folder / "index.json").read_bytes())
    assert (index["schemaVersion"], index["mediaType"]) == (2, INDEX)
    return list(index["manifests"])


@pytest.fixture
def layout() -> Layout:
    return Layout()


@pytest.fixture
def image(layout: Layout) -> Descriptor:
    child = layout.image("linux/arm/v7")
    index = layout.index([child])
    layout.tag("latest", index)
    return index


def test_every_descriptor_matches_its_blob(
    layout: Layout, image: Descriptor, sigstore: SigstoreInstance, tmp_path: Path
) -> None:
    layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    layout.referrer(image, sigstore.cosign_v3_signature(image.digest), predicate_type=SIGN_V1)
    layout.write(tmp_path)
    waiting, seen = entries(tmp_path), set()
    while waiting:
        entry = waiting.pop()
        raw = read(tmp_path, str(entry["digest"]))
        assert (f"sha256:{sha256(raw)}", len(raw)) == (entry["digest"], entry["size"])
        seen.add(entry["digest"])
        if entry["mediaType"] in {MANIFEST, INDEX}:
            document = json.loads(raw)
            assert document["mediaType"] == entry["mediaType"]
            waiting += [*document.get("manifests", ()), *document.get("layers", ())]
            waiting += [document["config"]] if "config" in document else []
    assert seen == set(layout.blobs)
    assert {file.name for file in tmp_path.iterdir()} == {"blobs", "index.json", "oci-layout"}
    assert json.loads((tmp_path / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}


def test_evidence_has_cosigns_tags(
    layout: Layout, image: Descriptor, sigstore: SigstoreInstance, tmp_path: Path
) -> None:
    layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    layout.attestations(image, [sigstore.legacy_attestation(sigstore.statement(image.digest))])
    layout.sbom(image, b"{}")
    tag = image.digest.replace(":", "-")
    expected = ["latest", f"{tag}.sig", f"{tag}.att", f"{tag}.sbom"]
    names = [entry["annotations"] for entry in entries(layout.write(tmp_path))]
    assert names == [{REF_NAME: name} for name in expected]
    assert list(layout.contents().tags) == expected


def test_saved_evidence_has_cosigns_kinds(
    layout: Layout, image: Descriptor, sigstore: SigstoreInstance, tmp_path: Path
) -> None:
    layout.tags.clear()
    layout.save(image)
    layout.save(layout.image())
    layout.signatures(image, [sigstore.legacy_signature(image.digest)], saved=True)
    layout.attestations(image, [sigstore.legacy_attestation(b"{}")], saved=True)
    kinds = [entry["annotations"] for entry in entries(layout.write(tmp_path))]
    names = ("imageIndex", "image", "sigs", "atts")
    assert kinds == [{"kind": f"dev.cosignproject.cosign/{name}"} for name in names]


def test_referrers_are_in_the_fallback_tag_and_in_the_index(
    layout: Layout, image: Descriptor, tmp_path: Path
) -> None:
    first = layout.referrer(image, b"one", predicate_type="a")
    second = layout.referrer(image, b"two", listed=False)
    third = layout.referrer(image, b"three", fallback=False)
    listed = {str(entry["digest"]): entry for entry in entries(layout.write(tmp_path))}
    assert first.digest in listed
    assert second.digest not in listed
    assert third.digest in listed
    fallback = json.loads(read(tmp_path, layout.contents().tags[image.tag]))
    assert [entry["digest"] for entry in fallback["manifests"]] == [first.digest, second.digest]
    assert fallback["manifests"][0]["artifactType"] == BUNDLE
    assert fallback["manifests"][0]["annotations"]["dev.sigstore.bundle.predicateType"] == "a"
    manifest = json.loads(read(tmp_path, first.digest))
    assert manifest["subject"] == {
        "mediaType": INDEX,
        "digest": image.digest,
        "size": image.size,
    }


def test_buildkit_attestations_are_children(layout: Layout, sigstore: SigstoreInstance) -> None:
    child = layout.image()
    attestation = layout.buildkit(child, [sigstore.statement(child.digest)])
    assert attestation.platform == {"architecture": "unknown", "os": "unknown"}
    assert attestation.annotations["vnd.docker.reference.digest"] == child.digest


def test_contents_for_a_registry_are_complete(layout: Layout, image: Descriptor) -> None:
    layout.referrer(image, b"one")
    contents = layout.contents()
    assert {
        **contents.blobs,
        **{digest: raw for digest, (_, raw) in contents.manifests.items()},
    } == layout.blobs
    assert contents.tags["latest"] == image.digest
    assert contents.manifests[image.digest][0] == INDEX
    assert list(contents.manifests).index(image.digest) == 1  # after its child


def test_descriptors_and_blobs_can_lie(layout: Layout, tmp_path: Path) -> None:
    child = layout.image()
    index = layout.index([replace(child, size=1)])
    layout.tag("latest", index)
    layout.blobs[child.digest] = b"evil"
    layout.write(tmp_path)
    assert json.loads(read(tmp_path, index.digest))["manifests"][0]["size"] == 1
    assert read(tmp_path, child.digest) == b"evil"


def test_platforms_have_up_to_three_parts() -> None:
    assert platform("linux/amd64") == {"os": "linux", "architecture": "amd64"}
    assert platform("linux/arm/v7") == {"os": "linux", "architecture": "arm", "variant": "v7"}
