"""Indexes and manifests: read in one way or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from verifier.errors import (
    AmbiguousDocumentError,
    LimitExceeded,
    PlatformError,
    RegistryError,
    RejectedError,
    UnavailableError,
)
from verifier.limits import DESCRIPTOR_SIZE, EVIDENCE_ITEMS, INDEX_MANIFESTS, MANIFEST_BYTES
from verifier.model.descriptor import Content, Descriptor
from verifier.model.digest import Digest
from verifier.model.manifest import Document, Index, Manifest
from verifier.model.platform import Platform
from verifier.registry.documents import describe, parse

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
HEX = "a" * 64


def descriptor(**changes: Any) -> dict[str, Any]:
    return {"mediaType": "text/plain", "digest": f"sha256:{HEX}", "size": 3, **changes}


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(),
        "layers": [descriptor()],
        **changes,
    }


def index(*manifests: Any, **changes: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(manifests), **changes}


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


def encode(document: object) -> bytes:
    return json.dumps(document).encode()


def read(document: object) -> Document:
    raw = encode(document)
    return parse(Content(describe(raw, content_type=None), raw))


# --- describe ---


@pytest.mark.parametrize(
    ("document", "content_type", "expected"),
    [
        (manifest(), OCI_MANIFEST, OCI_MANIFEST),
        (manifest(), None, OCI_MANIFEST),
        (manifest(mediaType=DOCKER_MANIFEST), DOCKER_MANIFEST, DOCKER_MANIFEST),
        (without(manifest(), "mediaType"), OCI_MANIFEST, OCI_MANIFEST),
        (without(manifest(), "mediaType"), f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST),
        (without(manifest(), "mediaType"), None, OCI_MANIFEST),
        (manifest(mediaType=None), None, OCI_MANIFEST),
        (index(), OCI_INDEX, OCI_INDEX),
        (index(mediaType=DOCKER_LIST), DOCKER_LIST, DOCKER_LIST),
        (without(index(), "mediaType"), None, OCI_INDEX),
    ],
)
def test_the_type_is_what_the_body_and_the_registry_say(
    document: dict[str, Any], content_type: str | None, expected: str
) -> None:
    raw = encode(document)
    assert describe(raw, content_type=content_type) == Descriptor(expected, Digest.of(raw), len(raw))


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        pytest.param(manifest(manifests=[]), OCI_MANIFEST, id="manifest with manifests"),
        pytest.param(index(layers=[]), OCI_INDEX, id="index with layers"),
        pytest.param(index(config=descriptor()), None, id="index with config"),
        pytest.param(index(layers=None), None, id="index with null layers"),
        pytest.param(manifest(), OCI_INDEX, id="body and header disagree"),
        pytest.param(manifest(), DOCKER_MANIFEST, id="OCI body, Docker header"),
        pytest.param(manifest(mediaType=OCI_INDEX), None, id="index type on a manifest"),
        pytest.param(index(mediaType=OCI_MANIFEST), None, id="manifest type on an index"),
        pytest.param(without(index(), "mediaType"), OCI_MANIFEST, id="header does not fit the shape"),
        pytest.param(without(manifest(), "mediaType"), "text/plain", id="unknown header"),
        pytest.param(without(manifest(), "mediaType"), "", id="no type from a registry"),
        pytest.param(manifest(mediaType="application/json"), None, id="unknown type"),
        pytest.param(manifest(mediaType=7), None, id="type is a number"),
        pytest.param(manifest(schemaVersion=1), None, id="schema 1"),
        pytest.param(manifest(schemaVersion=2.0), None, id="version is a float"),
        pytest.param(manifest(schemaVersion=True), None, id="version is a boolean"),
        pytest.param(without(manifest(), "schemaVersion"), None, id="no version"),
        pytest.param(manifest(fsLayers=[]), None, id="schema 1 layers"),
        pytest.param(without(manifest(), "config"), None, id="no config"),
        pytest.param(without(manifest(), "layers"), None, id="no layers"),
        pytest.param({"schemaVersion": 2}, None, id="neither"),
        pytest.param(manifest(Layers=[]), None, id="twin of layers"),
        pytest.param(index(Manifests=[]), None, id="twin of manifests"),
        # Go folds U+017F to "s" when it matches field names.
        pytest.param(index() | {"manife\u017fts": []}, None, id="twin by Unicode folding"),
        pytest.param(manifest(mediatype=OCI_INDEX), None, id="twin of mediaType"),
        pytest.param([], None, id="a list"),
    ],
)
def test_a_document_with_two_readings_is_refused(document: object, content_type: str | None) -> None:
    with pytest.raises(AmbiguousDocumentError) as caught:
        describe(encode(document), content_type=content_type)
    assert caught.value.code == "RegistryError"


def test_duplicate_keys_are_refused_whatever_the_content_type() -> None:
    raw = b'{"schemaVersion":2,"manifests":[],"manifests":[]}'
    for content_type in (None, OCI_INDEX, "text/html"):
        with pytest.raises(AmbiguousDocumentError):
            describe(raw, content_type=content_type)


def test_a_web_page_is_the_registrys_failure_and_not_the_images() -> None:
    with pytest.raises(RegistryError, match="text/html"):
        describe(b"<html>please log in</html>", content_type="text/html; charset=utf-8")
    with pytest.raises(RegistryError):
        describe(b"", content_type=OCI_MANIFEST)


def test_in_a_layout_something_else_is_the_layouts_fault() -> None:
    with pytest.raises(AmbiguousDocumentError):
        describe(b"\x1f\x8b", content_type=None)


def test_a_document_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    raw = encode(manifest())
    padded = raw + b" " * (MANIFEST_BYTES - len(raw))
    assert describe(padded, content_type=OCI_MANIFEST).size == MANIFEST_BYTES
    with pytest.raises(LimitExceeded):
        describe(padded + b" ", content_type=OCI_MANIFEST)


# --- parse ---


def test_a_manifest_is_decoded_whole() -> None:
    document = read(
        manifest(
            layers=[descriptor(annotations={"a": "b"}), descriptor(size=0)],
            annotations={"c": "d"},
            artifactType="text/x-kind",
            subject=descriptor(size=9),
        )
    )
    digest = Digest(HEX)
    assert document == Manifest(
        OCI_MANIFEST,
        Descriptor("text/plain", digest, 3),
        (Descriptor("text/plain", digest, 3, {"a": "b"}), Descriptor("text/plain", digest, 0)),
        {"c": "d"},
        "text/x-kind",
        Descriptor("text/plain", digest, 9),
    )


def test_an_index_is_decoded_whole() -> None:
    windows = {
        "os": "windows",
        "architecture": "amd64",
        "os.version": "10.0.20348.2700",
        "os.features": ["x"],
    }
    document = read(
        index(
            descriptor(platform={"os": "linux", "architecture": "arm", "variant": "v6"}),
            descriptor(platform=windows, artifactType="text/x-kind"),
            descriptor(platform=None, annotations=None, urls=["https://elsewhere.example/"], data="AAAA"),
        )
    )
    digest = Digest(HEX)
    assert document == Index(
        OCI_INDEX,
        (
            Descriptor("text/plain", digest, 3, {}, Platform("linux", "arm", "v6")),
            Descriptor(
                "text/plain",
                digest,
                3,
                {},
                Platform("windows", "amd64", "", "10.0.20348.2700"),
                "text/x-kind",
            ),
            Descriptor("text/plain", digest, 3),
        ),
    )


def test_an_empty_list_may_be_null_as_go_writes_it() -> None:
    assert read(index(manifests=None)) == read(index())


@pytest.mark.parametrize(
    "broken",
    [
        descriptor(digest=f"sha256:{HEX}\n"),
        descriptor(digest="sha256:../../../etc/passwd"),
        descriptor(digest=f"sha512:{HEX}{HEX}"),
        descriptor(digest=f"sha256:{HEX.upper()}"),
        descriptor(digest=None),
        descriptor(size="3"),
        descriptor(size=3.0),
        descriptor(size=True),
        descriptor(size=None),
        descriptor(mediaType=None),
        descriptor(mediaType=""),
        descriptor(mediaType=["text/plain"]),
        descriptor(annotations={"a": 1}),
        descriptor(annotations=[]),
        descriptor(artifactType={}),
        descriptor(platform="linux/amd64"),
        descriptor(Digest=f"sha256:{'b' * 64}"),
        descriptor(platform={"os": "linux", "architecture": "amd64", "Architecture": "arm64"}),
        "a string",
        None,
    ],
)
def test_a_broken_descriptor_breaks_the_document(broken: object) -> None:
    for document in (index(broken), manifest(layers=[broken]), manifest(config=broken)):
        with pytest.raises(AmbiguousDocumentError):
            read(document)


@pytest.mark.parametrize(
    "platform",
    [
        {},
        {"os": "linux"},
        {"architecture": "amd64"},
        {"os": "", "architecture": "amd64"},
        {"os": "Linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "AMD64"},
        {"os": "linux", "architecture": "arm", "variant": "V7"},
        {"os": "linux ", "architecture": "amd64"},
        {"os": "linux\n", "architecture": "amd64"},
        {"os": "linux", "architecture": "amd64", "os.version": "\x1b[2J"},
    ],
)
def test_a_platform_that_a_runtime_would_have_to_guess_is_refused(platform: object) -> None:
    read(index(descriptor(platform={"os": "linux", "architecture": "amd64"})))
    with pytest.raises(PlatformError):
        read(index(descriptor(platform=platform)))


@pytest.mark.parametrize("size", [-1, DESCRIPTOR_SIZE + 1])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    read(index(descriptor(size=DESCRIPTOR_SIZE)))
    with pytest.raises(LimitExceeded):
        read(index(descriptor(size=size)))


def test_a_size_beyond_64_bits_is_refused() -> None:
    with pytest.raises(RejectedError):
        read(index(descriptor(size=2**63)))


def test_lists_are_bounded() -> None:
    largest = read(index(*[descriptor()] * INDEX_MANIFESTS))
    assert isinstance(largest, Index)
    assert len(largest.manifests) == INDEX_MANIFESTS
    with pytest.raises(LimitExceeded):
        read(index(*[descriptor()] * (INDEX_MANIFESTS + 1)))
    read(manifest(layers=[descriptor()] * EVIDENCE_ITEMS))
    with pytest.raises(LimitExceeded):
        read(manifest(layers=[descriptor()] * (EVIDENCE_ITEMS + 1)))


def test_a_listing_may_be_longer_than_an_image() -> None:
    raw = encode(index(*[descriptor()] * (INDEX_MANIFESTS + 1)))
    content = Content(describe(raw, content_type=None), raw)
    assert isinstance(parse(content, manifests=INDEX_MANIFESTS + 1), Index)


def test_deep_nesting_is_refused() -> None:
    raw = b'{"schemaVersion":2,"manifests":' + b"[" * 100_000
    with pytest.raises((RejectedError, UnavailableError)):
        describe(raw, content_type=OCI_INDEX)


def test_messages_hold_no_control_characters() -> None:
    with pytest.raises(AmbiguousDocumentError) as caught:
        read(manifest(mediaType="\x1b[2J"))
    assert "\x1b" not in caught.value.message
