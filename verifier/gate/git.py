"""Git, asked about a repository whose configuration is not trusted.

A repository's own configuration can make git run any command: transports, filters, hooks, pagers, helpers,
and whatever a later version of git adds (git(1), SECURITY). So git never reads that configuration while it
looks at objects (ADR 20). It gets a directory of its own with the refs and objects of the repository, and
with the few settings that say how they are stored.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from verifier.errors import UnavailableError
from verifier.limits import GIT_BYTES, GIT_CONFIG_BYTES, GIT_SECONDS
from verifier.local_files import read_regular
from verifier.text import safe

# Who asks is trusted: where git and its configuration lie, and what that configuration says of
# safe.directory, which continuous integration also hands over in GIT_CONFIG_COUNT.
_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT", "TMPDIR")
_ALWAYS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    # No protocol, so no transport (git(1), GIT_ALLOW_PROTOCOL), and no fetch of what is missing (git 2.44).
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
_PRIVATE = ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD")
_SHARED = ("objects", "packed-refs", "refs", "shallow", "reftable")
# How objects and refs are stored, and what HEAD@{upstream} and HEAD@{push} mean. None of them names a
# command, a file or an address.
_SETTINGS = re.compile(
    r"(?P<extension>extensions\.(?:objectformat|refstorage))|"
    r"(?P<section>branch|remote|push)\.(?:(?P<subsection>.*)\.)?"
    r"(?P<key>remote|merge|pushremote|fetch|push|pushdefault|default)",
    re.DOTALL,
)
_FORMATS = frozenset({"sha1", "sha256", "files", "reftable"})


class GitError(UnavailableError):
    """Git did not answer."""

    code = "ManifestError"


@dataclass(frozen=True, slots=True)
class Git:
    """Asks git about the objects in the repository of the work tree ``top``. Made by `opened`."""

    top: Path
    environment: Mapping[str, str] = field(repr=False)

    def run(self, *arguments: str) -> bytes | None:
        """Give what git prints; None where it says no. Raises `GitError`."""
        return _run(arguments, self.environment).output


@contextlib.contextmanager
def opened(top: Path, environment: Mapping[str, str]) -> Iterator[Git]:
    """Give git for the work tree ``top``, asked through a directory of our own. Raises `GitError`."""
    kept = {
        name: value for name, value in environment.items() if name in _KEPT or name.startswith("GIT_CONFIG_")
    }
    private, shared = _directories(top, kept)
    try:
        view = Path(tempfile.mkdtemp(prefix="verify-git-"))
    except OSError as error:
        raise GitError(f"cannot make a temporary directory: {safe(error)}") from None
    try:
        own = {name: value for name, value in kept.items() if not name.startswith("GIT_CONFIG_")}
        own |= {
            "HOME": str(view),
            "XDG_CONFIG_HOME": str(view),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_DIR": str(view),
        }
        _fill(view, private, shared, own)
        yield Git(top, own)
    except OSError as error:
        raise GitError(f"git's directory of {safe(top)} cannot be read: {safe(error)}") from None
    finally:
        shutil.rmtree(view, ignore_errors=True)


def _directories(top: Path, environment: Mapping[str, str]) -> tuple[Path, Path]:
    """Where git keeps what belongs to this work tree, and what belongs to all of them.

    Git says so, because only git knows whether it trusts the owner (safe.directory). It looks neither above
    ``top`` nor for a repository without a work tree, which anybody can commit into another one.
    """
    given = {**environment, "GIT_CEILING_DIRECTORIES": str(top.parent)}
    asked = (
        "-C",
        str(top),
        "-c",
        "safe.bareRepository=explicit",
        "rev-parse",
        "--git-dir",
        "--git-common-dir",
    )
    answer = _run(asked, given)
    if answer.output is None:
        if b"dubious ownership" in answer.problem:
            raise GitError(
                f"git does not trust {safe(top)}",
                hint="git config --global --add safe.directory DIRECTORY",
            )
        said = answer.problem.decode("utf-8", "replace").strip()
        raise GitError(f"git cannot use the repository {safe(top)}: {safe(said, limit=300)}")
    lines = answer.output.split(b"\n")
    if len(lines) != 3:
        raise GitError(f"git has a directory with an odd name for {safe(top)}")
    private, shared = (top / os.fsdecode(line) for line in lines[:2])
    return private, shared


def _fill(view: Path, private: Path, shared: Path, environment: Mapping[str, str]) -> None:
    """Make ``view`` a directory of git, as git-new-workdir does: links to refs and objects, an own HEAD."""
    settings = _settings(shared / "config", environment)
    if "refstorage = reftable" in settings and private.resolve() != shared.resolve():
        raise GitError(
            "a linked work tree of a repository with reftable is not supported",
            hint="run it in the main work tree",
        )
    (view / "config").write_text(settings, encoding="utf-8", errors="surrogateescape")
    for name in _PRIVATE:
        _copy(private / name, view / name)
    for name in _SHARED:
        (view / name).symlink_to((shared / name).resolve())
    (view / "logs").mkdir()
    (view / "logs" / "HEAD").symlink_to((private / "logs" / "HEAD").resolve())
    (view / "logs" / "refs").symlink_to((shared / "logs" / "refs").resolve())


def _copy(source: Path, target: Path) -> None:
    # HEAD was a symbolic link once, and git still takes it.
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif os.path.lexists(source):
        target.write_bytes(read_regular(source, GIT_CONFIG_BYTES))


def _settings(path: Path, environment: Mapping[str, str]) -> str:
    """The settings that are taken over, out of the file alone: what it includes is not read."""
    raw = read_regular(path, GIT_CONFIG_BYTES)
    if len(raw) > GIT_CONFIG_BYTES:
        raise GitError(f"{safe(path)} is larger than {GIT_CONFIG_BYTES} bytes")
    answer = _run(("config", "--file", "-", "--no-includes", "--null", "--list"), environment, raw)
    if answer.output is None:
        raise GitError(f"git cannot read {safe(path)}")
    lines = ["[core]", "\trepositoryformatversion = 1", "\tbare = true"]
    for entry in answer.output.split(b"\0"):
        name, _, value = os.fsdecode(entry).partition("\n")
        lines += _setting(name, value)
    return "\n".join(lines) + "\n"


def _setting(name: str, value: str) -> Iterator[str]:
    match = _SETTINGS.fullmatch(name)
    if match is None:
        return
    if match["extension"]:
        # Git has read them already, or it would not have answered before; so they are sound.
        if value.lower() in _FORMATS:
            yield f"[extensions]\n\t{name.partition('.')[2]} = {value.lower()}"
        return
    subsection = match["subsection"]
    yield f"[{match['section']}]" if subsection is None else f"[{match['section']} {_quoted(subsection)}]"
    yield f"\t{match['key']} = {_quoted(value)}"


def _quoted(text: str) -> str:
    # git-config(1), Syntax: a name in quotes takes these two escapes, a value also that of the end of a line.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class _Answer:
    output: bytes | None
    problem: bytes


def _run(arguments: tuple[str, ...], environment: Mapping[str, str], given: bytes = b"") -> _Answer:
    command = ["git", "--no-replace-objects", "--no-optional-locks", "--no-pager", *arguments]
    try:
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            output, status = _output(command, {**environment, **_ALWAYS}, stdin, stderr)
            stderr.seek(0)
            problem = stderr.read(GIT_CONFIG_BYTES)
    except FileNotFoundError:
        raise GitError("there is no git here, which --changed-since needs") from None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(f"git did not answer: {safe(error)}") from None
    return _Answer(output if status == 0 else None, problem)


def _output(
    command: list[str], environment: Mapping[str, str], stdin: IO[bytes], stderr: IO[bytes]
) -> tuple[bytes, int]:
    with subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=environment
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(GIT_SECONDS, end)
        timer.start()
        try:
            output = process.stdout.read(GIT_BYTES + 1) if process.stdout else b""
            if len(output) > GIT_BYTES:
                raise GitError(f"git answered with more than {GIT_BYTES} bytes")
            status = process.wait()
        finally:
            timer.cancel()
            process.kill()
    if late.is_set():
        raise GitError(f"git did not answer within {GIT_SECONDS:.0f} seconds")
    return output, status
