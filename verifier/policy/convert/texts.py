"""Texts and patterns of other tools as signers have them: exact, or a pattern for the whole value."""

from __future__ import annotations

import re
from typing import NamedTuple

from verifier.errors import InputError
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.text_patterns import TextMatcher, compiled

_FLAGS = re.compile(r"\(\?(?![:P<])")
_MEANINGFUL = re.compile(r"[\\.+*?()|\[\]{}^$]")


class Text(NamedTuple):
    """The wanted text, and whether it is a pattern."""

    text: str
    is_pattern: bool


def exact(node: Node) -> Text:
    """The text at ``node``, to the letter, whatever it holds. Raises `UnsayableError`."""
    value = str(node.value)
    try:
        TextMatcher.exact(value, otherwise="a pattern")
    except InputError:
        # A * that stands for itself, and what looks like a variable and is none.
        return _pattern(node, _escaped(value))
    return Text(value, is_pattern=False)


def searched(node: Node) -> Text:
    """A pattern that matches where the expression at ``node`` is found anywhere in the value.

    Raises `UnsayableError`.
    """
    value = str(node.value)
    try:
        compiled(value)
    except InputError as error:
        raise UnsayableError(node, error.message) from None
    inner = _between_anchors(value)
    return _pattern(node, f"(?s:.*)(?:{value})(?s:.*)" if inner is None else inner)


def is_loose(expression: str) -> bool:
    """Whether more may stand before or after what ``expression`` describes than it says itself."""
    if _between_anchors(expression) is not None:
        return False
    return not expression.startswith(("^", ".*")) or not expression.endswith(("$", ".*")) or "|" in expression


def wildcards(node: Node) -> Text:
    """A text in which ``*`` is any run and ``?`` one character. Raises `UnsayableError`."""
    value = str(node.value)
    if not any(mark in value for mark in "*?"):
        return exact(node)
    pieces = re.split(r"(\*+|\?)", value)
    return _pattern(
        node,
        "".join(".*" if piece[:1] == "*" else "." if piece == "?" else _escaped(piece) for piece in pieces),
    )


def _escaped(value: str) -> str:
    return _MEANINGFUL.sub(lambda match: "\\" + match[0], value)


def _pattern(node: Node, expression: str) -> Text:
    try:
        TextMatcher.pattern(expression)
    except InputError as error:
        raise UnsayableError(node, error.message) from None
    return Text(expression, is_pattern=True)


def _between_anchors(expression: str) -> str | None:
    """What stands between ``^`` and ``$`` where these hold for all of it; else None.

    Alternatives at the top, and flags that change what the anchors mean, make it less than certain.
    """
    if not expression.startswith("^") or not expression.endswith("$"):
        return None
    inner = expression[1:-1]
    backslashes = len(inner) - len(inner.rstrip("\\"))
    if backslashes % 2 or "\\Q" in inner or _FLAGS.search(inner):
        return None
    depth = 0
    in_class = False
    position = 0
    while position < len(inner):
        match inner[position]:
            case "\\":
                position += 1
            case "[" if in_class:
                return None  # perhaps the start of [:alpha:], whose ] ends nothing
            case "[":
                in_class = True
                # A ] that comes first in a class stands for itself.
                position += len(inner[position + 1 :]) - len(inner[position + 1 :].removeprefix("^"))
                position += inner[position + 1 :].startswith("]")
            case "]":
                in_class = False
            case "(" if not in_class:
                depth += 1
            case ")" if not in_class:
                depth -= 1
            case "|" if not in_class and depth == 0:
                return None
        position += 1
    return inner
