"""Which images are named otherwise than at a revision in git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from verifier.errors import ManifestError, UnavailableError, UsageError
from verifier.limits import GATE_FILE_BYTES, GIT_BYTES, GIT_SECONDS
from verifier.text import safe
from verifier.workload.compose import ComposeReader
from verifier.workload.compose_files import ComposeFiles
from verifier.workload.interface import Found, NamedImage
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


def unchanged(images: Sequence[NamedImage], tree: GitTree, readers: Readers) -> set[NamedImage]:
    """The images that the same field of the same object in the same file named at the revision.

    Where a file of then cannot be read, or leads to files that git does not keep, all of it has changed.
    """
    compose = readers.compose.files
    then = replace(
        readers,
        compose=ComposeReader(ComposeFiles(tree, compose.given, compose.env_files)),
        tree=tree,
    )
    known = {
        _key(image)
        for name in dict.fromkeys(image.location.file for image in images)
        for image in _then(name, tree, then).images
    }
    return {image for image in images if _key(image) in known}


def _key(image: NamedImage) -> tuple[str, str, str, str]:
    return image.location.file, image.location.object, image.location.field, image.reference


def _then(name: str, tree: GitTree, readers: Readers) -> Found:
    try:
        raw = tree.read(Path(name))
        if raw is None:
            return Found()
        found = readers.read(Source.decode(name, raw), form_of(name), given=True)
    except ManifestError:
        return Found()
    return Found() if found.problems else found
