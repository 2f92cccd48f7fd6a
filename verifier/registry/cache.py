"""Content that was fetched before, by digest, on disk.

Never needed for a right answer and never believed: what is read is hashed again, what does not match is
removed. Many processes may use one cache: an entry appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verifier.errors import CacheError
from verifier.limits import EVIDENCE_BYTES
from verifier.model.digest import Digest
from verifier.text import safe

_ALGORITHM: Final = "sha256"
_ENTRY_LENGTH: Final = 64
_OPEN: Final = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds."""

    path: Path
    entries: int
    bytes: int


class ContentCache:
    """A directory of content by digest.

    `get` and `put` never raise: ``warn`` is called once with the first trouble, and the caller goes on
    without a cache. `info` and `clear` raise `CacheError`.
    """

    def __init__(self, directory: Path, *, warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._warn = warn
        self._warned = False
        self._lock = threading.Lock()

    def get(self, digest: Digest) -> bytes | None:
        """Give the content with this digest, or None."""
        try:
            with self._entered(create=False) as place:
                return self._read(digest, place)
        except FileNotFoundError:
            return None
        except (OSError, CacheError) as error:
            self._trouble(error)
            return None

    def put(self, digest: Digest, raw: bytes) -> None:
        """Keep ``raw``, which has this digest."""
        try:
            with self._entered(create=True) as place:
                if not _exists(digest.hex, place):
                    _write(digest.hex, raw, place)
        except (OSError, CacheError) as error:
            self._trouble(error)

    def info(self) -> CacheInfo:
        """Count the entries."""
        sizes = []
        try:
            with self._entered(create=False) as place:
                for name in _names(place):
                    with contextlib.suppress(FileNotFoundError):  # another process removed it
                        status = os.stat(name, dir_fd=place, follow_symlinks=False)
                        if len(name) == _ENTRY_LENGTH and stat.S_ISREG(status.st_mode):
                            sizes.append(status.st_size)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._unusable(error) from None
        return CacheInfo(self._directory, len(sizes), sum(sizes))

    def clear(self) -> CacheInfo:
        """Remove every entry, and what interrupted processes left; give what was there."""
        before = self.info()
        try:
            with self._entered(create=False) as place:
                for name in _names(place):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=place)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._unusable(error) from None
        return before

    @contextlib.contextmanager
    def _entered(self, *, create: bool) -> Iterator[int]:
        """Open the directory of the entries, which must be the user's own."""
        path = self._directory / _ALGORITHM
        if create:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
        place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            status = os.fstat(place)
            if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise CacheError(
                    f"the cache {safe(path)} is not used: others may write to it",
                    hint="remove it, or choose another with --cache-dir",
                )
            yield place
        finally:
            os.close(place)

    def _read(self, digest: Digest, place: int) -> bytes | None:
        try:
            file = os.open(digest.hex, os.O_RDONLY | _OPEN, dir_fd=place)
        except FileNotFoundError:
            return None
        except OSError:  # a symbolic link, a socket, a file without permission: no entry of ours
            raw = None
        else:
            with os.fdopen(file, "rb") as stream:
                raw = _bounded(stream.fileno())
        if raw is not None and Digest.of(raw) == digest:
            return raw
        with contextlib.suppress(FileNotFoundError):
            os.unlink(digest.hex, dir_fd=place)
        self._trouble(CacheError(f"a damaged entry was removed from the cache {safe(self._directory)}"))
        return None

    def _trouble(self, error: OSError | CacheError) -> None:
        with self._lock:
            if self._warned:
                return
            self._warned = True
        problem = error if isinstance(error, CacheError) else self._unusable(error)
        self._warn(problem.message)

    def _unusable(self, error: OSError) -> CacheError:
        reason = error.strerror or type(error).__name__
        return CacheError(
            f"the cache {safe(self._directory)} cannot be used: {safe(reason)}",
            hint="choose another with --cache-dir, or do without one with --no-cache",
        )


def _bounded(file: int) -> bytes | None:
    """Read a regular file of at most `EVIDENCE_BYTES`; None for anything else."""
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_size > EVIDENCE_BYTES:
        return None
    body = bytearray()
    while piece := os.read(file, status.st_size + 1 - len(body)):
        body += piece
    return bytes(body)


def _names(place: int) -> list[str]:
    with os.scandir(place) as entries:
        return [entry.name for entry in entries]


def _exists(name: str, place: int) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write(name: str, raw: bytes, place: int) -> None:
    # Nothing is synced to disk: after a crash a half entry does not match its digest and is removed.
    temporary = f".{name}.{os.getpid()}.{secrets.token_hex(8)}"
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600, dir_fd=place)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(raw)
        os.replace(temporary, name, src_dir_fd=place, dst_dir_fd=place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=place)
        raise
