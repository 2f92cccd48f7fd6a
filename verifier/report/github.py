"""Annotations of a GitHub workflow run: one line each, on standard output of a step.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.limits import REPORT_ALIKE
from verifier.report.inert import inert_line
from verifier.report.view import LONG, Document, Said, files, files_in_words, hint_of, images, said
from verifier.text import safe

_LEVELS = {"fail": "error", "error": "error", "warn": "warning", "waived": "notice"}
# As the toolkit of the runner's makers escapes: percent first.
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def render_github(document: Document) -> str:
    """The verdict of each image, and an annotation for each finding and each place that names the image."""
    lines = [line for image in images(document) for line in _image(image)]
    return "".join(f"{line}\n" for line in (*lines, *_files(document)))


def _files(document: Document) -> Iterator[str]:
    """How much was not judged in files, and an annotation for the first of what matters."""
    words = files_in_words(document)
    if words is None:
        return
    yield _line("notice", {"title": "verify: files"}, words)
    matter = [file for file in files(document) if file["imageLike"] or file["outcome"] == "error"]
    for file in matter[:REPORT_ALIKE]:
        level = "error" if file["outcome"] == "error" else "warning"
        properties = {"title": "verify: files", "file": safe(file["path"]), "line": str(file["line"] or 1)}
        message = f"{safe(file['message'], limit=LONG)}.{hint_of(file)}"
        yield _line(level, properties, message)


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
    return _line(level, properties, message)


def _line(level: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    # The runner reads every line of the log for the older commands too, those that can stand anywhere.
    return f"::{level} {inert_line(written)}::{_escaped(inert_line(message), _DATA)}"


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
