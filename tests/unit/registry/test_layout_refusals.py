"""OCI layouts that are none, broken, or a trap."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.registry.evidence import Open, blob_of, edit_index
from tests.unit.registry.memory_source import (
    OCI_INDEX,
    Repository,
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

CANARY = b"root:x:0:0:canary outside of the layout"


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
