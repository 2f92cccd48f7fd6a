"""The predicate to the byte, as it was signed."""

from __future__ import annotations

import json
import re

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def predicate_text(payload: bytes) -> str:
    """The predicate of a statement that `parse_statement` has read, as it stands in ``payload``.

    A predicate that is text, or lies under ``Data`` (older cosign), is given without that wrapping. Where
    the statement has no predicate, ``""``.
    """
    text = _member(payload.decode("utf-8"), "predicate")
    if text is None:
        return ""
    if text.startswith("{") and (data := _member(text, "Data")) is not None:
        text = data
    if text.startswith('"'):
        return str(json.loads(text))
    return text


def _member(text: str, name: str) -> str | None:
    """The text of the member ``name`` of the object that ``text`` is; None where it has none."""
    position = _skip(text, text.index("{") + 1)
    while text[position] == '"':
        key, position = _DECODER.raw_decode(text, position)
        start = _skip(text, _skip(text, position) + 1)  # past the colon
        _, end = _DECODER.raw_decode(text, start)
        if key == name:
            return text[start:end]
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return None


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()
