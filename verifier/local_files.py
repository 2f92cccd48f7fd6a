"""Files that a user names, which may be of any size, or no files at all, or out of reach.

`Path.exists` and `Path.is_dir` say "no" from Python 3.14 on where it cannot be found out; these here raise.
"""

from __future__ import annotations

import stat
from pathlib import Path


def read_bounded(path: Path, limit: int) -> bytes:
    """Give a file's bytes, at most one more than ``limit``, which tells that it is too large.

    Raises `OSError`.
    """
    with path.open("rb") as file:
        return file.read(limit + 1)


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
