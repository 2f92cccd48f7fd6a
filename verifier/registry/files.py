"""The files of an OCI layout, wherever they lie."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Final, Protocol

from verifier.errors import LayoutError, LimitExceeded, ManifestError, UnsafeLayoutError
from verifier.text import safe

# What opening a symbolic link, a socket or a file in place of a directory gives; EMLINK is FreeBSD's ELOOP.
_UNSAFE: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK, errno.ENXIO, errno.ENODEV})
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_ENTER: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY
_PIECE: Final = 1024 * 1024


class LayoutFiles(Protocol):
    """Regular files by name. Safe to use from several threads."""

    def read(self, name: str, *, limit: int) -> bytes | None:
        """The bytes of the file ``name`` such as ``blobs/sha256/<hex>``; None where there is none.

        Raises `UnsafeLayoutError` where it is anything but a regular file of this layout, `LimitExceeded`
        beyond ``limit`` bytes, and `LayoutError` where it cannot be read.
        """
        ...

    def close(self) -> None:
        """Release what is open."""
        ...


class DirectoryFiles:
    """See `LayoutFiles`: a directory. Nothing below it is reached through a link."""

    def __init__(self, path: str) -> None:
        """Open ``path``, or raise `ManifestError` or `LayoutError`."""
        try:
            self._root = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ManifestError(
                f"no directory {safe(path)}: {error.strerror}",
                hint="oci:DIRECTORY names an OCI layout; a tar file is oci-archive:FILE",
            ) from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise LayoutError(f"cannot open {safe(path)}: {safe(error)}") from None

    def read(self, name: str, *, limit: int) -> bytes | None:
        """See `LayoutFiles.read`."""
        *parents, last = name.split("/")
        try:
            with contextlib.ExitStack() as opened:
                place = self._root
                for parent in parents:
                    place = os.open(parent, _ENTER, dir_fd=place)
                    opened.callback(os.close, place)
                file = os.open(last, _READ, dir_fd=place)
                opened.callback(os.close, file)
                return _read_regular(file, name, limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in _UNSAFE:
                raise UnsafeLayoutError(f"{name} is not a regular file of the layout") from None
            raise LayoutError(f"cannot read {name}: {error.strerror}") from None

    def close(self) -> None:
        """See `LayoutFiles.close`."""
        if self._root >= 0:
            os.close(self._root)
            self._root = -1


def _read_regular(file: int, name: str, limit: int) -> bytes:
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeLayoutError(f"{name} is not a regular file of the layout")
    if status.st_size > limit:
        raise LimitExceeded(f"{name} has {status.st_size} bytes; the most that are read are {limit}")
    body = bytearray()
    # The file may grow meanwhile: what counts is what arrives.
    while piece := os.read(file, min(_PIECE, limit + 1 - len(body))):
        body += piece
        if len(body) > limit:
            raise LimitExceeded(f"{name} has more than {limit} bytes")
    return bytes(body)
