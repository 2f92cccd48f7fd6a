"""Files that a user names, which may be of any size, or no files at all, or out of reach.

`Path.exists` and `Path.is_dir` say "no" from Python 3.14 on where it cannot be found out; these here raise.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from verifier.limits import MIB, PIPE_SECONDS

# Opening a pipe waits for somebody who writes, for ever where there is nobody (fifo(7)); without waiting,
# what was opened can be looked at before anything is read.
_AT_ONCE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def read_regular(path: Path, limit: int) -> bytes:
    """Give the bytes of a regular file, at most one more than ``limit``, which tells that it is too large.

    Never waits: raises `OSError` also where ``path`` is a pipe, a socket, a device or a directory.
    """
    with _opened(path) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        return _rest(handle, limit)


def read_bounded(path: Path, limit: int) -> bytes:
    """See `read_regular`; for a file that a user named, which may also be a pipe: ``<(command)`` in a shell.

    Waits for whoever writes into the pipe, but not for ever. Raises `OSError`.
    """
    with _opened(path) as handle:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return _rest(handle, limit)
        return _arriving(handle, limit)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, _AT_ONCE)
    try:
        yield handle
    finally:
        os.close(handle)


def pieces(path: Path, left: Callable[[], float]) -> Iterator[bytes]:
    """What a file that a user named holds, of whatever size; a pipe as in `read_bounded`.

    ``left`` gives the seconds that are left, and raises when there are none. Raises `OSError`.
    """
    with _opened(path) as handle:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        while True:
            silence = min(PIPE_SECONDS, left())
            if not waiting.poll(int(silence * 1000)):
                if silence < PIPE_SECONDS:
                    continue  # and ``left`` says that time is up
                raise TimeoutError(errno.ETIMEDOUT, f"nothing was written into it for {PIPE_SECONDS} seconds")
            with contextlib.suppress(BlockingIOError):
                piece = os.read(handle, MIB)
                if not piece:
                    return
                yield piece


def _rest(handle: int, limit: int) -> bytes:
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(limit + 1)


def _arriving(handle: int, limit: int) -> bytes:
    body = bytearray()
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    while len(body) <= limit:
        if not waiting.poll(int(PIPE_SECONDS * 1000)):
            raise TimeoutError(errno.ETIMEDOUT, f"nothing was written into it for {PIPE_SECONDS} seconds")
        with contextlib.suppress(BlockingIOError):
            piece = os.read(handle, min(limit + 1 - len(body), MIB))
            if not piece:
                break
            body += piece
    return bytes(body)


def is_there(path: Path) -> bool:
    """Whether ``path`` leads to anything. Raises `OSError` where that cannot be found out."""
    return _mode(path) is not None


def is_directory(path: Path) -> bool:
    """Whether ``path`` leads to a directory. Raises `OSError` where that cannot be found out."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
