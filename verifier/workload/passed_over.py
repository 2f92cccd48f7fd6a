"""What is said of files that are not read: what they are, and whether something like an image is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from verifier.limits import GATE_HIDDEN_ENTRIES, GATE_OTHER_BYTES, GATE_OTHERS_BYTES
from verifier.local_files import read_regular
from verifier.text import safe
from verifier.workload.interface import Note
from verifier.workload.likeness import holds_image, starts_images
from verifier.workload.names import Form, form_of
from verifier.workload.others import Program, program_in, program_of
from verifier.workload.source import Source

_RENDER = "judge what is deployed, for example: helm template CHART | verify gate -; or --exclude it"
_JUDGE = "judge what it deploys, as manifests or a list of images; or --exclude it"
_SCRIPTS = frozenset({"a script", "a unit of systemd"})


class PassedOver:
    """Looks into files of other programs, within a bound: beyond it, whatever may hold an image does."""

    def __init__(self) -> None:
        self._left = GATE_OTHERS_BYTES

    def note(self, path: Path, what: str | None = None) -> Note | None:
        """What to say of a file that is not read: nothing of one that no program is known for.

        ``what`` is why it is not read, where that is known.
        """
        program = program_of(str(path))
        if program is None and what is None:
            return None
        name = what or f"for {program.name if program else 'another program'}, which is not read"
        if path.is_symlink():
            return Note(path=str(path), message=f"{name}; a link, which is not followed")
        try:
            text = self._text(path)
        except OSError as error:
            return _note(path, f"{name}; it cannot be read: {safe(error.strerror)}", program, image_like=True)
        image_like = text is None or _is_image_like(path, program, text)
        if what is None and program is not None and not program.always and not image_like:
            return None
        return _note(path, name, program, image_like=image_like)

    def hidden(self, directory: Path) -> Iterator[Note]:
        """Notes of what may run images in a hidden directory, which is not read, and below it."""
        seen = 0
        for folder, directories, names in os.walk(directory):
            directories[:] = sorted(set(directories) - {".git", "node_modules"})
            for name in sorted(names):
                seen += 1
                if seen > GATE_HIDDEN_ENTRIES:
                    more = "hidden, with more files than are looked at"
                    yield Note(path=str(directory), message=more, may_deploy=True)
                    return
                yield from self._hidden(Path(folder, name))

    def _hidden(self, path: Path) -> Iterator[Note]:
        program = program_of(str(path))
        if program is None and form_of(path.name) is Form.UNKNOWN:
            return
        what = "hidden" if program is None else f"for {program.name}, which is not read"
        note = self.note(path, what)
        if note is not None and (note.image_like or (program is not None and program.always)):
            yield note

    def _text(self, path: Path) -> str | None:
        """The text of a file; None where it is too large, or too much was read, to look into it."""
        if self._left <= 0:
            return None
        raw = read_regular(path, GATE_OTHER_BYTES)
        self._left -= len(raw)
        return None if len(raw) > GATE_OTHER_BYTES else raw.decode("utf-8", "replace")


def other_data(source: Source, what: str, *, line: int | None = None, column: int | None = None) -> Note:
    """What to say of YAML or JSON that is none of ours; ``what`` is why, where its program is not known."""
    text = source.text
    if len(text) > GATE_OTHER_BYTES:
        return Note(path=source.name, line=line, message=what, image_like=True, may_deploy=True)
    program = program_of(source.name) or program_in(text)
    is_template = "{{" in text and line is not None and column is not None
    image_like = is_template or holds_image(text)
    if program is not None and (program.always or image_like):
        return _note(
            Path(source.name),
            f"for {program.name}, which is not read",
            program,
            image_like=image_like,
            line=line,
        )
    message = f"a template that is not rendered, or no YAML: {what}" if is_template else what
    hint = _RENDER if is_template else None
    return Note(
        path=source.name,
        line=line,
        column=column,
        message=message,
        hint=hint,
        image_like=image_like,
        may_deploy=image_like,
    )


def _is_image_like(path: Path, program: Program | None, text: str) -> bool:
    if form_of(path.name) is Form.LIST:
        return bool(text.strip())
    return starts_images(text) if program is not None and program.name in _SCRIPTS else holds_image(text)


def _note(
    path: Path, message: str, program: Program | None, *, image_like: bool, line: int | None = None
) -> Note:
    may_deploy = image_like or (program is not None and program.always)
    hint = _JUDGE if may_deploy else None
    return Note(
        path=str(path), line=line, message=message, hint=hint, image_like=image_like, may_deploy=may_deploy
    )
