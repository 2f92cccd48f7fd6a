"""Which images a file names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Found:
    """What has been found so far. With a problem nothing is judged; ``unseen`` is what was not looked at."""

    images: list[NamedImage] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    problems: list[ManifestError] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Add what was found elsewhere."""
        self.built += other.built
        self.unreadable += other.unreadable
        for problem in other.problems:
            self.problem(problem)
        for unseen in other.unseen:
            self.not_seen(unseen)
        for image in other.images:
            self._keep(image)

    def problem(self, error: ManifestError) -> None:
        """Note a problem; of very many only the first, which are as good a reason."""
        if len(self.problems) < GATE_SAID:
            self.problems.append(error)

    def not_seen(self, what: str) -> None:
        """Note that something was not looked at; of very many the first, and that there are more."""
        if len(self.unseen) < GATE_SAID:
            self.unseen.append(what)
        elif len(self.unseen) == GATE_SAID:
            self.unseen.append("more than can be told: look at less at once")

    def _keep(self, image: NamedImage) -> None:
        if len(self.images) < GATE_IMAGES:
            self.images.append(image)
        else:
            self.problem(ManifestError(f"more than {GATE_IMAGES} images", hint="judge fewer at once"))

    def wrong(self, source: Source, index: int, message: str, *, hint: str | None = None) -> None:
        """Note a problem at a place."""
        self.problem(ManifestError(f"{source.place(index)}: {message}", hint=hint))

    def overlooked(self, source: Source, index: int, message: str) -> None:
        """Note that something was not looked at."""
        line, _ = source.position(index)
        self.not_seen(f"{safe(source.name)}:{line}: {message}")

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
