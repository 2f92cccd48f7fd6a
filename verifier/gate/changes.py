"""Which images are named otherwise than at a revision in git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from verifier.errors import ManifestError, UnavailableError, UsageError
from verifier.limits import GATE_FILE_BYTES, GIT_BYTES, GIT_SECONDS
from verifier.text import safe
from verifier.workload.compose import ComposeReader
from verifier.workload.compose_files import ComposeFiles
from verifier.workload.interface import Built, Found, NamedImage
from verifier.workload.reading import Readers, form_of
from verifier.workload.source import Source

_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT")


class GitError(UnavailableError):
    """Git did not answer."""

    code = "ManifestError"


@dataclass(frozen=True, slots=True)
class Git:
    """Asks git about the work tree ``top``, by names of objects alone: no filter, hook or pager is run."""

    top: Path
    environment: Mapping[str, str] = field(repr=False)

    def run(self, *arguments: str) -> bytes | None:
        """What git prints; None where it says no. Raises `GitError`."""
        kept = {
            name: value
            for name, value in self.environment.items()
            if name in _KEPT or name.startswith("GIT_CONFIG_")
        }
        command = ["git", "--no-replace-objects", "--no-optional-locks", "-C", str(self.top), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
                command,
                check=False,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=GIT_SECONDS,
                env={**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            )
        except FileNotFoundError:
            raise GitError("there is no git here, which --changed-since needs") from None
        except (OSError, subprocess.SubprocessError) as error:
            raise GitError(f"git did not answer: {safe(error)}") from None
        if len(done.stdout) > GIT_BYTES:
            raise GitError(f"git answered with more than {GIT_BYTES} bytes")
        if done.returncode != 0 and b"dubious ownership" in done.stderr:
            raise GitError(
                f"git does not trust {safe(self.top)}",
                hint="git config --global --add safe.directory DIRECTORY",
            )
        return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class GitTree:
    """See `verifier.workload.trees.Tree`: the files at a revision; ``blobs`` by path below the work tree."""

    git: Git
    blobs: Mapping[bytes, str] = field(repr=False)

    @classmethod
    def at(cls, git: Git, revision: str) -> GitTree:
        """The files at ``revision``, or `UsageError` where there is none of that name."""
        commit = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if commit is None:
            raise UsageError(
                f"--changed-since: there is no commit {safe(revision, limit=100)!r} in {safe(git.top)}",
                hint="a shallow clone lacks the commits before it: fetch-depth: 0, or git fetch",
            )
        listing = git.run("ls-tree", "-r", "-z", "--full-tree", commit.decode("ascii").strip(), "--")
        if listing is None:
            raise GitError(f"git cannot list {safe(revision, limit=100)!r}")
        blobs: dict[bytes, str] = {}
        for entry in listing.split(b"\0"):
            facts, _, path = entry.partition(b"\t")
            mode, _, rest = facts.partition(b" ")
            # Links, and repositories inside this one, have no text of their own.
            if mode in {b"100644", b"100755"}:
                blobs[path] = rest.split(b" ")[1].decode("ascii")
        return cls(git, blobs)

    def read(self, path: Path) -> bytes | None:
        """See `Tree.read`."""
        # The folder's own place, not what the file is by now: it may have become a link.
        real = path.parent.resolve() / path.name
        if not real.is_relative_to(self.git.top):
            return None
        blob = self.blobs.get(bytes(real.relative_to(self.git.top)))
        raw = None if blob is None else self.git.run("cat-file", "blob", blob)
        if raw is not None and len(raw) > GATE_FILE_BYTES:
            raise ManifestError(f"{safe(path)} was larger than {GATE_FILE_BYTES} bytes")
        return raw


Named = TypeVar("Named", NamedImage, Built)


def work_tree_of(path: Path) -> Path | None:
    """The root of the work tree of git that the directory ``path`` is in."""
    path = path.resolve()
    return next((each for each in (path, *path.parents) if os.path.lexists(each / ".git")), None)


@dataclass(frozen=True, slots=True)
class Then:
    """What the files named at a revision."""

    known: frozenset[tuple[str, ...]] = field(repr=False)

    def split(self, named: Sequence[Named]) -> tuple[list[Named], list[Named]]:
        """Those that are named otherwise now, and those that are named alike at the same place."""
        changed = [each for each in named if _key(each) not in self.known]
        return changed, [each for each in named if _key(each) in self.known]


def named_then(found: Found, revision: str, readers: Readers, environment: Mapping[str, str]) -> Then:
    """What the files of ``found`` named at ``revision``. Raises `UsageError` where there is no such commit.

    Where a file of then cannot be read, or leads to files that git does not keep, all of it has changed.
    """
    files = dict.fromkeys(each.location.file for each in _all(found))
    tops = {name: work_tree_of(Path(name).parent) for name in files}
    trees = {top: GitTree.at(Git(top, environment), revision) for top in set(tops.values()) if top}
    if not trees:
        raise UsageError(
            "--changed-since: none of the files is in a repository of git",
            hint="leave the option out: then everything is judged",
        )
    known: set[tuple[str, ...]] = set()
    for name, top in tops.items():
        if top is not None:
            then = _read(name, trees[top], readers)
            known |= {_key(each) for each in _all(then)}
    return Then(frozenset(known))


def _all(found: Found) -> Iterator[NamedImage | Built]:
    yield from found.images
    yield from found.built


def _key(named: NamedImage | Built) -> tuple[str, ...]:
    at = named.location
    # On another platform another image of the index runs.
    what = (named.reference, *map(str, named.platforms)) if isinstance(named, NamedImage) else ("",)
    return at.file, at.object, at.field, *what


def _read(name: str, tree: GitTree, readers: Readers) -> Found:
    given = readers.compose.files
    compose = ComposeReader(ComposeFiles(tree, given.given, given.env_files))
    then = replace(readers, compose=compose, tree=tree)
    try:
        raw = tree.read(Path(name))
        found = Found() if raw is None else then.read(Source.decode(name, raw), form_of(name), given=True)
    except ManifestError:
        return Found()
    return Found() if found.problems else found
