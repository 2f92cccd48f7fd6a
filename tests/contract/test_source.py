"""What every `verifier.registry.interface.Source` promises."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.registry_server import RegistryServer
from tests.sigstore_instance.layout import Contents
from tests.unit.registry.memory_source import DSSE, MemorySource, Repository
from tests.unit.registry.remote import registry as remote_registry
from verifier.errors import DigestMismatch, LimitExceeded, UnavailableError
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.reference import LayoutReference
from verifier.registry.interface import Source
from verifier.registry.layout import LayoutSource
from verifier.registry.recording import RecordingSource

Make = Callable[[Repository, Descriptor], Source]
ABSENT = Digest.of(b"absent")


@pytest.fixture(params=["memory", "directory", "archive", "recording", "remote"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with contextlib.ExitStack() as sources:

        def of(repository: Repository, root: Descriptor) -> Source:
            if request.param == "remote":
                server = sources.enter_context(
                    RegistryServer(_contents(repository, root), "a/b", referrers=True)
                )
                return sources.enter_context(remote_registry(server, tag="v1"))
            source = _source(request.param, tmp_path, repository, root)
            sources.callback(source.close)
            return source

        yield of


def _contents(repository: Repository, root: Descriptor) -> Contents:
    manifests = {
        str(digest): (document["mediaType"], raw)
        for digest, raw in repository.blobs.items()
        if raw.startswith(b"{") and "mediaType" in (document := json.loads(raw))
    }
    blobs = {str(digest): raw for digest, raw in repository.blobs.items()}
    tags = {name: str(descriptor.digest) for name, descriptor in repository.tags.items()}
    return Contents(blobs, manifests, {**tags, "v1": str(root.digest)})


def _source(kind: str, folder: Path, repository: Repository, root: Descriptor) -> Source:
    match kind:
        case "memory":
            return MemorySource(repository, root)
        case "recording":
            return RecordingSource(MemorySource(repository, root))
        case "directory":
            path = repository.write(folder / "layout", root=root)
            return LayoutSource(LayoutReference(str(path), False, "v1", None))
        case _:
            path = repository.pack(folder / "layout.tar", root=root)
            return LayoutSource(LayoutReference(str(path), True, "v1", None))


def test_resolve_gives_the_image_with_its_media_type(make: Make) -> None:
    repository = Repository()
    image = repository.image()
    content = make(repository, image).resolve()
    assert (content.descriptor.media_type, content.digest) == (image.media_type, image.digest)
    assert content.raw == repository.blobs[image.digest]


def test_resolve_refuses_an_image_that_is_not_there(make: Make) -> None:
    repository = Repository()
    image = repository.image()
    del repository.blobs[image.digest]
    with pytest.raises(UnavailableError):
        make(repository, image).resolve()


def test_a_manifest_is_found_by_its_digest_and_none_is_none(make: Make) -> None:
    repository = Repository()
    image, other = repository.image(), repository.image("arm64")
    source = make(repository, image)
    content = source.manifest(other.digest)
    assert content is not None
    assert content.raw == repository.blobs[other.digest]
    assert source.manifest(ABSENT) is None


def test_a_manifest_with_other_bytes_is_refused(make: Make) -> None:
    repository = Repository()
    image, other = repository.image(), repository.image("arm64")
    repository.blobs[other.digest] = repository.blobs[image.digest]
    with pytest.raises(DigestMismatch):
        make(repository, image).manifest(other.digest)


def test_a_tag_is_found_and_none_is_none(make: Make) -> None:
    repository = Repository()
    image = repository.image()
    tag = f"sha256-{image.digest.hex}.att"
    repository.tags[tag] = repository.manifest([repository.blob(b"{}", DSSE)])
    source = make(repository, image)
    content = source.tagged(tag)
    assert content is not None
    assert content.digest == repository.tags[tag].digest
    assert source.tagged(f"sha256-{image.digest.hex}.sig") is None


def test_referrers_are_those_of_the_digest(make: Make) -> None:
    repository = Repository()
    image, other = repository.image(), repository.image("arm64")
    mine = repository.referrer(image, [repository.blob(b"1", DSSE)])
    repository.listed += [(mine, {}), (repository.referrer(other, [repository.blob(b"2", DSSE)]), {})]
    source = make(repository, image)
    assert [each.digest for each in source.referrers(image.digest)] == [mine.digest]
    assert list(source.referrers(ABSENT)) == []


def test_a_blob_is_read(make: Make) -> None:
    repository = Repository()
    image, blob = repository.image(), repository.blob(b"evidence", DSSE)
    assert make(repository, image).blob(blob, limit=8).raw == b"evidence"


def test_a_blob_with_other_bytes_is_refused(make: Make) -> None:
    repository = Repository()
    image, blob = repository.image(), repository.blob(b"good", DSSE)
    repository.blobs[blob.digest] = b"evil"
    with pytest.raises(DigestMismatch):
        make(repository, image).blob(blob, limit=8)


def test_a_blob_of_another_size_than_stated_is_refused(make: Make) -> None:
    repository = Repository()
    image, blob = repository.image(), repository.blob(b"good", DSSE)
    with pytest.raises(DigestMismatch):
        make(repository, image).blob(Descriptor(DSSE, blob.digest, 5), limit=8)


@pytest.mark.parametrize("stated", [9, 4, 2**62])
def test_a_blob_beyond_the_limit_is_refused_whatever_it_states(make: Make, stated: int) -> None:
    repository = Repository()
    image, blob = repository.image(), repository.blob(b"nine byte", DSSE)
    with pytest.raises(LimitExceeded):
        make(repository, image).blob(Descriptor(DSSE, blob.digest, stated), limit=8)


def test_a_blob_that_states_more_than_the_limit_is_refused_however_small(make: Make) -> None:
    repository = Repository()
    image, blob = repository.image(), repository.blob(b"tiny", DSSE)
    with pytest.raises(LimitExceeded):
        make(repository, image).blob(Descriptor(DSSE, blob.digest, 9), limit=8)


def test_a_missing_blob_could_not_be_had(make: Make) -> None:
    repository = Repository()
    image = repository.image()
    with pytest.raises(UnavailableError):
        make(repository, image).blob(Descriptor(DSSE, ABSENT, 6), limit=8)
