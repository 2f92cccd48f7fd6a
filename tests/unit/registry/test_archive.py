"""OCI layouts in tar files."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.registry.memory_source import Repository, add_member
from verifier.errors import LayoutError, LimitExceeded, ManifestError, UnsafeLayoutError
from verifier.limits import ARCHIVE_MEMBERS
from verifier.model.reference import LayoutReference
from verifier.registry.archive import ArchiveFiles
from verifier.registry.layout import LayoutSource

LIMIT = 1000


def read(path: Path, name: str, *, limit: int = LIMIT) -> bytes | None:
    files = ArchiveFiles(str(path))
    try:
        return files.read(name, limit=limit)
    finally:
        files.close()


def pack(path: Path, *members: tuple[str, bytes], dialect: int = tarfile.DEFAULT_FORMAT) -> Path:
    with tarfile.open(path, "w", format=dialect) as archive:
        for name, raw in members:
            add_member(archive, name, raw)
    return path


def special(path: Path, kind: bytes, *, linkname: str = "") -> Path:
    with tarfile.open(path, "w") as archive:
        add_member(archive, "target", b"target")
        member = tarfile.TarInfo("wanted")
        member.type, member.linkname = kind, linkname
        archive.addfile(member)
    return path


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_members_are_found_by_exact_name(dialect: int, prefix: str, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", (f"{prefix}a", b"one"), (f"{prefix}b/c", b""), dialect=dialect)
    assert read(path, "a") == b"one"
    assert read(path, "b/c") == b""
    assert read(path, "c") is None
    assert read(path, "../a") is None


def test_long_names_are_no_trouble(tmp_path: Path) -> None:
    name = "x" * 300
    for dialect in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = pack(tmp_path / f"{dialect}.tar", (name, b"long"), ("a", b"one"), dialect=dialect)
        assert read(path, name) == b"long"
        assert read(path, "a") == b"one"


def test_an_image_in_a_tar_file_is_found(tmp_path: Path) -> None:
    repository = Repository()
    image = repository.image()
    path = repository.pack(tmp_path / "image.tar", root=image)
    source = LayoutSource(LayoutReference(str(path), True, None, None))
    try:
        assert source.name == f"oci-archive:{path}"
        assert source.resolve().digest == image.digest
    finally:
        source.close()


def test_a_tar_file_without_a_layout_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        LayoutSource(LayoutReference(str(pack(tmp_path / "a.tar", ("a", b""))), True, None, None))


@pytest.mark.parametrize(
    ("kind", "linkname"),
    [
        (tarfile.SYMTYPE, "target"),
        (tarfile.LNKTYPE, "target"),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.DIRTYPE, ""),
        (tarfile.CONTTYPE, ""),
    ],
)
def test_only_regular_members_are_read(kind: bytes, linkname: str, tmp_path: Path) -> None:
    path = special(tmp_path / "a.tar", kind, linkname=linkname)
    assert read(path, "target") == b"target"
    with pytest.raises(UnsafeLayoutError):
        read(path, "wanted")


def test_a_name_that_occurs_twice_is_refused_and_others_are_not(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", ("a", b"one"), ("./a", b"two"), ("b", b"three"))
    with pytest.raises(UnsafeLayoutError):
        read(path, "a")
    assert read(path, "b") == b"three"


@pytest.mark.parametrize("again", ["/a", ".//a", "././a", "a/", "//a", "./a/."])
def test_another_spelling_of_a_name_is_the_same_name(again: str, tmp_path: Path) -> None:
    """Unpacked, the later one takes the place of the first: two readers would see two layouts."""
    path = pack(tmp_path / "a.tar", ("./a", b"one"), (again, b"two"), ("b", b"three"))
    with pytest.raises(UnsafeLayoutError):
        read(path, "a")
    assert read(path, "b") == b"three"
    assert read(pack(tmp_path / "b.tar", ("./a", b"one"), ("b", b"three")), "a") == b"one"


@pytest.mark.parametrize("name", ["../a", "x/../a", "x/..", ".."])
def test_a_name_that_leads_upwards_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeLayoutError, match=r"\.\. in its name"):
        read(pack(tmp_path / "a.tar", ("a", b"one"), (name, b"two")), "a")
    assert read(pack(tmp_path / "b.tar", ("a", b"one"), ("x/..a", b"two")), "a") == b"one"


@pytest.mark.parametrize(
    ("between", "damaged"), [(b"Z" * 512, True), (b"Z", True), (b"", False), (b"\0" * 1024, False)]
)
def test_a_bad_header_is_not_the_end(between: bytes, damaged: bool, tmp_path: Path) -> None:
    """GNU tar skips it and unpacks what follows; tarfile takes it for the end."""
    good, more = (pack(tmp_path / name, ("a", name.encode())).read_bytes() for name in ("good", "more"))
    path = tmp_path / "a.tar"
    path.write_bytes(good[:1024] + between + (more if between else good[1024:]))
    if damaged:
        with pytest.raises(LayoutError, match="neither a member nor the end"):
            read(path, "a")
    else:
        assert read(path, "a") == b"good"


def test_the_limit_is_kept(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", ("a", b"12345"))
    assert read(path, "a", limit=5) == b"12345"
    with pytest.raises(LimitExceeded):
        read(path, "a", limit=4)


@pytest.mark.parametrize(
    "compress",
    [
        gzip.compress,
        lambda raw: b"BZh9" + raw,
        lambda raw: b"\xfd7zXZ\x00" + raw,
        lambda raw: b"\x28\xb5\x2f\xfd" + raw,
    ],
)
def test_compressed_archives_are_refused_with_advice(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = pack(tmp_path / "a.tar", ("a", b"one"))
    path.write_bytes(compress(path.read_bytes()))
    with pytest.raises(ManifestError) as caught:
        read(path, "a")
    assert caught.value.hint is not None
    assert "-d" in caught.value.hint


def test_what_is_no_tar_file_is_the_users_mistake(tmp_path: Path) -> None:
    junk = tmp_path / "junk.tar"
    junk.write_bytes(b"not a tar file at all" * 100)
    empty = tmp_path / "empty.tar"
    empty.write_bytes(b"")
    for path in (junk, empty, tmp_path, tmp_path / "absent.tar"):
        with pytest.raises(ManifestError):
            read(path, "a")


def test_a_file_that_cannot_be_read_says_nothing_of_the_image() -> None:
    # A regular file, whose first page is no memory: reading it is an error of input and output.
    with pytest.raises(LayoutError):
        ArchiveFiles("/proc/self/mem")


def test_a_truncated_archive_is_damaged(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", ("a", b"one"), ("b", b"x" * 5000))
    path.write_bytes(path.read_bytes()[: 512 * 3 + 100])
    with pytest.raises(LayoutError):
        read(path, "b", limit=10_000)


def test_a_size_that_the_archive_does_not_have_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("a")
    member.size = 2**40
    path = tmp_path / "a.tar"
    path.write_bytes(member.tobuf())
    with pytest.raises((LayoutError, LimitExceeded)):
        read(path, "a", limit=2**41)


def test_a_header_that_claims_gigabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    member = tarfile.TarInfo("pax")
    member.type, member.size = tarfile.XHDTYPE, 2**33
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        file.write(member.tobuf(tarfile.GNU_FORMAT))
        file.truncate(2**34)  # sparse
    with pytest.raises(LimitExceeded):
        read(path, "a")


def test_a_negative_size_does_not_make_the_reading_run_in_circles(tmp_path: Path) -> None:
    first, second = tarfile.TarInfo("first"), tarfile.TarInfo("a")
    second.size = -512  # the next header would be this one again
    path = tmp_path / "a.tar"
    path.write_bytes(first.tobuf() + second.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(LayoutError):
        read(path, "first")
    second.size = 0
    path.write_bytes(first.tobuf() + second.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    assert read(path, "first") == b""


def test_an_archive_that_is_cut_while_it_is_read_is_damaged(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", ("a", b"one"), ("b", b"x" * 5000))
    files = ArchiveFiles(str(path))
    try:
        os.truncate(path, 512 * 3 + 100)
        assert files.read("a", limit=LIMIT) == b"one"
        with pytest.raises(LayoutError):
            files.read("b", limit=10_000)
    finally:
        files.close()


def test_endless_members_are_refused(tmp_path: Path) -> None:
    block = tarfile.TarInfo("a").tobuf()
    path = tmp_path / "a.tar"
    names = (
        tarfile.TarInfo(f"{number}").tobuf(tarfile.USTAR_FORMAT) for number in range(ARCHIVE_MEMBERS + 1)
    )
    path.write_bytes(b"".join(names) + bytes(1024))
    with pytest.raises(LimitExceeded):
        read(path, "a")
    path.write_bytes(block * 3 + bytes(1024))
    with pytest.raises(UnsafeLayoutError):
        read(path, "a")


@given(data=st.data())
def test_hostile_archives_raise_only_what_is_declared(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        add_member(archive, "index.json", b"{}")
        add_member(archive, "x" * 200, b"long")
    raw = bytearray(buffer.getvalue()[: 512 * 12])
    for _ in range(data.draw(st.integers(1, 12))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        _repair_checksums(raw)
    path = tmp_path_factory.getbasetemp() / "hostile.tar"
    path.write_bytes(raw)
    with contextlib.suppress(ManifestError, LayoutError, LimitExceeded, UnsafeLayoutError):
        read(path, "index.json")


def _repair_checksums(raw: bytearray) -> None:
    """Make every block that could be a header a valid one, so that more than the checksum is reached."""
    for start in range(0, len(raw) - 511, 512):
        block = raw[start : start + 512]
        if any(block):
            checksum = 256 + sum(block[:148]) + sum(block[156:])
            raw[start + 148 : start + 156] = b"%06o\0 " % checksum
