"""Variables in text, as Compose has them: ``${VAR:-default}`` and its like.

Compose specification, 12-interpolation.md. A variable without value and default is an error here, where
Compose puts in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from verifier.errors import ManifestError
from verifier.limits import GATE_DEPTH, GATE_VALUE
from verifier.text import safe
from verifier.workload.interface import UnsetVariableError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Give ``text`` with the values of its variables, or raise `ManifestError`."""
    if len(text) > GATE_VALUE:
        raise ManifestError(f"variables in more than {GATE_VALUE} characters of text")
    result, end = _until(text, 0, variables, depth=0)
    if end < len(text):
        raise ManifestError(f"a '}}' without '${{' in {safe(text, limit=200)!r}")
    return result


def _until(text: str, at: int, variables: Mapping[str, str], *, depth: int) -> tuple[str, int]:
    """What stands from ``at`` to the end, or inside braces to the one that closes; and where that is."""
    if depth > GATE_DEPTH:
        raise ManifestError(f"variables nested deeper than {GATE_DEPTH} levels")
    pieces: list[str] = []
    while at < len(text):
        if text[at] == "}" and depth:
            break
        if text[at] != "$":
            pieces.append(text[at])
            at += 1
        elif text[at + 1 : at + 2] == "$":
            pieces.append("$")
            at += 2
        elif text[at + 1 : at + 2] == "{":
            piece, at = _braced(text, at + 2, variables, depth=depth + 1)
            pieces.append(piece)
        else:
            name = _NAME.match(text, at + 1)
            if name is None:
                raise ManifestError(
                    f"a '$' before no name in {safe(text, limit=200)!r}", hint="write $$ for a dollar"
                )
            pieces.append(_value(name[0], variables))
            at = name.end()
    result = "".join(pieces)
    if len(result) > GATE_VALUE:
        raise ManifestError(f"variables that grow to more than {GATE_VALUE} characters")
    return result, at


def _braced(text: str, at: int, variables: Mapping[str, str], *, depth: int) -> tuple[str, int]:
    name = _NAME.match(text, at)
    if name is None:
        raise ManifestError(f"no variable in '${{' of {safe(text, limit=200)!r}")
    at = name.end()
    operator = _OPERATOR.match(text, at)
    at = at if operator is None else operator.end()
    end = _closing(text, at)
    value = variables.get(name[0])
    if operator is None:
        if end != at:
            raise ManifestError(f"'{safe(text[at], limit=4)}' behind a variable in {safe(text, limit=200)!r}")
        return _value(name[0], variables), end + 1
    is_set = value is not None and (bool(value) or not operator[0].startswith(":"))
    sign = operator[0][-1]
    if is_set is not (sign == "+"):
        return (value or "") if is_set else "", end + 1
    other, _ = _until(text[:end], at, variables, depth=depth)
    if sign == "?":
        raise _unset(name[0], other)
    return other, end + 1


def _closing(text: str, at: int) -> int:
    """Where the brace that was opened before ``at`` is closed."""
    opened = 1
    while at < len(text):
        if text.startswith("${", at):
            opened += 1
            at += 1
        elif text[at] == "}":
            opened -= 1
            if not opened:
                return at
        at += 1
    raise ManifestError(f"a '${{' without '}}' in {safe(text, limit=200)!r}")


def _value(name: str, variables: Mapping[str, str]) -> str:
    value = variables.get(name)
    if value is None:
        raise _unset(name, "")
    return value


def _unset(name: str, message: str) -> ManifestError:
    said = f": {safe(message, limit=200)}" if message else ""
    return UnsetVariableError(
        f"the variable {safe(name, limit=80)} has no value{said}",
        hint=f"give it one: --env {safe(name, limit=80)}[=VALUE], or --env-file FILE",
    )
