"""Glob patterns over image references, and the image patterns that mean the same.

A glob of another tool is matched against the text of a whole reference; an image pattern is about registry
and repository, part by part. The way from one to the other: which ends of the glob can match the tag or the
digest, and which names can what stands before match? In a name no part is empty and each ends in a letter
or digit, which is what makes an exact translation possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import NamedTuple

from verifier.limits import CONVERTED_PATTERNS

ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"
_TAG = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_JOINTS = "-_."
_RUNS = 3  # that cross slashes, in one part: each makes three alternatives of one
_IN_PATHS = frozenset(ALPHANUMERIC + _JOINTS + "*")


class Wild(Enum):
    """What stands for text."""

    ONE = "?"  # one character
    WITHIN = "*"  # any run without a slash
    ACROSS = "**"  # any run


Token = str | Wild
Tokens = tuple[Token, ...]


class TooManyError(Exception):
    """A glob that would need more patterns than anybody could read."""


class Ending(NamedTuple):
    """How the end of a reference could be matched: what is left for its name, and by which tokens."""

    name: Tokens
    end: Tokens


def endings(tokens: Tokens) -> Iterator[Ending]:
    """Every way to cut a glob in two; a run can be cut in the middle, and is then part of both."""
    for cut in range(len(tokens) + 1):
        yield Ending(tokens[:cut], tokens[cut:])
        if cut and tokens[cut - 1] in {Wild.WITHIN, Wild.ACROSS}:
            yield Ending(tokens[:cut], tokens[cut - 1 :])


def matches_digest(end: Tokens, *, every: bool) -> bool:
    """Whether ``end`` matches ``@sha256:…`` for some digest, or for every one."""
    free = "" if every else _HEX
    return _matches(end, [*"@sha256:", *[free] * 64])


def matches_some_tag(end: Tokens) -> bool:
    """Whether ``end`` matches ``:TAG`` for some tag."""
    # Whatever fits a tag of a certain length: a tag has one character at least, and a run takes none.
    length = max(sum(1 for token in end if not _is_run(token)) - 1, 1)
    return any(
        _matches(end, [":", _TAG.strip(".-"), *[_TAG] * (count - 1)])
        for count in {1, length, length + 1}
        if count <= 128
    )


def _is_run(token: Token) -> bool:
    return token in {Wild.WITHIN, Wild.ACROSS}


def _matches(tokens: Tokens, text: Sequence[str]) -> bool:
    """Whether ``tokens`` match a text, given for each position as the characters that it may be.

    One character stands for itself; a set without any stands for one that nobody can foretell.
    """
    reached = _closure({0}, tokens)
    for characters in text:
        following = set()
        for position in reached:
            if position == len(tokens):
                continue
            token = tokens[position]
            if isinstance(token, Wild):
                following.add(position if _is_run(token) else position + 1)
            elif token in characters and characters:
                following.add(position + 1)
        reached = _closure(following, tokens)
        if not reached:
            return False
    return len(tokens) in reached


def _closure(positions: set[int], tokens: Tokens) -> set[int]:
    """A run may be empty."""
    result = set()
    for start in positions:
        position = start
        result.add(position)
        while position < len(tokens) and _is_run(tokens[position]):
            position += 1
            result.add(position)
    return result


@dataclass(frozen=True, slots=True)
class Name:
    """Parts of image names: each a text with ``*`` in it, or ``**`` for one part or more."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


def names(tokens: Tokens) -> tuple[Name, ...]:
    """The names that ``tokens`` match, as alternatives. Raises `TooManyError`.

    ``?`` must have been replaced. A name without a slash has no registry, and what it means is the caller's
    to say.
    """
    alternatives = [
        Name(tuple(part for segment in chosen for part in segment))
        for chosen in _bounded_product([_segments(segment) for segment in _split(tokens)])
    ]
    return tuple(dict.fromkeys(name for name in alternatives if _possible(name)))


def without_covered(found: Sequence[Name]) -> list[Name]:
    """``found`` without the names that others of them include."""
    distinct = list(dict.fromkeys(found))
    return [name for name in distinct if not any(_covers(other, name) for other in distinct if other != name)]


def _covers(wider: Name, name: Name) -> bool:
    """Whether ``wider`` surely includes ``name``: part by part, or with a run of parts at its end."""
    if wider.parts[-1] == "**" and len(name.parts) >= len(wider.parts):
        head = len(wider.parts) - 1
        return wider.parts[:head] == name.parts[:head]
    return len(wider.parts) == len(name.parts) and all(
        one == other or (one == "*" and other != "**") or (one == other + "*" and other != "*")
        for one, other in zip(wider.parts, name.parts, strict=True)
    )


def _bounded_product(choices: Sequence[Sequence[tuple[str, ...]]]) -> Iterator[tuple[tuple[str, ...], ...]]:
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > CONVERTED_PATTERNS:
        raise TooManyError
    return product(*choices)


def _split(tokens: Tokens) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for symbol in tokens:
        if symbol == "/":
            segments.append([])
        elif symbol is Wild.ACROSS and segments[-1] and segments[-1][-1] is Wild.WITHIN:
            segments[-1][-1] = Wild.ACROSS
        elif not (_is_run(symbol) and segments[-1] and segments[-1][-1] in {symbol, Wild.ACROSS}):
            segments[-1].append(symbol)
    return segments


def _segments(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """What stands between two slashes, as parts of names; ``**`` within text crosses slashes or does not."""
    if list(tokens) == [Wild.ACROSS]:
        return [("**",)]
    if Wild.ACROSS not in tokens:
        text = "".join("*" if token is Wild.WITHIN else str(token) for token in tokens)
        return [(text,)]
    if tokens.count(Wild.ACROSS) > _RUNS:
        raise TooManyError
    at = list(tokens).index(Wild.ACROSS)
    before = _segments([*tokens[:at], Wild.WITHIN]) if at else [()]
    after = _segments([Wild.WITHIN, *tokens[at + 1 :]]) if at + 1 < len(tokens) else [()]
    joined = _segments([*tokens[:at], Wild.WITHIN, *tokens[at + 1 :]])
    crossing = [(*left, *right) for left in before for right in after] if at and at + 1 < len(tokens) else []
    further = [(*left, "**", *right) for left in before for right in after]
    return [*joined, *crossing, *further]


def _possible(name: Name) -> bool:
    """Whether any image can have such a name: each part begins and ends with a letter or digit, and none
    but the registry has a colon."""
    registry, *path = name.parts
    return (
        registry != ""
        and registry[-1] != ":"
        and all(
            part and set(part) <= _IN_PATHS and part[0] not in _JOINTS and part[-1] not in _JOINTS
            for part in path
        )
    )


def sayable(part: str) -> list[str]:
    """A part of a path as image patterns allow it: one that ends in ``*`` after a letter admits the siblings
    of a name, so they are said one by one. Every name ends in a letter or digit.
    """
    while "**" in part and part != "**":
        part = part.replace("**", "*")
    stem = part.rstrip("*")
    if part == "**" or stem in {"", part} or stem[-1] in _JOINTS:
        return [part]
    return [stem, *(f"{stem}*{character}" for character in ALPHANUMERIC)]


def sayable_names(name: Name) -> list[str]:
    """The image patterns that stand for the same names. Raises `TooManyError`."""
    registry, *path = name.parts
    chosen = _bounded_product([[(text,) for text in sayable(part)] for part in path])
    return ["/".join((registry, *(text for (text,) in parts))) for parts in chosen]
