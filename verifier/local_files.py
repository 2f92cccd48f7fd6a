"""Reading files that a user names, which may be of any size, or no files at all."""

from __future__ import annotations

from pathlib import Path


def read_bounded(path: Path, limit: int) -> bytes:
    """Give a file's bytes, at most one more than ``limit``, which tells that it is too large.

    Raises `OSError`.
    """
    with path.open("rb") as file:
        return file.read(limit + 1)
