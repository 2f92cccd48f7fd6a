"""RE2 expressions to trees: what an expression says, where its text alone does not show it.

https://github.com/google/re2/wiki/Syntax. `re2` has accepted an expression before it comes here,
so that what is odd is read, and not refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from verifier.limits import EXPRESSION_DEPTH
from verifier.policy.expression_tree import (
    EVERY,
    NOTHING,
    Anchor,
    Chars,
    Choice,
    Group,
    Node,
    Repeat,
    Series,
    TooComplexError,
    mask_of,
)

_BY_LETTER = {
    "d": "0123456789",
    "s": "\t\n\f\r ",
    "w": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_",
}
_POSIX: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "lower": str.islower,
    "upper": str.isupper,
    "xdigit": lambda one: one in "0123456789abcdefABCDEF",
    "word": lambda one: one.isalnum() or one == "_",
    "space": str.isspace,
    "blank": lambda one: one in " \t",
    "punct": lambda one: one.isprintable() and not one.isalnum() and one != " ",
    "print": str.isprintable,
    "graph": lambda one: one.isprintable() and one != " ",
    "cntrl": lambda one: not one.isprintable(),
    "ascii": lambda _: True,
}
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


@lru_cache(maxsize=1024)
def parsed(text: str) -> Node:
    """The tree of ``text``. Raises `TooComplexError`."""
    return _Parser(text).all()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags: frozenset[str] = frozenset()
        self._depth = 0

    def all(self) -> Node:
        node = self._choice()
        while self._at < len(self._text):  # a bracket too many, which RE2 would have refused
            self._at += 1
            node = Series((node, self._choice()))
        return node

    def _next(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _take(self, length: int = 1) -> str:
        taken = self._next(length)
        self._at += length
        return taken

    def _until(self, end: str) -> str:
        """What comes before ``end``, past which it goes on."""
        taken, _, _ = self._text[self._at :].partition(end)
        self._at += len(taken) + len(end)
        return taken

    def _choice(self) -> Node:
        flags = self._flags
        items = [self._series()]
        while self._next() == "|":
            self._take()
            items.append(self._series())
        self._flags = flags
        return items[0] if len(items) == 1 else Choice(tuple(items))

    def _series(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._text) and self._next() not in {"|", ")"}:
            if self._next(2) == "\\Q":
                self._take(2)
                items += map(self._literal, self._until("\\E"))
                continue
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Series(tuple(items))

    def _repeated(self, node: Node) -> Node:
        while self._at < len(self._text):
            bounds = self._bounds()
            if bounds is None:
                return node
            if self._next() == "?":
                self._take()  # lazy: the same texts
            if isinstance(node, Chars):
                node = Chars(node.mask)
            node = Repeat(node, *bounds)
        return node

    def _bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self._next() in simple:
            return simple[self._take()]
        if self._next() != "{":
            return None
        inside, closed, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        if not closed or not least.isdecimal() or not (most.isdecimal() or not most):
            return None
        self._take(len(inside) + 2)
        return int(least), int(most) if most else None if comma else int(least)

    def _atom(self) -> Node:
        one = self._take()
        match one:
            case "(":
                return self._group()
            case "[":
                return Chars(self._class())
            case ".":
                return Chars(EVERY if "s" in self._flags else EVERY & ~mask_of("\n"), dot=True)
            case "^" | "$":
                return NOTHING if "m" in self._flags else Anchor(one == "^")
            case "\\":
                return self._escape()
        return self._literal(one)

    def _literal(self, one: str) -> Node:
        return Chars(mask_of(one.lower() + one.upper() if "i" in self._flags else one))

    def _group(self) -> Node:
        name = ""
        if self._next() == "?":
            self._take()
            if self._next() in {"P", "<"}:
                self._until("<")
                name = self._until(">")
            else:
                flags = self._until_flags_end()
                if self._text[self._at - 1] == ")":
                    self._flags = flags
                    return NOTHING
                return self._inside(name, flags)
        return self._inside(name, self._flags)

    def _until_flags_end(self) -> frozenset[str]:
        flags, on = set(self._flags), True
        while (one := self._take()) not in {":", ")", ""}:
            on = on and one != "-"
            flags = flags | {one} if on else flags - {one}
        return frozenset(flags)

    def _inside(self, name: str, flags: frozenset[str]) -> Node:
        self._depth += 1
        if self._depth > EXPRESSION_DEPTH:
            raise TooComplexError("it nests too deep to be looked at")
        outer, self._flags = self._flags, flags
        node = self._choice()
        self._flags = outer
        self._take()
        self._depth -= 1
        return Group(name, node) if name else node

    def _escape(self) -> Node:
        one = self._take()
        if one in {"A", "z"}:
            return Anchor(one == "A")
        if one in {"b", "B"}:
            return NOTHING
        mask = self._escaped(one)
        return Chars(mask if "i" not in self._flags else _both_cases(mask))

    def _escaped(self, one: str) -> int:
        """The bits of what follows a backslash, the first character of which is ``one``."""
        if one.lower() in _BY_LETTER:
            mask = mask_of(_BY_LETTER[one.lower()])
            return mask if one.islower() else EVERY & ~mask
        if one in {"p", "P"}:
            # Which of Unicode's classes it is makes no difference to who can be a stranger.
            self._until("}") if self._next() == "{" else self._take()
            return EVERY
        if one == "C":
            return EVERY
        if one == "x":
            code = self._braced() if self._next() == "{" else self._take(2)
            return _bit(int(code, 16))
        if one in "01234567" and (one == "0" or self._next() in "01234567"):
            digits = one
            while len(digits) < 3 and self._next() and self._next() in "01234567":
                digits += self._take()
            return _bit(int(digits, 8))
        return mask_of(_CONTROL.get(one, one))

    def _braced(self) -> str:
        self._take()
        return self._until("}")

    def _class(self) -> int:
        negated = self._next() == "^"
        if negated:
            self._take()
        mask, first = 0, True
        while self._next() and (first or self._next() != "]"):
            first = False
            mask |= self._member()
        self._take()
        mask = _both_cases(mask) if "i" in self._flags else mask
        return EVERY & ~mask if negated else mask

    def _member(self) -> int:
        if self._next(2) == "[:":
            self._take(2)
            name = self._until(":]")
            holds = _POSIX.get(name.removeprefix("^"), _POSIX["ascii"])
            mask = mask_of("".join(chr(code) for code in range(128) if holds(chr(code))))
            return EVERY & ~mask if name.startswith("^") else mask
        low = self._single()
        if self._next() != "-" or self._next(2) in {"-]", "-"} or low.bit_count() > 1:
            return low
        self._take()
        high = self._single()
        start = low.bit_length() - 1 if low else 128
        return EVERY & ~((1 << start) - 1) & ((1 << (high.bit_length() if high else 128)) - 1)

    def _single(self) -> int:
        one = self._take()
        return self._escaped(self._take()) if one == "\\" else mask_of(one)


def _bit(code: int) -> int:
    return 1 << code if code < 128 else 0


def _both_cases(mask: int) -> int:
    letters = "".join(chr(code) for code in range(128) if mask >> code & 1)
    return mask_of(letters.lower() + letters.upper())
