"""Saved evidence: read again, it gives what the source gave; written whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.permissions import locked
from tests.unit.registry.memory_source import (
    BUNDLE,
    DSSE,
    SIMPLE_SIGNING,
    MemorySource,
    Repository,
    Rounds,
    entry,
)
from verifier.errors import LayoutError, UsageError
from verifier.model.bundle import Discovered
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.reference import LayoutReference
from verifier.model.trust import TrustRoot
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.layout import LayoutSource
from verifier.registry.recording import Recording, RecordingSource
from verifier.registry.saving import SavedImage, require_savable, save_evidence

TRUST_ROOT = TrustRoot(b'{"trusted": "root"}', "a test")
TIME = datetime(2026, 11, 24, 8, 30, 15, 250000, tzinfo=UTC)
NAME = "registry.example/image"


def look(source: Source) -> Discovered:
    """Read as the pipeline does: the image, its platforms and their configurations, the evidence."""
    content = source.resolve()
    document = parse(content)
    children = [child.digest for child in getattr(document, "manifests", ())]
    for digest in children:
        child = source.manifest(digest)
        assert child is not None
        source.blob(parse(child).config, limit=1000)  # type: ignore[union-attr]
    if not children:
        source.blob(document.config, limit=1000)  # type: ignore[union-attr]
    return discover(source, [content.digest, *children], document, Rounds())


def material(discovered: Discovered) -> list[Any]:
    """What was found, leaving aside where."""
    bundles = [replace(bundle, stored_at=()) for bundle in discovered.bundles]
    unsigned = [replace(item, stored_at=()) for item in discovered.unsigned]
    rejections = [(item.digest, item.code) for item in discovered.rejections]
    return [sorted(map(repr, each)) for each in (bundles, unsigned, rejections)]


def record(source: Source) -> tuple[Discovered, Recording]:
    recording = RecordingSource(source)
    discovered = look(recording)
    recorded = recording.recording()
    assert recorded is not None
    return discovered, recorded


def saved(recording: Recording, *, tag: str | None = "v1", name: str | None = NAME) -> SavedImage:
    return SavedImage("image:v1", name, tag, recording)


def save(directory: Path, images: Sequence[SavedImage]) -> None:
    save_evidence(directory, images, trust_root=TRUST_ROOT, evaluated_at=TIME)


def open_layout(directory: Path, *, tag: str | None = None, digest: Digest | None = None) -> LayoutSource:
    return LayoutSource(LayoutReference(str(directory), False, tag, digest))


def busy() -> tuple[Repository, Descriptor]:
    """An index with evidence of every kind in every place."""
    repository = Repository()
    children = [repository.image("amd64"), repository.image("arm64")]
    index = repository.index([entry(child) for child in children])
    for number, image in enumerate([index, *children]):
        stem = f"sha256-{image.digest.hex}"
        payload = repository.blob(b"payload %d" % number, SIMPLE_SIGNING, signature="one")
        again = repository.blob(b"payload %d" % number, SIMPLE_SIGNING, signature="two")
        repository.tags[f"{stem}.sig"] = repository.manifest([payload, again])
        repository.tags[f"{stem}.att"] = repository.manifest([repository.blob(b"envelope %d" % number, DSSE)])
        repository.tags[f"{stem}.sbom"] = repository.manifest(
            [repository.blob(b"sbom %d" % number, "text/spdx")]
        )
        listed = repository.referrer(image, [repository.blob(b"bundle %d" % number, BUNDLE)])
        repository.listed.append((listed, {}))
        tagged = repository.referrer(image, [repository.blob(b"tagged %d" % number, BUNDLE)])
        foreign = repository.referrer(payload, [repository.blob(b"foreign", BUNDLE)])
        repository.tags[stem] = repository.index([entry(tagged), entry(listed), entry(foreign)])
    attached = repository.manifest([repository.blob(b"attached", DSSE)])
    repository.listed.append((attached, {"kind": "dev.cosignproject.cosign/atts"}))
    return repository, index


@pytest.mark.parametrize("referrers_api", [True, False])
@pytest.mark.parametrize("tag", ["v1", None])
def test_saved_evidence_gives_the_same_again(referrers_api: bool, tag: str | None, tmp_path: Path) -> None:
    repository, index = busy()
    discovered, recording = record(MemorySource(repository, index, referrers_api=referrers_api))
    assert len(discovered.bundles) == 16
    save(tmp_path / "evidence", [saved(recording, tag=tag)])
    source = open_layout(tmp_path / "evidence")
    try:
        again = look(source)
        assert source.resolve().digest == index.digest
    finally:
        source.close()
    assert material(again) == material(discovered)
    assert again.unreadable == ()


@pytest.mark.parametrize("fallback", ["odd entries", "a manifest", "no list"])
def test_entries_that_lead_nowhere_do_so_again(fallback: str, tmp_path: Path) -> None:
    repository, index = busy()
    stem = f"sha256-{index.digest.hex}"
    match fallback:
        case "odd entries":
            listed = repository.tags[stem]
            document = json.loads(repository.blobs[listed.digest])
            odd = {"mediaType": "x/y", "digest": "sha512:" + "5c" * 64, "size": 1}
            repository.tags[stem] = repository.document(
                {**document, "manifests": [odd, *document["manifests"]]}
            )
        case "a manifest":
            repository.tags[stem] = repository.manifest([])
        case _:
            repository.tags[stem] = repository.blob(b"[]", "application/vnd.oci.image.index.v1+json")
    discovered, recording = record(MemorySource(repository, index))
    save(tmp_path / "one", [saved(recording)])
    source = open_layout(tmp_path / "one")
    try:
        again = look(source)
    finally:
        source.close()
    assert {bundle.raw for bundle in again.bundles} == {bundle.raw for bundle in discovered.bundles}
    for found in (discovered, again):
        unread = [item.code for item in found.unreadable]
        unread += [item.code for item in found.rejections if item.is_unread]
        assert "RegistryError" in unread


def test_what_was_saved_can_be_saved_again(tmp_path: Path) -> None:
    repository, index = busy()
    discovered, recording = record(MemorySource(repository, index))
    save(tmp_path / "one", [saved(recording)])
    source = open_layout(tmp_path / "one")
    try:
        _, recording = record(source)
    finally:
        source.close()
    save(tmp_path / "two", [saved(recording)])
    source = open_layout(tmp_path / "two")
    try:
        assert material(look(source)) == material(discovered)
    finally:
        source.close()


@pytest.mark.parametrize("version", ["1.4.0", "1.8.0", "2.0.0"])
def test_real_layouts_are_saved_without_their_layers(version: str, real_data: Path, tmp_path: Path) -> None:
    layout = real_data / "oci" / f"slsa-container-v{version}"

    def look_at(path: Path) -> tuple[Discovered, Recording]:
        recording = RecordingSource(open_layout(path))
        try:
            content = recording.resolve()
            document = parse(content)
            discovered = discover(recording, [content.digest], document, Rounds())
        finally:
            recording.close()
        recorded = recording.recording()
        assert recorded is not None
        return discovered, recorded

    discovered, recording = look_at(layout)
    save(tmp_path / "evidence", [saved(recording, tag=None, name=None)])
    again, _ = look_at(tmp_path / "evidence")
    assert again == discovered
    original = sum(file.stat().st_size for file in layout.rglob("*"))
    copy = sum(file.stat().st_size for file in (tmp_path / "evidence").rglob("*"))
    assert copy < original / 4


def test_the_record_says_what_was_asked_and_when(tmp_path: Path) -> None:
    repository = Repository()
    image = repository.image()
    _, recording = record(MemorySource(repository, image))
    save(tmp_path / "evidence", [saved(recording)])
    assert json.loads((tmp_path / "evidence" / "evidence.json").read_bytes()) == {
        "schemaVersion": 1,
        "evaluatedAt": "2026-11-24T08:30:15.250000Z",
        "trustRoot": {"source": "a test", "digest": str(TRUST_ROOT.digest), "file": "trusted_root.json"},
        "images": [{"reference": "image:v1", "name": NAME, "digest": str(image.digest), "failures": {}}],
    }
    assert (tmp_path / "evidence" / "trusted_root.json").read_bytes() == TRUST_ROOT.raw


@pytest.mark.parametrize("name", [NAME, None])
def test_the_layout_gives_the_recorded_name(name: str | None, tmp_path: Path) -> None:
    repository = Repository()
    image = repository.image()
    _, recording = record(MemorySource(repository, image))
    save(tmp_path / "evidence", [saved(recording, name=name)])
    source = open_layout(tmp_path / "evidence")
    try:
        source.resolve()
        assert source.recorded_name == name
    finally:
        source.close()


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"images": 1}', b'{"images": [1, {}]}', b'{"images": [{"digest": "%s"}]}', b"\xff"],
)
def test_a_broken_record_gives_no_name_and_breaks_nothing(raw: bytes, tmp_path: Path) -> None:
    repository = Repository()
    image = repository.image()
    _, recording = record(MemorySource(repository, image))
    save(tmp_path / "evidence", [saved(recording, name=None)])
    (tmp_path / "evidence" / "evidence.json").write_bytes(raw.replace(b"%s", str(image.digest).encode()))
    source = open_layout(tmp_path / "evidence")
    try:
        source.resolve()
        assert source.recorded_name is None
    finally:
        source.close()


def test_several_images_are_saved_together(tmp_path: Path) -> None:
    images, expected = [], {}
    for architecture in ("amd64", "arm64"):
        repository = Repository()
        image = repository.image(architecture)
        attestation = repository.blob(architecture.encode(), DSSE)
        repository.tags[f"sha256-{image.digest.hex}.att"] = repository.manifest([attestation])
        discovered, recording = record(MemorySource(repository, image))
        images.append(saved(recording, tag=architecture))
        expected[image.digest] = discovered
    save(tmp_path / "evidence", images)
    for digest, discovered in expected.items():
        source = open_layout(tmp_path / "evidence", digest=digest)
        try:
            assert material(look(source)) == material(discovered)
        finally:
            source.close()


def test_evidence_about_one_image_from_two_repositories_is_all_saved(tmp_path: Path) -> None:
    images, raws = [], {b"first", b"second"}
    for raw in sorted(raws):
        repository = Repository()
        image = repository.image()
        attestation = repository.blob(raw, DSSE)
        repository.tags[f"sha256-{image.digest.hex}.att"] = repository.manifest([attestation])
        _, recording = record(MemorySource(repository, image))
        images.append(saved(recording))
    save(tmp_path / "evidence", images)
    source = open_layout(tmp_path / "evidence")
    try:
        assert {bundle.raw for bundle in look(source).bundles} == raws
    finally:
        source.close()


def test_nothing_is_asked_twice_for_saving(tmp_path: Path) -> None:
    repository, index = busy()
    source = MemorySource(repository, index)
    _, recording = record(source)
    before = list(source.requests)
    save(tmp_path / "evidence", [saved(recording)])
    assert source.requests == before


def test_an_image_that_could_not_be_resolved_leaves_no_recording() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(repository, image)
    source.broken["resolve"] = LayoutError("broken")
    recording = RecordingSource(source)
    with pytest.raises(LayoutError):
        recording.resolve()
    assert recording.recording() is None


# --- whole or not at all ---


def a_recording() -> Recording:
    repository = Repository()
    _, recording = record(MemorySource(repository, repository.image()))
    return recording


def test_an_empty_directory_is_taken_and_a_filled_one_is_not(tmp_path: Path) -> None:
    empty, filled = tmp_path / "empty", tmp_path / "filled"
    empty.mkdir()
    filled.mkdir()
    (filled / "file").write_bytes(b"kept")
    save(empty, [saved(a_recording())])
    assert (empty / "index.json").is_file()
    for target in (filled, filled / "file", empty):
        with pytest.raises(UsageError) as caught:
            save(target, [saved(a_recording())])
        assert caught.value.hint is not None
    assert [file.name for file in filled.iterdir()] == ["file"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["empty", "filled"]


def test_a_directory_that_cannot_be_made_is_known_before_the_work(tmp_path: Path) -> None:
    require_savable(tmp_path / "new")
    for target in (tmp_path / "absent" / "new", Path(f"{tmp_path}/\0")):
        with pytest.raises(UsageError):
            require_savable(target)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_out_of_reach_is_known_before_the_work(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    require_savable(folder / "new")
    with locked(folder), pytest.raises(UsageError, match=r"cannot be used: .*Permission denied"):
        require_savable(folder / "new")


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.unit.registry.test_saving import a_recording, save, saved
from verifier.errors import LayoutError
recording = a_recording()
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    save(Path(sys.argv[1]), [saved(recording)])
except LayoutError as error:
    print(error.code, error.hint)
"""


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "evidence")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.startswith("LayoutError nothing was written")
    assert list(tmp_path.iterdir()) == []
