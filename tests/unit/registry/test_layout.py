"""OCI layouts: what they hold, what is chosen, and what is refused."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.registry.memory_source import (
    BUNDLE,
    CONFIG,
    DSSE,
    OCI_INDEX,
    OCI_MANIFEST,
    REF_NAME,
    Repository,
    entry,
)
from verifier.errors import (
    AmbiguousDocumentError,
    DigestMismatch,
    LayoutError,
    LimitExceeded,
    ManifestError,
    UnsafeLayoutError,
    VerifierError,
)
from verifier.limits import MANIFEST_BYTES
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.reference import LayoutReference
from verifier.registry.layout import LayoutSource

CANARY = b"root:x:0:0:canary outside of the layout"
COSIGN = "dev.cosignproject.cosign"
Open = Callable[..., LayoutSource]


@pytest.fixture
def opened() -> Iterator[Open]:
    sources: list[LayoutSource] = []

    def open_layout(path: Path, *, tag: str | None = None, digest: Digest | None = None) -> LayoutSource:
        sources.append(LayoutSource(LayoutReference(str(path), path.suffix == ".tar", tag, digest)))
        return sources[-1]

    yield open_layout
    for source in sources:
        source.close()


def blob_of(layout: Path, descriptor: Descriptor) -> Path:
    return layout / "blobs" / "sha256" / descriptor.digest.hex


def edit_index(layout: Path, change: Callable[[dict[str, Any]], None]) -> None:
    index = json.loads((layout / "index.json").read_bytes())
    change(index)
    (layout / "index.json").write_text(json.dumps(index))


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
    assert [each.digest for each in opened(layout).referrers(image.digest)] == [good.digest]


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


# --- what is no layout, or a broken one ---


def test_a_path_without_a_layout_is_the_users_mistake(tmp_path: Path, opened: Open) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (tmp_path / "absent", file, empty):
        with pytest.raises(ManifestError):
            opened(path)


@pytest.mark.parametrize(
    ("name", "raw", "error"),
    [
        ("oci-layout", b'{"imageLayoutVersion": "2.0.0"}', LayoutError),
        ("oci-layout", b"{}", LayoutError),
        ("oci-layout", b"", UnsafeLayoutError),
        ("oci-layout", b"[]", UnsafeLayoutError),
        ("index.json", b"", UnsafeLayoutError),
        ("index.json", b'{"schemaVersion": 2}', UnsafeLayoutError),
        ("index.json", b'{"schemaVersion": 2, "manifests": [], "layers": []}', UnsafeLayoutError),
        ("index.json", b'{"schemaVersion": 2, "manifests": [], "manifests": []}', UnsafeLayoutError),
        ("index.json", b" " * (MANIFEST_BYTES + 1), LimitExceeded),
    ],
)
def test_a_broken_file_of_the_layout_is_refused(
    name: str, raw: bytes, error: type[VerifierError], tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    opened(layout)
    (layout / name).write_bytes(raw)
    with pytest.raises(error) as caught:
        opened(layout)
    assert caught.value.code in {"LayoutError", "LimitExceeded"}


def test_an_index_json_that_is_a_manifest_is_refused(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image)
    (layout / "index.json").write_bytes(repository.blobs[image.digest])
    with pytest.raises(UnsafeLayoutError):
        opened(layout)


def test_a_missing_index_is_a_broken_layout(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    (layout / "index.json").unlink()
    with pytest.raises(LayoutError):
        opened(layout)


def test_an_image_that_is_listed_as_something_else_is_refused(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    edit_index(layout, lambda index: index["manifests"][0].update(mediaType=OCI_INDEX))
    with pytest.raises(AmbiguousDocumentError):
        opened(layout).resolve()


def test_an_image_that_is_listed_with_another_size_is_refused(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    edit_index(layout, lambda index: index["manifests"][0].update(size=1))
    with pytest.raises(DigestMismatch):
        opened(layout).resolve()


@pytest.mark.parametrize(
    "digest", ["sha256:../../../canary", "sha256/canary", "/etc/passwd", "md5:00", f"sha256:{'A' * 64}"]
)
def test_a_digest_that_is_a_path_is_refused_before_anything_is_opened(
    digest: str, tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    (tmp_path / "canary").write_bytes(CANARY)
    edit_index(layout, lambda index: index["manifests"][0].update(digest=digest))
    with pytest.raises(UnsafeLayoutError) as caught:
        opened(layout)
    assert "canary outside" not in caught.value.message


def _symlink(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def _fifo(place: Path, outside: Path) -> None:
    os.mkfifo(place)


def _directory(place: Path, outside: Path) -> None:
    place.mkdir()


def _socket(place: Path, outside: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        back = Path.cwd()
        os.chdir(place.parent)  # the path of a socket must be short
        try:
            listening.bind(place.name)
        finally:
            os.chdir(back)


@pytest.mark.parametrize("make", [_symlink, _fifo, _directory, _socket])
@pytest.mark.parametrize("name", ["oci-layout", "index.json", "blob"])
def test_only_regular_files_are_read(
    name: str, make: Callable[[Path, Path], None], tmp_path: Path, opened: Open
) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image)
    assert opened(layout).resolve().digest == image.digest
    place = blob_of(layout, image) if name == "blob" else layout / name
    outside = tmp_path / "outside"
    outside.write_bytes(place.read_bytes())  # the right content, in the wrong place
    place.unlink()
    make(place, outside)
    with pytest.raises(UnsafeLayoutError) as caught:
        opened(layout).resolve()
    assert caught.value.code == "LayoutError"


@pytest.mark.parametrize("name", ["blobs", "blobs/sha256"])
def test_a_linked_folder_is_refused(name: str, tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    (layout / name).rename(tmp_path / "outside")
    (layout / name).symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafeLayoutError):
        opened(layout).resolve()


def test_the_layout_itself_may_be_reached_through_a_link(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    repository.write(tmp_path / "layout", root=image)
    (tmp_path / "link").symlink_to(tmp_path / "layout")
    assert opened(tmp_path / "link").resolve().digest == image.digest


def test_a_vast_sparse_file_is_refused_unread(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image)
    with blob_of(layout, image).open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(LimitExceeded):
        opened(layout).resolve()


def test_no_message_holds_what_lies_outside(tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    layout = repository.write(tmp_path / "layout", root=repository.image())
    (tmp_path / "canary").write_bytes(CANARY)
    (layout / "index.json").unlink()
    os.link(tmp_path / "canary", layout / "index.json")
    with pytest.raises(UnsafeLayoutError) as caught:
        opened(layout)
    assert "root:x" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("broken", ["missing", "flipped", "cut"])
def test_a_damaged_blob_is_noticed(broken: str, tmp_path: Path, opened: Open) -> None:
    repository = Repository()
    image = repository.image()
    layout = repository.write(tmp_path / "layout", root=image)
    place = blob_of(layout, image)
    raw = place.read_bytes()
    match broken:
        case "missing":
            place.unlink()
        case "flipped":
            place.write_bytes(raw.replace(b"2", b"3", 1))
        case _:
            place.write_bytes(raw[:-1])
    with pytest.raises(LayoutError if broken == "missing" else DigestMismatch):
        opened(layout).resolve()


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
