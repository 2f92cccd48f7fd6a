"""What an expression says, as a tree. Only ASCII is looked at: of nobody's name is more needed here."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import InputError

EVERY = (1 << 128) - 1


class TooComplexError(InputError):
    """The expression nests deeper, or means more, than is looked at."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of ``mask``, a bit for each of ASCII's. ``dot`` says that it was written as a dot."""

    mask: int
    dot: bool = False

    @property
    def free(self) -> bool:
        """Whether there is a choice of more than a letter's two cases."""
        return len({chr(code).lower() for code in range(128) if self.mask >> code & 1}) > 1


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other. Empty, it is the empty text."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """So many of it; ``most`` is None without a bound."""

    item: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The start (``^``) or the end (``$``) of the whole text."""

    start: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What stands in a group with a name."""

    name: str
    item: Node


Node = Chars | Series | Choice | Repeat | Anchor | Group
NOTHING = Series(())


def mask_of(characters: str) -> int:
    """The bits of ``characters``; those beyond ASCII have none."""
    mask = 0
    for one in characters:
        mask |= 1 << ord(one) if one.isascii() else 0
    return mask


def has_bare_dot(node: Node) -> bool:
    """Whether there is a dot for one character: mostly one that was meant to be a dot."""
    match node:
        case Chars():
            return node.dot
        case Series(items) | Choice(items):
            return any(map(has_bare_dot, items))
        case Repeat(item) | Group(_, item):
            return has_bare_dot(item)
    return False
