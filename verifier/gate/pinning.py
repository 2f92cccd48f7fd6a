"""The digest that was verified, written behind the tag in the files that name the image.

By position in the text, so that tags, comments, quotes and formatting stay; then the new text is read again
and must name the same images, pinned.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from verifier.errors import ManifestError, UsageError
from verifier.limits import GATE_FILE_BYTES
from verifier.local_files import read_regular
from verifier.model.digest import Digest
from verifier.text import safe
from verifier.workload.interface import NamedImage, UnsetVariableError
from verifier.workload.names import form_of
from verifier.workload.reading import Readers
from verifier.workload.source import STDIN, Source


class FileChangedError(UsageError):
    """A file is not any more what was read, or cannot be written."""

    code = "ManifestError"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file with its new text; ``lines`` are the numbers of those that differ, from 0."""

    source: Source
    text: str
    lines: tuple[int, ...]


def without_place(images: Iterable[NamedImage]) -> Iterator[NamedImage]:
    """The images that no digest can be written behind."""
    return (image for image in images if image.span is None or image.span.source.name == STDIN)


def pin(images: Iterable[tuple[NamedImage, Digest]], readers: Readers) -> tuple[Pinned, ...]:
    """The files in which these images are pinned to these digests.

    Raises `ManifestError` where a changed file would not name what it is meant to: then none is to be used.
    """
    by_source: dict[Source, dict[int, str]] = {}
    for image, digest in images:
        if image.span is not None and image.span.source.name != STDIN:
            by_source.setdefault(image.span.source, {})[image.span.end] = f"@{digest}"
    return tuple(_pinned(source, insertions, readers) for source, insertions in by_source.items())


def _pinned(source: Source, insertions: Mapping[int, str], readers: Readers) -> Pinned:
    pieces, last = [], 0
    for end in sorted(insertions):
        pieces += [source.text[last:end], insertions[end]]
        last = end
    text = "".join(pieces) + source.text[last:]
    expected = [
        (image.reference + (insertions.get(image.span.end, "") if image.span else ""), *_where(image))
        for image in _named(source, readers)
    ]
    if [
        (image.reference, *_where(image)) for image in _named(Source.of(source.name, text), readers)
    ] != expected:
        raise ManifestError(f"{safe(source.name)} cannot be changed: it would not name the same images")
    return Pinned(source, text, tuple(sorted({source.position(end)[0] - 1 for end in insertions})))


def _where(image: NamedImage) -> tuple[str, str, int]:
    return image.location.object, image.location.field, image.location.line


def _named(source: Source, readers: Readers) -> list[NamedImage]:
    found = readers.read(source, form_of(source.name), given=False)
    # Variables may have values in a file that builds from this one.
    problems = [each for each in found.problems if not isinstance(each, UnsetVariableError)]
    if problems:
        raise problems[0]
    return [image for image in found.images if image.location.file == source.name]


def write(files: Sequence[Pinned]) -> None:
    """Write every file whole, or none: all are ready before the first takes its place.

    Raises `FileChangedError`, also where one was changed since it was read.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for file in files:
            ready.append(_prepare(file))  # noqa: PERF401 - those before a failure are to be removed
        for temporary, path in ready:
            temporary.replace(path)
    except OSError as error:
        raise FileChangedError(f"cannot write {safe(error.filename)}: {error.strerror}") from error
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _prepare(file: Pinned) -> tuple[Path, Path]:
    # What a link leads to is changed, not the link.
    path = Path(file.source.name).resolve(strict=True)
    if read_regular(path, GATE_FILE_BYTES) != file.source.text.encode():
        raise FileChangedError(f"{safe(file.source.name)} was changed meanwhile, and is left alone")
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.text.encode())
            os.fchmod(stream.fileno(), stat.S_IMODE(path.stat().st_mode))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, path
