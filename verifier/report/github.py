"""Annotations of a GitHub workflow run: one line each, on standard output of a step.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.report.inert import inert_line
from verifier.report.view import Document, Said, hint_of, images, said
from verifier.text import safe

_LEVELS = {"fail": "error", "error": "error", "warn": "warning", "waived": "notice"}
# As the toolkit of the runner's makers escapes: percent first.
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def render_github(document: Document) -> str:
    """The verdict of each image, and an annotation for each finding and each place that names the image."""
    return "".join(f"{line}\n" for image in images(document) for line in _image(image))


def _image(image: Document) -> Iterator[str]:
    reference = safe(image["reference"], limit=300)
    yield inert_line(f"{image['verdict'].upper()}  {reference}")
    for item in said(image):
        level = _LEVELS.get(item.check["outcome"])
        if level is None:
            continue
        for place in image.get("namedAt", [None]):
            yield _command(level, item, reference, place)


def _command(level: str, item: Said, reference: str, place: Document | None) -> str:
    check = item.check
    code = f" [{safe(check['code'])}]" if check["code"] else ""
    message = f"{reference}: {item.message}{code}.{hint_of(check)}"
    properties = {"title": f"verify: {safe(check['rule'], limit=100)}"}
    if place is not None and place["file"] != "-":
        properties |= {"file": safe(place["file"]), "line": str(place["line"]), "col": str(place["column"])}
    written = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    # The runner reads every line of the log for the older commands too, those that can stand anywhere.
    return f"::{level} {inert_line(written)}::{_escaped(inert_line(message), _DATA)}"


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
