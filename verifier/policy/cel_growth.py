"""Whether an expression that is true stays true when there is more evidence.

`signatures.exists(s, …)` stays true; `signatures.all(s, …)` and `!signatures.exists(s, …)` may not. The
engine shows no syntax tree, so a small part of the language is read here, and all else may change.
https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md#syntax
"""

from __future__ import annotations

import re
from typing import Final

_LISTS: Final = frozenset({"signatures", "attestations", "provenance"})
_TOKEN: Final = re.compile(
    r"""\s+|//[^\n]*
    |(?P<text>[rRbB]{0,2}(?:\"\"\".*|'''.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9][0-9A-Za-z.]*)
    |(?P<sign>&&|\|\||[<>=!]=|.)""",
    re.VERBOSE | re.DOTALL,
)
# Raw texts know no escapes, long ones go over lines, and a quote or backquote alone is half of something.
_UNSURE: Final = re.compile(r"""[rRbB]+["']|"{3}|'{3}|["'`]$""")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


def only_grows(expression: str) -> bool:
    """Whether ``expression``, which compiles and sees lists of evidence, stays true when they grow.

    So do ``LIST.exists(x, …)`` where no list stands inside, bounds on a list's size from below, what looks at
    no list, and those joined by ``&&`` and ``||``. False for all that is not understood.
    """
    return _grows(_tokens(expression))


def _tokens(expression: str) -> list[str]:
    """The words, signs and literals; white space and comments are none. A text keeps its quotes."""
    return [match[0] for match in _TOKEN.finditer(expression) if match.lastgroup]


def _grows(tokens: list[str]) -> bool:
    for operator in ("||", "&&"):
        parts = _split(tokens, operator)
        if len(parts) > 1:
            return all(map(_grows, parts))
    if tokens[:1] == ["("] and _end(tokens, 0) == len(tokens) - 1:
        return _grows(tokens[1:-1])
    if not _sees(tokens):
        return True
    return _is_exists(tokens) or _is_bound(tokens)


def _split(tokens: list[str], operator: str) -> list[list[str]]:
    """The parts between ``operator`` outside of all brackets; one where there is a ``?`` beside it."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token in _OPENING) - (token in _OPENING.values())
        if depth == 0 and token == "?":  # noqa: S105 - a sign of the language
            return [tokens]
        if depth == 0 and token == operator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _sees(tokens: list[str]) -> bool:
    """Whether a list may be looked at: in a text whose end is found in another way than here one may hide."""
    return any(token in _LISTS or _UNSURE.match(token) for token in tokens)


def _is_exists(tokens: list[str]) -> bool:
    """``LIST.exists(x, …)`` and nothing behind it."""
    return (
        tokens[0] in _LISTS
        and tokens[1:4] == [".", "exists", "("]
        and _end(tokens, 3) == len(tokens) - 1
        and not _sees(tokens[4:])
    )


def _is_bound(tokens: list[str]) -> bool:
    """``LIST.size() >= 2``, ``size(LIST) > 1``."""
    match tokens:
        case [name, ".", "size", "(", ")", ">" | ">=", number] | ["size", "(", name, ")", ">" | ">=", number]:
            return name in _LISTS and number.isdecimal()
        case _:
            return False


def _end(tokens: list[str], start: int) -> int:
    """The place of the bracket that closes the one at ``start``; -1 where none does."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += (tokens[place] in _OPENING) - (tokens[place] in _OPENING.values())
        if depth == 0:
            return place
    return -1
