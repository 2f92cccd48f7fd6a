"""The patterns in an expression: what `matches` is asked for.

https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md, lexis and standard definitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TEXT = re.compile(
    r"""(?P<raw>[rR]?)(?P<quote>\"""|'''|"|')(?P<inside>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""", re.DOTALL
)
_TOKEN = re.compile(rf"(?:\b[rR])?(?:{_TEXT.pattern})|[A-Za-z_][A-Za-z0-9_]*|//[^\n]*|\S", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_CONTROL = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def patterns(expression: str) -> Iterator[str]:
    """The texts that ``expression`` asks `matches` for, where it does not ask that they are not found."""
    words = [match.group() for match in _TOKEN.finditer(expression) if not match.group().startswith("//")]
    for at, word in enumerate(words):
        if word != "matches" or words[at + 1 : at + 2] != ["("] or _negated(words, at):
            continue
        last = _arguments(words, at + 1)
        if last and (text := _TEXT.fullmatch(last[-1])) is not None and (len(last) == 1 or last[-2] == ","):
            yield text["inside"] if text["raw"] else _ESCAPE.sub(_unescaped, text["inside"])


def _arguments(words: list[str], at: int) -> list[str]:
    """What stands in the brackets that open at ``at``."""
    depth = 0
    for end in range(at, len(words)):
        depth += (words[end] in {"(", "[", "{"}) - (words[end] in {")", "]", "}"})
        if depth == 0:
            return words[at + 1 : end]
    return []


def _negated(words: list[str], at: int) -> bool:
    """Whether an odd number of ``!`` stands before what is at ``at``, or before brackets around it."""
    negations, depth, operand = 0, 0, True
    for word in reversed(words[:at]):
        if word in {")", "]", "}"}:
            depth += 1
        elif word in {"(", "[", "{"}:
            operand = operand or depth == 0
            depth = max(depth - 1, 0)
        elif depth == 0 and word == "!":
            negations += operand
        elif depth == 0 and word in {"&", "|", "?", ":", ",", "=", "<", ">", "+"}:
            operand = False
    return negations % 2 == 1


def _unescaped(match: re.Match[str]) -> str:
    short, medium, long, octal, other = match.groups()
    if code := short or medium or long:
        return chr(min(int(code, 16), 0x10FFFF))
    return chr(int(octal, 8)) if octal else _CONTROL.get(other, other)
