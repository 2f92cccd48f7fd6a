"""Files beside a policy."""

from __future__ import annotations

from pathlib import Path

from verifier.errors import InputError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_regular
from verifier.text import safe


def beside(folder: Path, text: str, *, whose: str = "the policy's") -> Path:
    """The path ``text`` inside ``folder``, or `InputError` where it leads out of it."""
    try:
        base = folder.resolve()
        path = (base / text).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        # A NUL in the name; before Python 3.13, a loop of symbolic links.
        raise InputError(f"not a path that can be read: {safe(text, limit=200)!r}") from error
    if not path.is_relative_to(base):
        raise InputError(
            f"{safe(text, limit=200)!r} lies outside {whose} folder",
            hint="put the file beside it or below, and write the path from there",
        )
    return path


def read_beside(folder: Path | None, text: str) -> bytes:
    """The content of the file ``text`` inside ``folder``, or `InputError`.

    A policy that ships with the tool has no folder.
    """
    if folder is None:
        raise InputError("this policy cannot name files", hint="put the content itself into the policy")
    path = beside(folder, text)
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{safe(text, limit=200)!r} is not a file")
        return read_regular(path, POLICY_BYTES)
    except OSError as error:
        raise InputError(
            f"cannot read {safe(text, limit=200)!r}: {error.strerror}",
            hint="a path is from the folder of the policy that names it",
        ) from error
