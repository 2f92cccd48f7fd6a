"""The commonest idioms of CUE in policies, as a JSON Schema of the predicate.

policy-controller unifies the policy with the in-toto statement and wants a concrete result. So a constant
need not be there at all, but where it is, it must be equal; ``=~"…"`` must be there and match. Only structs
of such fields are read, with texts and truth values: of all else it is not certain what it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.errors import InputError
from verifier.limits import POLICY_DEPTH
from verifier.policy.text_patterns import compiled

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|//[^\n]*)|(?P<end>[\n,])|(?P<open>\{)|(?P<close>\})|(?P<colon>:)|(?P<match>=~)
    |(?P<text>"(?:[^"\\\n]|\\[^(\n])*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)""",
    re.VERBOSE,
)
Struct = dict[str, Any]


class NotReadError(Exception):
    """The source has more in it than the idioms that are read."""


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that must be there and in which the expression is found."""

    expression: str


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the source asks for: ``predicate_type`` and ``schema`` are None where it asks nothing of them.

    ``has_constants`` tells that something need not be there.
    """

    predicate_type: str | None
    schema: Mapping[str, Any] | None
    has_constants: bool


def read(source: str) -> Constraints:
    """What ``source`` asks of a statement. Raises `NotReadError`."""
    fields = _Parser(source).whole()
    kind, predicate = fields.pop("predicateType", None), fields.pop("predicate", None)
    if fields:
        raise NotReadError(f"the field {next(iter(fields))}")
    if kind is not None and not isinstance(kind, str):
        raise NotReadError("something else than a text as predicateType")
    if predicate is None:
        return Constraints(kind, None, has_constants=False)
    if not isinstance(predicate, dict) or {"Data", "Timestamp"} & predicate.keys():
        # These two belong to the wrapping that cosign puts around some predicates.
        raise NotReadError("something else than a struct of the predicate's own fields")
    return Constraints(kind, _schema(predicate), _holds_constants(predicate))


def _schema(value: Any) -> dict[str, Any]:
    match value:
        case dict():
            required = sorted(key for key, inner in value.items() if _must_be_there(inner))
            schema = {"type": "object", "properties": {key: _schema(inner) for key, inner in value.items()}}
            return {**schema, "required": required} if required else schema
        case Matching(expression):
            return {"type": "string", "pattern": expression}
        case _:
            return {"const": value}


def _must_be_there(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_must_be_there(inner) for inner in value.values())
    return isinstance(value, Matching)


def _holds_constants(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_constants(inner) for inner in value.values())
    return not isinstance(value, Matching)


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._at = 0
        self._depth = 0

    def whole(self) -> Struct:
        fields = self._fields(until="")
        if self._at != len(self._tokens):
            raise NotReadError("a closing brace too many")
        return fields

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _fields(self, *, until: str) -> Struct:
        fields: Struct = {}
        while True:
            kind, _ = self._peek()
            if kind == "end":
                self._at += 1
            elif kind == until:
                return fields
            else:
                self._field(fields)
                if self._peek()[0] not in {"end", until}:
                    raise NotReadError(f"{self._peek()[1]!r} after a value")

    def _field(self, fields: Struct) -> None:
        kind, text = self._next()
        if kind not in {"word", "text"}:
            raise NotReadError(f"{text!r} where a field is expected")
        name = json.loads(text) if kind == "text" else text
        if kind == "word" and text.startswith("_"):
            raise NotReadError("a hidden field")
        if self._next()[0] != "colon":
            raise NotReadError(f"the word {text!r}")
        value = self._value()
        if name in fields:
            value = _unified(fields[name], value)
        fields[name] = value

    def _value(self) -> Any:
        self._depth += 1
        if self._depth > POLICY_DEPTH:
            raise NotReadError("too many structs within structs")
        try:
            return self._inner_value()
        finally:
            self._depth -= 1

    def _inner_value(self) -> Any:
        kind, text = self._peek()
        following = self._tokens[self._at + 1][0] if self._at + 1 < len(self._tokens) else ""
        if kind in {"word", "text"} and following == "colon":
            inner: Struct = {}
            self._field(inner)
            return inner
        self._at += 1
        match kind:
            case "open":
                fields = self._fields(until="close")
                self._at += 1
                return fields
            case "match" if self._peek()[0] == "text":
                return Matching(_expression(json.loads(self._next()[1])))
            case "text":
                return json.loads(text)
            case "word" if text in {"true", "false"}:
                return text == "true"
        raise NotReadError(f"{text!r} as a value")


def _expression(text: str) -> str:
    try:
        compiled(text)
    except InputError as error:
        raise NotReadError(f"an expression: {error.message}") from None
    return text


def _unified(one: Any, other: Any) -> Any:
    """Two structs of one name are one struct; of all else it takes a CUE to say."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise NotReadError("the same field twice")
    return {
        key: _unified(one[key], other[key]) if key in one and key in other else one.get(key, other.get(key))
        for key in dict.fromkeys((*one, *other))
    }


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise NotReadError(f"{source[position : position + 20]!r}")
        kind = match.lastgroup or ""
        if kind == "text":
            _require_json(match[0])
        if kind != "space":
            tokens.append((kind, match[0]))
        position = match.end()
    return tokens


def _require_json(text: str) -> None:
    """CUE has more escapes than JSON, and those that both have mean the same."""
    try:
        json.loads(text)
    except ValueError:
        raise NotReadError("an escape in a text") from None
