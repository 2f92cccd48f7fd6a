"""The table above a report on files: every image in a line, the worst first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from verifier.model.finding import Verdict
from verifier.report.view import LONG, Document
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.report.text_report import Style

_COLOURS = {"pass": "green", "unavailable": "yellow"}
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_PLACES = 20  # of one image that are told one by one


def names_places(document: Document) -> bool:
    """Whether the report is on images that files name."""
    return any(image.get("namedAt") for image in document["images"])


def worst_first(images: Sequence[Document]) -> list[Document]:
    """The images, those with the worst verdict first, otherwise as they stand."""
    return sorted(images, key=lambda image: -Verdict[image["verdict"].upper()])


def shown_in_full(images: Sequence[Document], verbosity: int) -> list[Document]:
    """The images that more is to be said of than a line: those that are no plain pass, or all."""
    if verbosity < 0:
        return []
    return [image for image in worst_first(images) if verbosity > 0 or not _is_plain(image)]


def _is_plain(image: Document) -> bool:
    return image["verdict"] == "pass" and not _has_waived(image)


def _has_waived(image: Document) -> bool:
    checks = [*image["checks"], *(check for each in image["platforms"] for check in each["checks"])]
    return any(check["outcome"] == "waived" for check in checks)


def summary(style: Style, document: Document) -> Iterator[str]:
    """How many came out how, and the table."""
    images = document["images"]
    counts = Counter(image["verdict"] for image in images)
    ordered = sorted(counts, key=lambda name: -Verdict[name.upper()])
    said = ", ".join(f"{counts[name]} {name}" for name in ordered)
    if waived := sum(image["verdict"] == "pass" and _has_waived(image) for image in images):
        said += f" ({waived} with accepted failures)"
    yield f"{_painted(style, document['verdict'], 'bold ')}  {_images(len(images))}: {said}"
    if style.verbosity < 0:
        return
    yield ""
    width = max(len(image["verdict"]) for image in images)
    room = min(max(len(_name(style, image)) for image in images), max(20, style.width // 2))
    for image in worst_first(images):
        name = _name(style, image)
        verdict = _painted(style, image["verdict"]) + " " * (width - len(image["verdict"]))
        yield f"  {verdict}  {name:<{room}}  {_where(style, image)}".rstrip()
    yield ""
    if tags := sum(_is_named_by_tag(image) for image in images):
        yield from style.wrap("by tag     ", f"{_images(tags)} without a digest; --write pins what passed")
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


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"


def _is_named_by_tag(image: Document) -> bool:
    return any(check["rule"] == "digest" and check["outcome"] == "warn" for check in image["checks"])


def _name(style: Style, image: Document) -> str:
    """The reference, a digest in it cut."""
    return style.shown(_DIGEST.sub(r"\1…", safe(image["reference"], limit=LONG)))


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
