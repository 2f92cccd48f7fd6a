"""Put what a JSON schema finds wrong into words: where, what stands there, what belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self, cast

from jsonschema_rs import ValidationError, ValidationErrorKind

from verifier.json_nodes import kind, shown
from verifier.model.sbom import ValidationProblem
from verifier.sbom.nodes import missing_member
from verifier.text import safe

_LISTED = 12  # of the values that are allowed
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of members that a schema knows, to tell what a misspelt one may mean."""

    members: frozenset[str]

    @classmethod
    def of(cls, schemas: Iterable[Mapping[str, Any]]) -> Self:
        """Collect the names in ``schemas``."""
        found: set[str] = set()
        waiting: list[Any] = list(schemas)
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                properties = node.get("properties")
                found.update(properties if isinstance(properties, dict) else ())
                waiting.extend(node.values())
            elif isinstance(node, list):
                waiting.extend(node)
        return cls(frozenset(found))

    def closest(self, name: str) -> str:
        """Give `` (did you mean …?)`` or nothing."""
        return _did_you_mean(name, sorted(self.members))


def problem_of(error: ValidationError, words: Vocabulary, offset: int = 0) -> ValidationProblem:
    """Give the problem that ``error`` is, ``offset`` added to the index in the second place of its path."""
    closest = _most_telling(error)
    path = list(closest.instance_path)
    if offset and len(path) > 1 and isinstance(path[1], int):
        path[1] += offset
    place = _path(path)
    if isinstance(closest.kind, ValidationErrorKind.Required):
        return missing_member(place, str(closest.kind.property))
    return ValidationProblem(place, _message(closest, words))


def _most_telling(error: ValidationError) -> ValidationError:
    """Of an error that no alternative fits, the error of the alternative that fits best: the deepest one."""
    while branches := [branch for branch in getattr(error.kind, "context", None) or [] if branch]:
        # The fewer faults an alternative has and the deeper they lie, the likelier it is what was meant.
        best = min(branches, key=lambda branch: (-max(len(e.instance_path) for e in branch), len(branch)))
        error = max(best, key=lambda each: len(each.instance_path))
    return error


def _path(path: Iterable[str | int]) -> str:
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{safe(step, limit=100)}" for step in path
    )


def _message(error: ValidationError, words: Vocabulary) -> str:
    match error.kind:
        case ValidationErrorKind.AdditionalProperties(unexpected=names):
            return "; ".join(_unexpected(name, words) for name in names[:_LISTED])
        case ValidationErrorKind.Type(types=types):
            belongs = " or ".join(_TYPES.get(name, name) for name in types)
            return f"{kind(cast('Any', error.instance))} where {belongs} belongs"
        case ValidationErrorKind.Enum(options=options):
            return _not_listed(error.instance, options)
        case ValidationErrorKind.Constant(expected_value=value):
            return f"{_value(error.instance)} where {_value(value)} belongs"
        case ValidationErrorKind.Pattern(pattern=pattern):
            return f"{_value(error.instance)} does not have the form {safe(pattern, limit=200)}"
        case ValidationErrorKind.Format(format=name):
            return f"{_value(error.instance)} is not a valid {safe(name)}"
        case ValidationErrorKind.UniqueItems():
            return "two elements of this list are equal"
    return _bound(error)


def _bound(error: ValidationError) -> str:
    """Say which bound, or what other rule, is not kept."""
    match error.kind:
        case ValidationErrorKind.MinItems():
            return "this list is too short"
        case ValidationErrorKind.MinLength():
            return f"{_value(error.instance)} is too short"
        case ValidationErrorKind.Minimum(limit=limit):
            return f"{_value(error.instance)} is less than {_value(limit)}"
        case ValidationErrorKind.Maximum(limit=limit):
            return f"{_value(error.instance)} is more than {_value(limit)}"
        case ValidationErrorKind.OneOfMultipleValid():
            return f"{_value(error.instance)} where only one of several alternatives may stand"
    return f"{_value(error.instance)} is not allowed here: the rule {safe(error.kind.name)} of the schema"


def _not_listed(value: Any, options: Any) -> str:
    names = [option for option in options if isinstance(option, str)]
    close = _did_you_mean(value, names) if isinstance(value, str) else ""
    if len(names) > _LISTED:
        return f"{_value(value)} is none of the {len(names)} values that are allowed{close}"
    return f"{_value(value)} is none of {', '.join(map(safe, names))}{close}"


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    folded = {each.casefold(): each for each in names}
    close = get_close_matches(name[:100].casefold(), folded, n=1, cutoff=0.75)
    return f" (did you mean {safe(folded[close[0]])}?)" if close else ""


def _unexpected(name: str, words: Vocabulary) -> str:
    if name in words.members:
        return f"the member {shown(name)} does not belong here"
    return f"unknown member {shown(name)}{words.closest(name)}"


def _value(value: Any) -> str:
    """Quote a text or a number; name the members of an object; of all else give the kind."""
    if isinstance(value, dict) and value:
        names = ", ".join(map(shown, list(value)[:_LISTED]))
        return f"an object with {names}{' and more' if len(value) > _LISTED else ''}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return safe(value, limit=100)
    return shown(value) if isinstance(value, str) else kind(value)
