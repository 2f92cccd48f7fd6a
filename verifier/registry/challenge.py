"""``WWW-Authenticate``: what a registry wants to see. RFC 9110, section 11.6.1; by hand, in linear time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SEPARATOR = re.compile(r"[ \t,]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One scheme (lower case) and its parameters (names in lower case)."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges of a header, in order; reading ends at the first thing that is none."""
    challenges: list[Challenge] = []
    position = _skip(header, 0)
    while (scheme := _TOKEN.match(header, position)) is not None:
        position = _skip(header, scheme.end())
        parameters: dict[str, str] = {}
        while (found := _parameter(header, position)) is not None:
            name, value, position = found
            parameters.setdefault(name, value)
            position = _skip(header, position)
        challenges.append(Challenge(scheme[0].lower(), parameters))
    return tuple(challenges)


def _skip(header: str, position: int) -> int:
    match = _SEPARATOR.match(header, position)
    return position if match is None else match.end()


def _parameter(header: str, position: int) -> tuple[str, str, int] | None:
    name = _TOKEN.match(header, position)
    equals = None if name is None else _EQUALS.match(header, name.end())
    if name is None or equals is None:
        return None
    if (quoted := _QUOTED.match(header, equals.end())) is not None:
        return name[0].lower(), re.sub(r"\\(.)", r"\1", quoted[1]), quoted.end()
    if (token := _TOKEN.match(header, equals.end())) is not None:
        return name[0].lower(), token[0], token.end()
    return None
