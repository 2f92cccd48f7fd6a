"""Check a policy's shape, and say where and how it is wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from verifier.errors import PolicyError
from verifier.policy.yaml_loader import Document, Path
from verifier.text import safe

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_KINDS = {
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "integer": "a whole number",
    "boolean": "true or false",
}


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of policy files."""
    text = resources.files("verifier.policy").joinpath("schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def validate(document: Document) -> None:
    """Raise `PolicyError` with the place and, for a misspelt word, a suggestion."""
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry: no reference is ever fetched.
    validator = Draft202012Validator(schema(), registry=Registry())
    errors = sorted(validator.iter_errors(document.data), key=lambda error: _position(document, error))
    if errors:
        error = errors[0]
        raise _bad_name(document, error) if error.validator == "pattern" else _explain(document, error)


def _position(document: Document, error: ValidationError) -> tuple[int, int]:
    path = tuple(error.absolute_path)
    while path not in document.positions and path:
        path = path[:-1]
    return document.positions.get(path, (1, 1))


def _explain(document: Document, error: Any) -> PolicyError:
    path: Path = tuple(error.absolute_path)
    where, value = _where(path), error.validator_value
    place, hint = document.place(path), None
    match error.validator:
        case "additionalProperties":
            key = next(key for key in error.instance if key not in error.schema["properties"])
            message = f"unknown key {safe(key, limit=60)!r} in {where}"
            place = document.place((*path, key, "<key>"))
            hint = did_you_mean(key, error.schema["properties"])
        case "required":
            message = f"{where} lacks {next(key for key in value if key not in error.instance)!r}"
        case "type":
            kind = _KINDS.get(str(value), str(value))
            message = f"{where} must be {kind}, not {safe(json.dumps(error.instance), limit=60)}"
            if kind == "text" and isinstance(error.instance, int | float):
                hint = "put it in quotes"
        case "enum":
            message = f"{where} cannot be {safe(error.instance, limit=60)!r}"
            hint = did_you_mean(str(error.instance), value)
        case "minItems" | "minProperties" | "minLength":
            message = f"{where} is empty"
        case "maxProperties":
            message, hint = f"{where} holds more than one rule", "start each rule with a dash of its own"
        case "maxLength":
            message = f"{where} is longer than {value} characters"
        case "uniqueItems":
            message = f"{where} lists something twice"
        case "const":
            message = f"{where} must be {value}"
        case _:
            message = f"{where} is not right: {safe(error.message, limit=160)}"
    return PolicyError(message, place=place, hint=hint)


def _bad_name(document: Document, error: Any) -> PolicyError:
    """Names, of the policy and of signers, are all that the schema has patterns for."""
    path: Path = tuple(error.absolute_path)
    if "propertyNames" in error.schema_path:
        path = (*path, error.instance, "<key>")
    return PolicyError(
        f"{safe(error.instance, limit=70)!r} cannot be a name",
        place=document.place(path),
        hint="a name is lower-case letters, digits, dots, dashes and underscores, at most 63 of them",
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion out of ``known`` for a misspelt ``word``, or all that is known."""
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"


def _where(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{safe(part, limit=60)}" for part in path)
    return text.removeprefix(".") or "the policy"
