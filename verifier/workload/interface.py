"""Which images a file names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from verifier.errors import ManifestError
from verifier.limits import GATE_IMAGES, GATE_SAID
from verifier.model.platform import Platform
from verifier.model.report import Location
from verifier.text import safe
from verifier.workload.nodes import Kind, Scalar
from verifier.workload.references import require_resolved
from verifier.workload.source import Source


class SyntaxProblemError(ManifestError):
    """A file is not of the format that its name says."""

    code = "ManifestError"


class UnsetVariableError(ManifestError):
    """A file says what it names by a variable that has no value."""

    code = "ManifestError"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a reference stands, letter by letter: ``source.text[start:end]``."""

    source: Source
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image that a file names.

    ``reference`` can be parsed. ``platforms`` are those that the file says it runs on; empty where it does
    not say. ``span`` is None where no digest can be put behind the reference: it is put together from
    variables, or written with escapes.
    """

    reference: str
    location: Location
    platforms: tuple[Platform, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A service whose image is built where the file is used: there is none to judge. ``name`` says which."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object of a cluster that is there, and of which it cannot be said what runs. ``name`` says which."""

    name: str
    location: Location
    error: ManifestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that was not judged: a file, or what stands in one at ``line``.

    ``was_read``: the rest of the file was. ``image_like``: something like an image is in it, or it brings
    images in from elsewhere. ``may_deploy``: it is for a program that may run images.
    """

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    image_like: bool = False
    may_deploy: bool = False
    was_read: bool = False

    def __str__(self) -> str:
        place = [safe(self.path), *(str(number) for number in (self.line, self.column) if number is not None)]
        return f"{':'.join(place)}: {self.message}"


@dataclass(slots=True)
class Notes:
    """What was not judged; of very many the first, those with something like an image apart from others."""

    kept: list[Note] = field(default_factory=list)
    _counts: Counter[bool] = field(default_factory=Counter)

    def add(self, note: Note) -> None:
        """Keep a note, or say once that there are more."""
        self._counts[note.image_like] += 1
        count = self._counts[note.image_like]
        if count <= GATE_SAID:
            self.kept.append(note)
        elif count == GATE_SAID + 1:
            more = "there are more of these than can be told: look at less at once"
            self.kept.append(replace(note, message=more, line=None, hint=None))


@dataclass(slots=True)
class Found:
    """What has been found so far. With a problem nothing is judged; ``notes`` say what is not judged.

    ``followed`` are the Dockerfiles that other files build from, and say how.
    """

    images: list[NamedImage] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    problems: list[ManifestError] = field(default_factory=list)
    followed: set[Path] = field(default_factory=set)

    @property
    def unseen(self) -> list[str]:
        """The notes in words."""
        return [str(note) for note in self.notes.kept]

    def add(self, other: Found) -> None:
        """Add what was found elsewhere."""
        self.built += other.built
        self.unreadable += other.unreadable
        self.followed |= other.followed
        for problem in other.problems:
            self.problem(problem)
        for note in other.notes.kept:
            self.notes.add(note)
        for image in other.images:
            self._keep(image)

    def problem(self, error: ManifestError) -> None:
        """Note a problem; of very many only the first, which are as good a reason."""
        if len(self.problems) < GATE_SAID:
            self.problems.append(error)

    def _keep(self, image: NamedImage) -> None:
        if len(self.images) < GATE_IMAGES:
            self.images.append(image)
        else:
            self.problem(ManifestError(f"more than {GATE_IMAGES} images", hint="judge fewer at once"))

    def wrong(self, source: Source, index: int, message: str, *, hint: str | None = None) -> None:
        """Note a problem at a place."""
        self.problem(ManifestError(f"{source.place(index)}: {message}", hint=hint))

    def overlooked(self, source: Source, index: int, message: str, *, image_like: bool = False) -> None:
        """Note that something was not looked at, which may bring in images."""
        line, _ = source.position(index)
        self.notes.add(
            Note(path=source.name, line=line, message=message, image_like=image_like, may_deploy=image_like)
        )

    def doubtful(self, source: Source, index: int, message: str) -> None:
        """Note something that may be an image, in what was read."""
        line, _ = source.position(index)
        self.notes.add(
            Note(
                path=source.name, line=line, message=message, image_like=True, may_deploy=True, was_read=True
            )
        )

    def image(
        self, source: Source, scalar: Scalar, object_: str, path: str, platforms: Iterable[Platform] = ()
    ) -> None:
        """Note the image that ``scalar`` names, or what is wrong with it."""
        if scalar.kind is not Kind.TEXT:
            what = f"is {scalar.kind.value}" if scalar.kind is Kind.OTHER else "is empty"
            hint = "put it in quotes" if scalar.kind is Kind.OTHER else None
            self.wrong(source, scalar.start, f"the image of {_at(object_, path)} {what}", hint=hint)
            return
        span = None
        if scalar.inner is not None:
            span = Span(source, scalar.inner, scalar.inner + len(scalar.text))
        self.named(source, scalar.start, scalar.text, object_, path, platforms, span)

    def named(
        self,
        source: Source,
        index: int,
        text: str,
        object_: str,
        path: str,
        platforms: Iterable[Platform] = (),
        span: Span | None = None,
        *,
        layouts: bool = False,
    ) -> None:
        """Note the image ``text``, or what is wrong with it; ``layouts``: it may be one on disk."""
        try:
            reference = require_resolved(text, layouts=layouts)
        except ManifestError as error:
            at = _at(object_, path)
            self.wrong(source, index, f"{at}: {error.message}" if at else error.message, hint=error.hint)
            return
        line, column = source.position(index)
        location = Location(source.name, line, column, object_, path)
        self._keep(NamedImage(reference, location, tuple(platforms), span))


def _at(object_: str, path: str) -> str:
    return safe(" ".join(part for part in (object_, path) if part), limit=300)


class Reader(Protocol):
    """Reads files of one kind.

    What is wrong with a file is noted in ``found``, never raised; a file of which not everything could be
    read has a problem.
    """

    def read(self, source: Source, found: Found) -> None:
        """Note every image that ``source`` names."""
        ...
