"""The order of Maven: ``ComparableVersion`` of maven-artifact 3.9.9.

https://maven.apache.org/pom.html#version-order-specification. A version is a list of numbers and words; a
hyphen, and a change between digits and letters, opens a list inside it, which is always its last item. So it
is kept here as the list of its lists, from the outermost in. Maven's order is no order in the mathematical
sense: ``1-sp`` < ``1.0.alpha.1`` < ``1`` < ``1-sp``. What two versions are to each other is what Maven says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import total_ordering
from itertools import chain, groupby, zip_longest
from typing import Final

# To Maven any text is a version; words and what is not sane is none here. Spring's release trains have a word
# for their number (Greenwich.RELEASE).
MAVEN = re.compile(
    r"(?=[^0-9]*[0-9]|[A-Za-z]+\.(?:RELEASE|(?:BUILD-)?SNAPSHOT)\Z)[A-Za-z0-9]+(?:[._+~-][A-Za-z0-9]+)*"
)

_ALIASES: Final = {"ga": "", "final": "", "release": "", "cr": "rc"}
_SHORT: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_WORDS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_RELEASE: Final = _WORDS.index("")
_WORD, _LIST, _NUMBER = range(3)

_Item = tuple[int, int, str]
_LIST_ITEM: Final[_Item] = (_LIST, 0, "")


@total_ordering
class Maven:
    """One version; see the module."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("lists",)

    def __init__(self, text: str) -> None:
        self.lists = _normal(_parse(text.lower()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Maven) and _compare(self.lists, other.lists) == 0

    def __lt__(self, other: Maven) -> bool:
        return _compare(self.lists, other.lists) < 0


def _parse(text: str) -> list[list[_Item]]:
    """The lists, by the tokens of ``text``; Maven reads character by character, to the same end."""
    lists: list[list[_Item]] = [[]]
    runs = ["".join(run) for _, run in groupby(text, _kind_of)]
    for number, run in enumerate(runs):
        after = runs[number + 1] if number + 1 < len(runs) else ""
        if run == "-":
            lists.append([])
        elif run.isdigit():
            lists[-1].append((_NUMBER, int(run), ""))
            if _is_word(after):
                lists.append([])
        elif _is_word(run):
            # 1.x1 and 1.x are read as 1-x1 and 1-x, but 1.x.1 is not.
            if after not in {".", "-"} and lists[-1]:
                lists.append([])
            lists[-1].append(_word(run, followed_by_digit=after.isdigit()))
            if after.isdigit():
                lists.append([])
    return lists


def _kind_of(character: str) -> str:
    if character in ".-":
        return character
    return "digit" if character.isdigit() else "word"


def _is_word(run: str) -> bool:
    return bool(run) and run not in {".", "-"} and not run.isdigit()


def _word(text: str, *, followed_by_digit: bool) -> _Item:
    if followed_by_digit:
        text = _SHORT.get(text, text)
    text = _ALIASES.get(text, text)
    return (_WORD, _WORDS.index(text), "") if text in _WORDS else (_WORD, len(_WORDS), text)


def _normal(lists: Iterable[list[_Item]]) -> Sequence[Sequence[_Item]]:
    """``lists`` without what means nothing at the end of each; all but the last end with `_LIST_ITEM`."""
    found: list[list[_Item]] = []
    for items in reversed([*lists]):
        while items and _sign(items[-1]) == 0:
            items.pop()
        if found:
            items.append(_LIST_ITEM)
        if items:
            found.append(items)
    return found[::-1] or [[]]


def _compare(left: Sequence[Sequence[_Item]], right: Sequence[Sequence[_Item]]) -> int:
    """Item by item; lists can only face each other at the end of both, and are what is compared next."""
    for depth in range(min(len(left), len(right))):
        for one, other in zip_longest(left[depth], right[depth]):
            order = _against(one, other, left[depth + 1 :], right[depth + 1 :])
            if order:
                return order
    return 0


def _against(
    one: _Item | None,
    other: _Item | None,
    left: Sequence[Sequence[_Item]],
    right: Sequence[Sequence[_Item]],
) -> int:
    if one is None and other is not None:
        return -_sign(other, right)
    if other is None and one is not None:
        return _sign(one, left)
    if one is None or other is None or one == other:
        return 0
    return -1 if one < other else 1


def _sign(item: _Item, inside: Sequence[Sequence[_Item]] = ()) -> int:
    """``item`` against nothing: a release and 0 are nothing, a list is what in it is the first to be more."""
    kind, number, _ = item
    if kind == _LIST:
        signs = (_sign(part) for part in chain.from_iterable(inside) if part != _LIST_ITEM)
        return next(filter(None, signs), 0)
    nothing = _RELEASE if kind == _WORD else 0
    return (number > nothing) - (number < nothing)
