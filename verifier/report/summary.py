"""The table above a report on files: every image in a line, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from verifier.model.finding import Verdict
from verifier.report.view import LONG, Document
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.report.text_report import Style

_COLOURS = {"pass": "green", "unavailable": "yellow"}
_PLACES = 20  # of one image that are told one by one


def names_places(document: Document) -> bool:
    """Whether the report is on images that files name."""
    return any(image.get("namedAt") for image in document["images"])


def worst_first(images: Sequence[Document]) -> list[Document]:
    """The images, those with the worst verdict first, otherwise as they stand."""
    return sorted(images, key=lambda image: -Verdict[image["verdict"].upper()])


def summary(style: Style, document: Document) -> Iterator[str]:
    """How many came out how, and the table."""
    images = document["images"]
    counts = Counter(image["verdict"] for image in images)
    ordered = sorted(counts, key=lambda name: -Verdict[name.upper()])
    said = ", ".join(f"{counts[name]} {name}" for name in ordered)
    yield f"{_painted(style, document['verdict'], 'bold ')}  {len(images)} images: {said}"
    yield ""
    width = max(len(image["verdict"]) for image in images)
    names = [style.shown(safe(image["reference"], limit=LONG)) for image in images]
    room = min(max(map(len, names)), max(20, style.width // 2))
    for image in worst_first(images):
        name = style.shown(safe(image["reference"], limit=LONG))
        verdict = _painted(style, image["verdict"]) + " " * (width - len(image["verdict"]))
        yield f"  {verdict}  {name:<{room}}  {_where(style, image)}".rstrip()
    yield ""


def places(style: Style, image: Document) -> Iterator[str]:
    """Where files name an image."""
    named = image.get("namedAt", [])
    shown = named if style.verbosity > 0 else named[:_PLACES]
    for number, location in enumerate(shown):
        yield from style.wrap(
            "  named at   " if number == 0 else "             ", _place(location, full=True)
        )
    if len(shown) < len(named):
        yield f"             and {len(named) - len(shown)} more places: -v lists them"


def _painted(style: Style, verdict: str, more: str = "") -> str:
    return style.paint(verdict.upper(), more + _COLOURS.get(verdict, "red"))


def _where(style: Style, image: Document) -> str:
    named = image.get("namedAt", [])
    if not named:
        return ""
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return style.shown(_place(named[0], full=False) + more)


def _place(location: Document, *, full: bool) -> str:
    place = f"{location['file']}:{location['line']}" + (f":{location['column']}" if full else "")
    parts = (place, location["object"], location["field"] if full else "")
    return safe(" ".join(part for part in parts if part), limit=LONG)
