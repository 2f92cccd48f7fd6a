"""Plain lists: one reference a line, comments behind ``#``."""

from __future__ import annotations

import re

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.interface import Found, Span
from verifier.workload.references import require_resolved
from verifier.workload.source import Source

_LOOKED_AT = 1000  # lines
# Without going back, which takes time by the square of a line's length.
_LINE = re.compile(r"[ \t]*+(?P<reference>[^\s#]\S*+)?+[ \t]*+(?P<comment>(?:(?<=\s)|^)#.*)?")


class PlainReader:
    """See `Reader`."""

    def read(self, source: Source, found: Found) -> None:
        """Note the image of every line."""
        start = source.start
        for raw in source.text[start:].split("\n"):
            line = raw.removesuffix("\r")
            match = _LINE.fullmatch(line)
            if match is None:
                found.wrong(source, start, f"not one image in a line: {safe(line, limit=120)!r}")
            elif match["reference"]:
                self._reference(source, start + match.start("reference"), match["reference"], found)
            start += len(raw) + 1

    @staticmethod
    def _reference(source: Source, index: int, text: str, found: Found) -> None:
        span = Span(source, index, index + len(text))
        found.named(source, index, text, "", "", (), span, layouts=True)


def is_list(source: Source) -> bool:
    """Whether every line is an image, empty or a comment, and there is an image; the first lines tell."""
    lines = [line.strip() for line in source.text[source.start :].split("\n", _LOOKED_AT)[:_LOOKED_AT]]
    words = [line.split("#")[0].strip() for line in lines if not line.startswith("#")]
    words = [word for word in words if word]
    return bool(words) and all(_is_reference(word) for word in words)


def _is_reference(word: str) -> bool:
    if word.endswith(":") or not word.isprintable():
        return False
    try:
        require_resolved(word, layouts=True)
    except ManifestError:
        return "{{" in word or "$" in word
    return True
