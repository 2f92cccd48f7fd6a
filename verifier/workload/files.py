"""The files that are read: those that were named, and those below directories that were named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from verifier.errors import ManifestError
from verifier.limits import GATE_ENTRIES, GATE_FILE_BYTES, GATE_FILES, GATE_TOTAL_BYTES
from verifier.local_files import read_regular
from verifier.text import safe
from verifier.workload.interface import Note, Notes
from verifier.workload.names import Form, form_of
from verifier.workload.others import program_of
from verifier.workload.passed_over import PassedOver

_PASSED_OVER = {
    ".git": "the repository of git",
    "node_modules": "packages of others",
    ".terraform": "what Terraform has fetched",
}
_RENDER = "helm template CHART | verify gate -; --exclude leaves charts out"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file to be read. ``root`` is the directory that it must not lead out of; ``given``: named itself."""

    path: Path
    form: Form
    root: Path
    given: bool


@dataclass(slots=True)
class Search:
    """The files found, and what was passed over."""

    files: list[NamedFile] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    problems: list[ManifestError] = field(default_factory=list)
    _entries: int = 0
    _others: PassedOver = field(default_factory=PassedOver)

    def add(self, path: Path, exclude: Sequence[str]) -> None:
        """Add the file ``path``, or the files below it. What is wrong is noted in ``problems``."""
        with self._noting(path):
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                self._directory(path, path, path.resolve(strict=True), exclude)
            elif stat.S_ISREG(mode):
                self._file(path, path.resolve(strict=True).parent, form_of(path.name), given=True)
            else:
                self._wrong(path, "neither a file nor a directory")

    def _directory(self, directory: Path, top: Path, root: Path, exclude: Sequence[str]) -> None:
        """In the order of names. Links to directories are not followed: what is inside is found there."""
        names = sorted(os.listdir(directory))  # noqa: PTH208 - names alone
        if "Chart.yaml" in names:
            self._wrong(directory, "a Helm chart: what it deploys is known when it is rendered", hint=_RENDER)
            return
        for name in names:
            path = directory / name
            self._entries += 1
            if self._entries > GATE_ENTRIES:
                hint = "name the directories that hold manifests"
                raise ManifestError(f"{safe(top)}: more than {GATE_ENTRIES} files", hint=hint)
            with self._noting(path):
                self._entry(path, top, root, exclude)

    def _entry(self, path: Path, top: Path, root: Path, exclude: Sequence[str]) -> None:
        mode = path.lstat().st_mode
        form = form_of(path.name)
        leads_to_directory = stat.S_ISLNK(mode) and path.is_dir()
        is_other = form is Form.UNKNOWN and not stat.S_ISDIR(mode) and not leads_to_directory
        if is_other and program_of(str(path)) is None:
            return
        if _is_excluded(path, top, exclude):
            self._pass_over(path, "excluded")
        elif is_other:
            self._keep(self._others.note(path))
        elif stat.S_ISDIR(mode):
            self._inside(path, top, root, exclude)
        elif not path.resolve(strict=True).is_relative_to(root):
            self._wrong(path, "a link that leads out of the directory")
        elif leads_to_directory:
            self._linked(path, root)
        elif path.name.startswith(".") and form is not Form.DATA:
            self._keep(self._others.note(path, "hidden"))
        elif not stat.S_ISREG(path.stat().st_mode):
            self._wrong(path, "not a regular file")
        else:
            self._file(path, root, form, given=False)

    def _inside(self, path: Path, top: Path, root: Path, exclude: Sequence[str]) -> None:
        """A directory in another one."""
        if path.name in _PASSED_OVER:
            self._pass_over(path, _PASSED_OVER[path.name])
        elif path.name.startswith("."):
            self._pass_over(path, "hidden")
            for note in self._others.hidden(path):
                if not _is_excluded(Path(note.path), top, exclude):
                    self._keep(note)
        else:
            self._directory(path, top, root, exclude)

    def _linked(self, path: Path, root: Path) -> None:
        """A link to a directory inside, which is found there unless that is passed over."""
        parts = path.resolve(strict=True).relative_to(root).parts
        if not any(part.startswith(".") or part in _PASSED_OVER for part in parts):
            return
        if path.name.startswith("."):
            self._pass_over(path, "hidden")
        else:
            self._wrong(path, "a link to a directory that is passed over")

    @contextmanager
    def _noting(self, path: Path) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:  # the latter is a loop of links, before Python 3.13
            reason = error.strerror if isinstance(error, OSError) else "a loop of links"
            self._wrong(path, f"cannot be read: {reason}")

    def _file(self, path: Path, root: Path, form: Form, *, given: bool) -> None:
        if len(self.files) >= GATE_FILES:
            raise ManifestError(f"more than {GATE_FILES} files to read", hint="name fewer at once")
        self.files.append(NamedFile(path, form, root, given))

    def _keep(self, note: Note | None) -> None:
        if note is not None:
            self.notes.add(note)

    def _pass_over(self, path: Path, why: str) -> None:
        self.notes.add(Note(path=str(path), message=why))

    def _wrong(self, path: Path, message: str, *, hint: str | None = None) -> None:
        self.problems.append(ManifestError(f"{safe(path)}: {message}", hint=hint))


def _is_excluded(path: Path, top: Path, exclude: Sequence[str]) -> bool:
    return any(fnmatchcase(path.relative_to(top).as_posix(), pattern) for pattern in exclude)


class Budget:
    """How many bytes may still be read."""

    def __init__(self) -> None:
        self._left = GATE_TOTAL_BYTES

    def read(self, file: NamedFile) -> bytes:
        """The bytes of a regular file, or raise `ManifestError`; whatever is at its path by now."""
        try:
            raw = read_regular(file.path, GATE_FILE_BYTES)
        except OSError as error:
            raise ManifestError(f"{safe(file.path)}: cannot be read: {error.strerror}") from None
        self._left -= len(raw)
        if self._left < 0:
            raise ManifestError(
                f"{safe(file.path)}: with it, more than {GATE_TOTAL_BYTES} bytes are to be read"
            )
        return raw
