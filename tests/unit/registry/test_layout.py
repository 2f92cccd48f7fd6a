"""OCI layouts: what they hold, what is chosen, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.registry.evidence import Open, blob_of, edit_index
from tests.unit.registry.memory_source import (
    BUNDLE,
    CONFIG,
    DSSE,
    OCI_MANIFEST,
    REF_NAME,
    Repository,
    entry,
)
from verifier.errors import (
    LayoutError,
)
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest

COSIGN = "dev.cosignproject.cosign"


# --- which image is meant ---


def test_the_only_image_is_meant_when_nothing_is_said(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image, tag=None)
    assert opened(layout).resolve().digest == image.digest


def test_two_images_need_a_name_and_the_error_lists_them(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    one, two = repository.image(), repository.image("arm64")
    repository.tags["v2"] = two
    layout = repository.write(tmp_path / "layout", root=one, tag="v1")
    with pytest.raises(LayoutError) as caught:
        opened(layout).resolve()
    assert caught.value.hint is not None
    for wanted in (":TAG", "v1", "v2", str(one.digest), str(two.digest)):
        assert wanted in caught.value.hint
    assert opened(layout, tag="v2").resolve().digest == two.digest
    assert opened(layout, digest=one.digest).resolve().digest == one.digest


def test_a_digest_wins_over_a_tag(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    one, two = repository.image(), repository.image("arm64")
    repository.tags["v2"] = two
    layout = repository.write(tmp_path / "layout", root=one, tag="v1")
    assert opened(layout, tag="v1", digest=two.digest).resolve().digest == two.digest


def test_one_image_under_two_tags_is_one_image(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    repository.tags["latest"] = image
    layout = repository.write(tmp_path / "layout", root=image, tag="v1")
    assert opened(layout).resolve().digest == image.digest


@pytest.mark.parametrize(
    "annotations",
    [
        {REF_NAME: "v1"},
        {REF_NAME: "registry.example/team/app:v1"},
        {REF_NAME: f"registry.example/team/app:v1@sha256:{'a' * 64}"},
        {REF_NAME: "other", "io.containerd.image.name": "registry.example/team/app:v1"},
    ],
)
def test_a_tag_stands_alone_or_at_the_end_of_a_reference(
    annotations: dict[str, str], tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    image, other = repository.image(), repository.image("arm64")
    repository.listed.append((image, annotations))
    layout = repository.write(tmp_path / "layout", root=other, tag="v11")
    assert opened(layout, tag="v1").resolve().digest == image.digest
    with pytest.raises(LayoutError):
        opened(layout, tag="1").resolve()


def test_a_tag_or_digest_that_is_not_there_is_an_error_that_lists_what_is(
    tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image, tag="v1")
    for source in (opened(layout, tag="v2"), opened(layout, digest=Digest.of(b"absent"))):
        with pytest.raises(LayoutError) as caught:
            source.resolve()
        assert caught.value.hint is not None
        assert str(image.digest) in caught.value.hint


def test_a_tag_of_two_images_is_ambiguous(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    one, two = repository.image(), repository.image("arm64")
    repository.listed += [(two, {REF_NAME: "registry.example/other:v1"})]
    layout = repository.write(tmp_path / "layout", root=one, tag="v1")
    with pytest.raises(LayoutError, match="2"):
        opened(layout, tag="v1").resolve()


def test_evidence_is_not_counted_as_an_image(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    stem = f"sha256-{image.digest.hex}"

    def evidence(text: str) -> Descriptor:
        return repository.manifest([repository.blob(text.encode(), DSSE)])

    repository.tags.update({f"{stem}.{kind}": evidence(kind) for kind in ("sig", "att", "sbom")})
    repository.tags[f"registry.example/app:{stem}.att"] = evidence("named in full")
    repository.tags[stem] = repository.index([])
    repository.listed += [
        (evidence("sigs"), {"kind": f"{COSIGN}/sigs"}),
        (evidence("atts"), {"kind": f"{COSIGN}/atts"}),
        (repository.referrer(image, [repository.blob(b"bundle", BUNDLE)]), {}),
        (repository.manifest([repository.blob(b"chart", DSSE)], config_type="application/x-chart"), {}),
        (repository.manifest([repository.blob(b"sbom", DSSE)], artifactType="application/x-sbom"), {}),
    ]
    layout = repository.write(tmp_path / "layout", root=image, tag=None)
    assert opened(layout).resolve().digest == image.digest


def test_the_platforms_of_a_listed_index_are_not_counted_as_images(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    children = [repository.image("amd64"), repository.image("arm64")]
    index = repository.index([entry(child) for child in children])
    repository.listed += [(child, {}) for child in children]
    layout = repository.write(tmp_path / "layout", root=index, tag=None)
    assert opened(layout).resolve().digest == index.digest
    # oras lists them all; a platform can still be named.
    assert opened(layout, digest=children[1].digest).resolve().digest == children[1].digest


def test_a_platform_that_only_its_index_lists_can_be_named(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    child = repository.image()
    layout = repository.write(tmp_path / "layout", root=repository.index([entry(child)]))
    assert opened(layout, digest=child.digest).resolve().digest == child.digest


def test_an_empty_layout_holds_no_image(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    edit_index(layout, lambda index: index.update(manifests=[]))
    with pytest.raises(LayoutError, match="no images"):
        opened(layout).resolve()


# --- evidence ---


def test_evidence_of_cosign_save_is_attached_and_named_evidence_is_under_its_tag(
    tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    image = repository.image()
    tag = f"sha256-{image.digest.hex}.att"
    plain = repository.manifest([repository.blob(b"1", DSSE)])
    named = repository.manifest([repository.blob(b"2", DSSE)])
    repository.listed += [
        (plain, {"kind": f"{COSIGN}/sigs"}),
        (named, {"kind": f"{COSIGN}/atts", REF_NAME: f"registry.example/app:{tag}"}),
        (image, {"kind": f"{COSIGN}/image"}),
    ]
    source = opened(repository.write(tmp_path / "layout", root=image, tag="v1"))
    assert [(kind, each.digest) for kind, each in source.attached()] == [("sigs", plain.digest)]
    content = source.tagged(tag)
    assert content is not None
    assert content.digest == named.digest


def test_a_listed_tag_whose_blob_is_gone_could_not_be_looked_at(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    tag = f"sha256-{image.digest.hex}.att"
    repository.tags[tag] = repository.manifest([])
    layout = repository.write(tmp_path / "layout", root=image)
    assert opened(layout).tagged(tag) is not None
    blob_of(layout, repository.tags[tag]).unlink()
    with pytest.raises(LayoutError):
        opened(layout).tagged(tag)


def test_a_referrer_that_cannot_be_read_hides_no_other(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    good = repository.referrer(image, [repository.blob(b"good", BUNDLE)])
    gone = repository.referrer(image, [repository.blob(b"gone", BUNDLE)])
    junk = repository.blob(b"\x00 junk", OCI_MANIFEST)
    repository.listed += [(gone, {}), (junk, {}), (good, {})]
    layout = repository.write(tmp_path / "layout", root=image)
    blob_of(layout, gone).unlink()
    found = opened(layout).referrers(image.digest)
    assert [each.digest for each in found] == [good.digest]
    # What is there and is no manifest is known; what is missing may be anything.
    assert [(each.what, each.reason) for each in found.unread] == [(str(gone.digest), "it is missing")]


@pytest.mark.parametrize(
    ("annotations", "unread"),
    [
        ({}, True),
        ({"kind": "dev.cosignproject.cosign/sboms"}, True),
        ({REF_NAME: "v2"}, True),
        # These are looked for by what marks them.
        ({"kind": "dev.cosignproject.cosign/atts"}, False),
        ({REF_NAME: f"sha256-{'ab' * 32}.att"}, False),
    ],
)
def test_what_is_listed_and_missing_may_refer_to_the_image(
    tmp_path: Path, opened: Open, annotations: dict[str, str], unread: bool
) -> None:
    repository = Repository()
    image = repository.image()
    gone = repository.referrer(image, [repository.blob(b"gone", BUNDLE)])
    repository.listed += [(gone, annotations)]
    layout = repository.write(tmp_path / "layout", root=image)
    blob_of(layout, gone).unlink()
    assert bool(opened(layout).referrers(image.digest).unread) is unread


# --- the name that a layout records ---


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({REF_NAME: "v1"}, None),
        ({}, None),
        ({REF_NAME: "docker.io/library/nginx:v1"}, "docker.io/library/nginx:v1"),
        (
            {REF_NAME: "v1", "io.containerd.image.name": "docker.io/library/nginx:v1"},
            "docker.io/library/nginx:v1",
        ),
    ],
)
def test_the_recorded_name_is_a_whole_reference(
    annotations: dict[str, str], expected: str | None, tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    edit_index(layout, lambda index: index["manifests"][0].update(annotations=annotations))
    source = opened(layout)
    assert source.recorded_name is None
    source.resolve()
    assert source.recorded_name == expected


# --- real layouts ---


@pytest.mark.parametrize("version", ["1.4.0", "1.8.0", "2.0.0"])
def test_real_layouts_of_cosign_save(version: str, real_data: Path, opened: Open) -> None:
    layout = real_data / "oci" / f"slsa-container-v{version}"
    expected = (real_data / "oci" / f"slsa-container-v{version}.digest").read_text().strip()
    source = opened(layout)
    assert str(source.resolve().digest) == expected
    assert opened(layout, digest=Digest.parse(expected)).resolve().raw == source.resolve().raw
    [(kind, attached)] = source.attached()
    content = source.manifest(attached.digest)
    assert kind == "atts"
    assert content is not None
    assert content.descriptor.media_type == OCI_MANIFEST


def test_the_configuration_of_an_image_is_a_blob(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    raw = json.dumps({"os": "linux", "architecture": "amd64"}).encode()
    config = Descriptor(CONFIG, Digest.of(raw), len(raw))
    assert opened(layout).blob(config, limit=1000).raw == raw
