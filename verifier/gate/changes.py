"""Which images are named otherwise than at a revision in git."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from verifier.errors import ManifestError, UsageError
from verifier.gate.git import Git, GitError, opened
from verifier.limits import GATE_FILE_BYTES
from verifier.text import safe
from verifier.workload.compose import ComposeReader
from verifier.workload.interface import Built, Found, NamedImage
from verifier.workload.names import form_of
from verifier.workload.reading import Readers
from verifier.workload.source import Source
from verifier.workload.trees import BoundedTree


@dataclass(frozen=True, slots=True)
class GitTree:
    """See `verifier.workload.trees.Tree`: the files at a revision; ``blobs`` by path below the work tree.

    ``missing`` gathers those that a partial clone, or a damaged one, does not hold.
    """

    git: Git
    blobs: Mapping[bytes, str] = field(repr=False)
    missing: dict[str, None] = field(default_factory=dict, repr=False)

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
            raise GitError(
                f"git cannot list the files at {safe(revision, limit=100)!r}: some of it is not here",
                hint="verify lets git fetch nothing; in a partial clone, git ls-tree -r REVISION does",
            )
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
        if blob is None:
            return None
        size = self.git.run("cat-file", "-s", blob)
        if size is not None and int(size) > GATE_FILE_BYTES:
            raise ManifestError(f"{safe(path)} was larger than {GATE_FILE_BYTES} bytes")
        raw = self.git.run("cat-file", "blob", blob)
        if raw is None:
            self.missing[str(path)] = None
            raise ManifestError(f"git does not have {safe(path)} as it was")
        return raw


Named = TypeVar("Named", NamedImage, Built)


def work_tree_of(path: Path) -> Path | None:
    """The root of the work tree of git that the directory ``path`` is in."""
    path = path.resolve()
    return next((each for each in (path, *path.parents) if os.path.lexists(each / ".git")), None)


@dataclass(frozen=True, slots=True)
class Then:
    """What the files named at a revision. ``missing`` are files that git lists and does not hold."""

    known: frozenset[tuple[str, ...]] = field(repr=False)
    missing: tuple[str, ...] = ()

    def split(self, named: Sequence[Named]) -> tuple[list[Named], list[Named]]:
        """Those that are named otherwise now, and those that are named alike at the same place."""
        changed = [each for each in named if _key(each) not in self.known]
        return changed, [each for each in named if _key(each) in self.known]


def named_then(found: Found, revision: str, readers: Readers, environment: Mapping[str, str]) -> Then:
    """What the files of ``found`` named at ``revision``.

    Where a file of then cannot be read, or leads to files that git does not keep, all of it has changed.
    Raises `UsageError` where there is no such commit, and `GitError`.
    """
    files = dict.fromkeys(each.location.file for each in _all(found))
    tops = {name: work_tree_of(Path(name).parent) for name in files}
    if not any(tops.values()):
        raise UsageError(
            "--changed-since: none of the files is in a repository of git",
            hint="leave the option out: then everything is judged",
        )
    known: set[tuple[str, ...]] = set()
    missing: dict[str, None] = {}
    for top in {top for top in tops.values() if top is not None}:
        with opened(top, environment) as git:
            tree = GitTree.at(git, revision)
            for name in (name for name, its in tops.items() if its == top):
                known |= {_key(each) for each in _all(_read(name, tree, readers))}
            missing |= tree.missing
    return Then(frozenset(known), tuple(missing))


def _all(found: Found) -> Iterator[NamedImage | Built]:
    yield from found.images
    yield from found.built


def _key(named: NamedImage | Built) -> tuple[str, ...]:
    at = named.location
    # On another platform another image of the index runs.
    what = (named.reference, *map(str, named.platforms)) if isinstance(named, NamedImage) else ("",)
    return at.file, at.object, at.field, *what


def _read(name: str, tree: GitTree, readers: Readers) -> Found:
    of_then = BoundedTree(tree)
    files = replace(readers.compose.files, tree=of_then)
    builds = replace(readers.compose.builds, tree=of_then)
    then = replace(readers, compose=ComposeReader(files, builds), tree=tree)
    try:
        raw = tree.read(Path(name))
        found = Found() if raw is None else then.read(Source.decode(name, raw), form_of(name), given=True)
    except ManifestError:
        return Found()
    return Found() if found.problems else found
