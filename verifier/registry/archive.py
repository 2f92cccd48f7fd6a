"""The files of an OCI layout in a tar file, read in place: nothing is ever unpacked."""

from __future__ import annotations

import os
import stat
import tarfile
from typing import IO, Final, cast

from verifier.errors import LayoutError, LimitExceeded, ManifestError, UnsafeLayoutError
from verifier.limits import ARCHIVE_HEADER_BYTES, ARCHIVE_MEMBERS
from verifier.text import safe

_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_REGULAR: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)
_PIECE: Final = 1024 * 1024


class ArchiveFiles:
    """See `verifier.registry.files.LayoutFiles`: a plain tar file.

    Members are found by exact name; a name that occurs twice, a link or a device in the place of a file is
    refused, because two readers could see two different layouts in it.
    """

    def __init__(self, path: str) -> None:
        """Open ``path`` and learn where its members lie, or raise `ManifestError` or `LayoutError`."""
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise ManifestError(f"no file {safe(path)}") from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise LayoutError(f"cannot open {safe(path)}: {safe(error)}") from None
        try:
            self._members = _index(self._file, path)
        except BaseException:
            self.close()
            raise

    def read(self, name: str, *, limit: int) -> bytes | None:
        """See `LayoutFiles.read`."""
        if name not in self._members:
            return None
        place = self._members[name]
        if place is None:
            raise UnsafeLayoutError(f"{name} is not one regular file of the archive")
        offset, size = place
        if size > limit:
            raise LimitExceeded(f"{name} has {size} bytes; the most that are read are {limit}")
        body = bytearray()
        try:
            while piece := os.pread(self._file, min(_PIECE, size - len(body)), offset + len(body)):
                body += piece
        except (OSError, OverflowError) as error:
            raise LayoutError(f"cannot read {name}: {safe(error)}") from None
        if len(body) != size:
            raise LayoutError(f"{name} is cut off: the archive is incomplete")
        return bytes(body)

    def close(self) -> None:
        """See `LayoutFiles.close`."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class _Forward:
    """The file as `tarfile` sees it while it looks for headers: forwards only, and not endlessly.

    Sizes in a header are claims; without this a header of an extension record makes tarfile read gigabytes
    into memory, and a negative one makes it run in circles (CVE-2025-8194).
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._at = 0
        self._left = ARCHIVE_HEADER_BYTES

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> int:
        # tarfile steps back over one byte to see whether the data before it is all there.
        if position < self._at - 1:
            raise tarfile.ReadError("a member lies before its header")
        self._at = position
        return position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self._left:
            raise LimitExceeded("the archive's headers are too large")
        piece = os.pread(self._file, size, self._at)
        self._at += len(piece)
        self._left -= len(piece)
        return piece


def _canonical(name: str, path: str) -> str:
    """The name of the file that unpacking would make: ``/a``, ``.//a`` and ``a/`` are all ``a``."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise UnsafeLayoutError(f"{safe(path)} has a member with .. in its name: {safe(name, limit=100)}")
    return "/".join(parts)


def _require_end(block: bytes, path: str) -> None:
    """Raise `LayoutError` unless the archive ends here: POSIX.1-2017, pax, blocks of zeros.

    `tarfile` takes a bad header for the end; other readers skip it and find more.
    """
    if block.strip(b"\0"):
        raise LayoutError(
            f"{safe(path)} is damaged: neither a member nor the end follows its last member",
            hint="copy or write it again",
        )


def _index(file: int, path: str) -> dict[str, tuple[int, int] | None]:
    """Give offset and size of every regular member, None for all that must not be read."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise ManifestError(f"{safe(path)} is not a file", hint="a directory is oci:DIRECTORY")
    try:
        start = os.pread(file, 8, 0)
    except OSError as error:
        raise LayoutError(f"cannot read {safe(path)}: {error.strerror}") from error
    for magic, name in _COMPRESSED.items():
        if start.startswith(magic):
            raise ManifestError(
                f"{safe(path)} is compressed with {name}; only plain tar files are read",
                hint=f"decompress it first, for example with {name} -d",
            )
    members: dict[str, tuple[int, int] | None] = {}
    try:
        # The cast: tarfile asks for tell, seek and read alone while it looks for headers.
        with tarfile.open(fileobj=cast("IO[bytes]", _Forward(file)), mode="r:") as archive:
            while (member := archive.next()) is not None:
                if len(members) >= ARCHIVE_MEMBERS:
                    raise LimitExceeded(f"{safe(path)} has more than {ARCHIVE_MEMBERS} members")
                name = _canonical(member.name, path)
                regular = member.type in _REGULAR and member.sparse is None and member.size >= 0
                whole = regular and name not in members
                members[name] = (member.offset_data, member.size) if whole else None
            _require_end(os.pread(file, tarfile.BLOCKSIZE, archive.offset), path)
    except (tarfile.TarError, OSError, ValueError, OverflowError, RecursionError) as error:
        if not members:
            raise ManifestError(f"{safe(path)} is not a tar file: {safe(error)}") from None
        raise LayoutError(f"{safe(path)} is damaged: {safe(error)}") from None
    return members
