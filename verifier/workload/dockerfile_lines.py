"""The instructions of a Dockerfile: directives, continued lines, comments and heredocs.

BuildKit, frontend/dockerfile/parser/parser.go and directives.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.errors import ManifestError
from verifier.workload.blanks import BLANKS, ODD_BLANKS
from verifier.workload.source import Source

_DIRECTIVE = re.compile(
    rf"(?:#|//)(?P<blanks>[{BLANKS}]*)(?P<name>[A-Za-z][A-Za-z0-9]*)"
    r"[\t\f\r ]*=[\t\f\r ]*(?P<value>.+?)[\t\f\r ]*"
)
_PLAIN_BLANKS = frozenset("\t\f\r ")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_HEREDOC = re.compile(r"[0-9]*<<(?P<indented>-?)(?P<name>[^<]+)")
_MAY_BE_HEREDOC = re.compile(r"<<-?[^<\s]")
# What BuildKit's shell reads differently than this module would: quotes inside names, and what is expanded.
_PLAIN_NAME = re.compile(r"(?P<quote>['\"]?)(?P<name>[A-Za-z0-9_.-]+)(?P=quote)")
_QUOTES_END = re.compile(r"(?:[^'\"\\]|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\")*", re.DOTALL)
_ODD_VARIABLE = re.compile(r"\$\{(?!\w+\})")
# Blanks to one part of BuildKit or another; none of them to all.
_ODD_BLANK = re.compile(f"[{ODD_BLANKS}]")
_NAMES_IMAGES = frozenset({"FROM", "ARG", "COPY", "RUN"})
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is written, quotes included, and where: ``places`` of its characters, never none."""

    text: str
    places: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Behind its last character."""
        return self.places[-1] + 1

    def part(self, start: int, end: int) -> Word:
        """A part of it; one without a character is said to be where it would be."""
        return Word(self.text[start:end], self.places[start:end] or self.places[start - 1 : start])


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its name in capitals (of ``ONBUILD``, the one that is put off)."""

    name: str
    start: int
    words: tuple[Word, ...]

    def flags(self, name: str) -> Iterator[Word]:
        """The values of ``--name=`` before the first operand."""
        prefix = f"--{name}="
        for word in self.words:
            if not word.text.startswith("--"):
                return
            if word.text.startswith(prefix):
                yield word.part(len(prefix), len(word.text))

    @property
    def operands(self) -> Sequence[Word]:
        """The words behind the flags."""
        for number, word in enumerate(self.words):
            if not word.text.startswith("--"):
                return self.words[number:]
        return ()


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str


def _lines(source: Source) -> list[_Line]:
    start, lines = source.start, []
    for raw in source.text[start:].split("\n"):
        lines.append(_Line(start, raw.rstrip("\r")))
        start += len(raw) + 1
    return lines


def _directives(source: Source, lines: Sequence[_Line]) -> dict[str, Word]:
    """Directives stand before all else, comments included.

    ``//`` begins those of files in another language, whose frontend reads all else. Raises `ManifestError`
    where one is there twice: BuildKit runs the frontend that the first names, which may read the second.
    """
    found: dict[str, Word] = {}
    for line in lines:
        match = _DIRECTIVE.fullmatch(line.text)
        if match is None and line.text[:1] in BLANKS and _DIRECTIVE.fullmatch(line.text.strip(BLANKS)):
            raise ManifestError(f"{source.place(line.start)}: a directive behind a blank")
        if match is None or match["name"].lower() not in _DIRECTIVES:
            break
        if not _PLAIN_BLANKS.issuperset(match["blanks"]):
            # To BuildKit 0.34 all of them are blanks, and to 0.26 only those of a pattern.
            raise ManifestError(f"{source.place(line.start)}: a directive behind a blank of an odd kind")
        name, start = match["name"].lower(), line.start + match.start("value")
        if name in found:
            raise ManifestError(f"{source.place(line.start)}: a second directive '{name}'")
        found[name] = Word(match["value"], tuple(range(start, start + len(match["value"]))))
    return found


def syntax_directive(source: Source) -> Word | None:
    """The image of the frontend, where ``# syntax=`` names one."""
    lines = _lines(source)
    # Before this one, and no other, there may be what a shell runs a file with.
    syntax = _directives(source, lines[1:] if lines[0].text.startswith("#!") else lines).get("syntax")
    if syntax is None:
        return None
    first = syntax.text.split(" ")[0]
    return syntax.part(0, len(first))


def instructions(source: Source) -> Iterator[Instruction]:
    """Every instruction, in order. Raises `ManifestError` where one cannot be told from the next."""
    lines = _lines(source)
    directive = _directives(source, lines).get("escape")
    escape = directive.text if directive else "\\"
    if escape not in {"\\", "`"}:
        raise ManifestError(f"{source.place(source.start)}: an escape that is neither \\ nor `")
    at = 0
    while at < len(lines):
        if _is_blank(lines[at]):
            at += 1
            continue
        text, places, at = _logical(lines, at, escape)
        instruction = _instruction(text, places, escape)
        if instruction is None:
            continue
        _require_plain_flags(source, instruction, escape)
        odd = _ODD_BLANK.search(text.strip(BLANKS))
        if odd and instruction.name in _NAMES_IMAGES and (instruction.name != "RUN" or "--mount" in text):
            place = source.place(instruction.start)
            raise ManifestError(f"{place}: a blank (U+{ord(odd[0]):04X}) that programs read differently")
        yield instruction
        if instruction.name in _TAKES_HEREDOC and _MAY_BE_HEREDOC.search(text):
            at = _behind_heredocs(source, lines, at, text, places)


def _require_plain_flags(source: Source, instruction: Instruction, escape: str) -> None:
    """Quotes and escapes are taken out of flags, names included, before they are read."""
    for word in instruction.words:
        if not word.text.startswith("--"):
            return
        if any(mark in word.text for mark in ("'", '"', escape)) and instruction.name in _NAMES_IMAGES:
            raise ManifestError(f"{source.place(word.start)}: a quote or an escape in a flag")


def _is_blank(line: _Line) -> bool:
    text = line.text.strip(BLANKS)
    return not text or text.startswith("#")


def _logical(lines: Sequence[_Line], at: int, escape: str) -> tuple[str, list[int], int]:
    """A line with those that continue it, the places of its characters, and the number of the next one.

    Empty lines and comments between them are passed over.
    """
    pieces: list[str] = []
    places: list[int] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if pieces and _is_blank(line):
            continue
        text = line.text.rstrip(" \t")
        goes_on = text.endswith(escape) and not text.endswith(escape * 2)
        piece = text[:-1] if goes_on else line.text
        pieces.append(piece)
        places += range(line.start, line.start + len(piece))
        if not goes_on:
            break
    return "".join(pieces), places, at


def _instruction(text: str, places: Sequence[int], escape: str) -> Instruction | None:
    words = tuple(_words(text, places, escape))
    if words and words[0].text.upper() == "ONBUILD":
        words = words[1:]
    return Instruction(words[0].text.upper(), words[0].start, words[1:]) if words else None


def _words(text: str, places: Sequence[int], escape: str) -> Iterator[Word]:
    """Words as a shell splits them, quotes left in place."""
    start, quote, at = -1, "", 0
    while at < len(text):
        character = text[at]
        if not quote and character in BLANKS:
            if start >= 0:
                yield Word(text[start:at], tuple(places[start:at]))
            start = -1
        else:
            start = at if start < 0 else start
            if character == escape and quote != "'":
                at += 1
            elif character == quote:
                quote = ""
            elif not quote and character in "'\"":
                quote = character
        at += 1
    if start >= 0:
        yield Word(text[start:], tuple(places[start:]))


def _behind_heredocs(
    source: Source, lines: Sequence[_Line], at: int, text: str, places: Sequence[int]
) -> int:
    """The number of the first line behind the texts that begin with ``<<NAME``.

    What hides lines must be beyond doubt: where it is not, this raises `ManifestError`.
    """
    if not _QUOTES_END.fullmatch(text) or _ODD_VARIABLE.search(text):
        place = source.place(places[0])
        raise ManifestError(f"{place}: '<<' beside a quote or a variable that programs read differently")
    # A backslash is the escape here, whatever the directive says.
    for word in _words(text, places, "\\"):
        match = _HEREDOC.fullmatch(word.text)
        if match is None:
            continue
        name = _PLAIN_NAME.fullmatch(match["name"])
        if name is None:
            place = source.place(word.start)
            raise ManifestError(f"{place}: the name behind '<<' is not of letters and digits alone")
        at = _behind_heredoc(source, lines, at, word, name["name"], indented=bool(match["indented"]))
    return at


def _behind_heredoc(
    source: Source, lines: Sequence[_Line], at: int, word: Word, name: str, *, indented: bool
) -> int:
    for number in range(at, len(lines)):
        text = lines[number].text
        if (text.lstrip("\t") if indented else text) == name:
            return number + 1
    raise ManifestError(f"{source.place(word.start)}: a text that does not end: there is no line {name!r}")
