"""What goes to standard output and standard error."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from verifier.errors import UsageError, VerifierError
from verifier.report.inert import inert_line, visible_json
from verifier.text import safe


class OutputError(Exception):
    """Standard output, or a file, cannot be written."""


def reopen_closed() -> None:
    """Give streams that were closed from the start a file in which writing fails.

    Python leaves them out, and the next file to be opened would get their number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, os.O_RDONLY), mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def escape_unwritable() -> None:
    """Have characters that an encoding lacks written as escapes, also by libraries that show help."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write ``text`` to standard output, all of it, or raise `OutputError`.

    Whatever a build server would take for a command is escaped.
    """
    write_bytes(_inert(text).encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def write_json(text: str) -> None:
    """Write JSON that somebody else wrote to standard output, or raise `OutputError`; it says the same there.

    Text that is no JSON is written as a JSON string, so that whatever reads standard output can rely on it.
    """
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        text = json.dumps(text, ensure_ascii=False) if text else ""
    write_bytes(f"{visible_json(text)}\n".encode())


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _inert(text: str) -> str:
    return "\n".join(map(inert_line, text.split("\n")))


def write_bytes(raw: bytes) -> None:
    """Write ``raw`` to standard output, all of it, or raise `OutputError`."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        _give_up_stdout()
        reason = error.strerror if isinstance(error, OSError) else "it is closed"
        raise OutputError(f"cannot write to standard output: {reason}") from error


def _give_up_stdout() -> None:
    """Let what is buffered, and what is still written, go nowhere.

    The interpreter flushes once more when the stream goes, and reports where that fails.
    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        try:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        except (OSError, ValueError):  # it is closed, or no file
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def require_target(path: Path) -> None:
    """Raise `OutputError` where `write_file` could not write ``path``: better before anything is judged."""
    try:
        if not _may_be_replaced(path):
            raise OutputError(f"cannot write {safe(path)}: it is there, and is no regular file")
        if not path.parent.is_dir():
            raise OutputError(f"cannot write {safe(path)}: there is no directory {safe(path.parent)}")
    except OSError as error:
        raise OutputError(f"cannot write {safe(path)}: {error.strerror}") from error


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, or raise `OutputError`.

    Only a regular file is replaced: a link, a device or a pipe is not ours to remove, and for root
    ``/dev/stdout`` and ``/dev/null`` would be gone.
    """
    require_target(path)
    try:
        with _written_beside(path, text) as temporary:
            temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {safe(path)}: {error.strerror}") from error


@contextmanager
def _written_beside(path: Path, text: str) -> Iterator[Path]:
    """A file with ``text`` in the folder of ``path``, gone afterwards unless it was moved away."""
    # Exclusively, and under a name that nobody can guess: no link that lies in wait is followed, and what
    # is there already is not ours to remove.
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    file = temporary.open("x", encoding="utf-8")
    try:
        with file:
            file.write(text)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def require_new(path: Path) -> None:
    """Raise `UsageError` where there is something at ``path``, and `OutputError` where no file can be."""
    require_target(path)
    if os.path.lexists(path):
        raise UsageError(
            f"{safe(path)} is there already, and is not overwritten", hint="name another file, or remove it"
        )


def write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all, and in nobody's place; as `require_new` where there is one."""
    require_new(path)
    try:
        with _written_beside(path, text) as temporary:
            # Unlike a renaming, this fails where a file was made meanwhile.
            path.hardlink_to(temporary)
    except OSError as error:
        raise OutputError(f"cannot write {safe(path)}: {error.strerror}") from error


def _may_be_replaced(path: Path) -> bool:
    """Whether ``path`` is a regular file, or nothing yet. Raises `OSError`."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def say(message: str) -> None:
    """A line for a watching person, on standard error; a stream that is gone is nobody watching."""
    try:
        sys.stderr.write(f"{_inert(message)}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def warn(message: str) -> None:
    """A warning for a watching person."""
    say(f"warning: {safe(message)}")


def say_error(error: VerifierError) -> None:
    """What happened, and what the user can do."""
    say(f"error: {safe(error.message, limit=2000)}")
    if error.hint:
        say(f"hint:  {safe(error.hint, limit=2000)}")


def wants_colour(environment: Mapping[str, str], *, no_color: bool) -> bool:
    """Whether standard output takes colour: https://no-color.org, and FORCE_COLOR for pipes."""
    if no_color or environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return sys.stdout.isatty() and environment.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def takes_marks() -> bool:
    """Whether standard output's encoding has the marks that reports use."""
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def require_choice(value: str, known: tuple[str, ...], option: str) -> None:
    """Raise `UsageError` unless ``value`` is one of ``known``."""
    if value not in known:
        raise UsageError(
            f"{option}: {safe(value, limit=60)!r} is not supported", hint=f"known are {', '.join(known)}"
        )
