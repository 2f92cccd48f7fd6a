"""Patterns that are found anywhere in a text: whether they say where they begin and end.

`matches` of CEL and ``pattern`` of JSON Schema search; all other patterns of a policy match the whole text.
"""

from __future__ import annotations

from verifier.policy.expression_tree import EVERY, Anchor, Chars, Choice, Group, Node, Repeat, Series
from verifier.policy.expressions import parsed

_NEWLINE = 1 << ord("\n")
_DELIMITERS = "/:#?=@&-"


def loose_ends(text: str) -> str | None:
    """What may stand around what the pattern ``text`` asks for, in words; None where it says what may.

    A pattern says so by ``^`` and ``$``, by ``.*``, or by a start that ends with a delimiter (``^https://x/``).
    One character of a kind (``\\S``) is a question of whether it occurs. Raises `TooComplexError`.
    """
    tree = parsed(text)
    if isinstance(tree, Chars) and tree.free:
        return None
    before, behind = not _held(tree, start=True), not _held(tree, start=False)
    if behind and not before and _ends_with_delimiter(tree):
        behind = False
    if not before and not behind:
        return None
    return "before and after it" if before and behind else "before it" if before else "after it"


def _held(node: Node, *, start: bool) -> bool:
    """Whether the pattern says what stands at that end: nothing, or anything."""
    match node:
        case Anchor():
            return node.start is start
        case Group(_, item):
            return _held(item, start=start)
        case Choice(items):
            return all(_held(item, start=start) for item in items)
        case Repeat(item, least, most):
            wide = isinstance(item, Chars) and item.mask | _NEWLINE == EVERY and most is None
            return wide or (least > 0 and _held(item, start=start))
        case Series(items):
            for item in items if start else reversed(items):
                if _held(item, start=start):
                    return True
                if not _empty(item):
                    return False
    return False


def _empty(node: Node) -> bool:
    """Whether it takes no text at all."""
    match node:
        case Anchor():
            return True
        case Series(items) | Choice(items):
            return all(map(_empty, items))
        case Group(_, item):
            return _empty(item)
    return False


def _ends_with_delimiter(node: Node) -> bool:
    match node:
        case Chars(mask):
            return not node.free and mask.bit_length() > 0 and chr(mask.bit_length() - 1) in _DELIMITERS
        case Group(_, item):
            return _ends_with_delimiter(item)
        case Choice(items):
            return all(map(_ends_with_delimiter, items))
        case Series(items):
            return bool(items) and _ends_with_delimiter(items[-1])
    return False
