"""The text of one file, and where in it something stands."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Self

from verifier.errors import ManifestError
from verifier.limits import GATE_FILE_BYTES
from verifier.text import safe

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """``name`` is how the user would name the file; ``text`` all of it, a byte order mark included."""

    name: str
    text: str
    _lines: array[int] = field(repr=False)

    @classmethod
    def of(cls, name: str, text: str) -> Self:
        """Make the source of ``text``."""
        starts, at = array("I", [0]), text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        return cls(name, text, starts)

    @classmethod
    def decode(cls, name: str, raw: bytes) -> Self:
        """Read ``raw``, or raise `ManifestError`: UTF-8 only, and no more than `GATE_FILE_BYTES`."""
        if len(raw) > GATE_FILE_BYTES:
            raise ManifestError(f"{safe(name)}: larger than {GATE_FILE_BYTES} bytes")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ManifestError(
                f"{safe(name)}:{line}: not UTF-8, which other programs may read differently"
            ) from None
        source = cls.of(name, text)
        if "\x00" in text:
            raise ManifestError(f"{source.place(text.index(chr(0)))}: a zero byte: this is no text file")
        return source

    @property
    def start(self) -> int:
        """Where the text begins, behind a byte order mark."""
        return 1 if self.text.startswith("\ufeff") else 0

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at ``index``."""
        line = bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1

    def place(self, index: int) -> str:
        """``file:line:column``, ready to be shown."""
        line, column = self.position(index)
        return f"{safe(self.name)}:{line}:{column}"
