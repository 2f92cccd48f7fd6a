"""Say where and how a policy's shape is wrong."""

from __future__ import annotations

import json
from typing import Any

from verifier.errors import PolicyError
from verifier.policy.schema_hints import described, kind_hint, missing_hint, unknown_key_hint
from verifier.policy.words import did_you_mean
from verifier.policy.yaml_loader import Document, Path
from verifier.text import safe

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$(?!\n)"
_KINDS = {
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def position(document: Document, path: Path) -> tuple[int, int]:
    """Line and column of ``path``, or of the nearest value around it."""
    while path not in document.positions and path:
        path = path[:-1]
    return document.positions.get(path, (1, 1))


def explain(
    document: Document, base: Path, error: Any, *, whole: str = "the policy", otherwise: str | None = None
) -> PolicyError:
    """The schema error ``error``, which stands below ``base``, for people.

    ``whole`` is what the file is called, ``otherwise`` the hint where there is none of its own.
    """
    chosen = _branch(error)
    path: Path = (*base, *chosen.absolute_path)
    if chosen.validator == "pattern" and chosen.validator_value == NAME_PATTERN:
        return _bad_name(document, path, chosen)
    message, place, hint = _describe(document, path, chosen, whole)
    return PolicyError(message, place=place, hint=hint or described(error, path) or otherwise)


def _branch(error: Any) -> Any:
    """Of alternatives, the error in the one that is of the kind of the value."""
    while error.validator in {"anyOf", "oneOf"} and error.context:
        depth = len(error.absolute_path)
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        fitting = [
            group
            for group in branches.values()
            if not any(e.validator == "type" and len(e.absolute_path) == depth for e in group)
        ]
        if not fitting:
            return error
        error = fitting[0][0]
    return error


def _describe(document: Document, path: Path, error: Any, whole: str) -> tuple[str, str, str | None]:
    where, value = named(path) or whole, error.validator_value
    place, hint = document.place(path), described(error, path)
    match error.validator:
        case "additionalProperties":
            key = next(key for key in error.instance if key not in error.schema["properties"])
            message = f"unknown key {safe(key, limit=60)!r} in {where}"
            place = document.place((*path, key, "<key>"))
            hint = unknown_key_hint(key, error.schema["properties"])
        case "required":
            message = f"{where} lacks {next(key for key in value if key not in error.instance)!r}"
            hint = missing_hint(error)
        case "type" if not path and error.instance is None:
            message = f"{where} is empty"
        case "type":
            message = _wrong_kind(where, _KINDS.get(str(value), str(value)), error.instance)
            hint = kind_hint(error, [str(value)], path)
        case "anyOf" | "oneOf":
            kinds = [str(one.get("type")) for one in value]
            wanted = " or ".join(_KINDS.get(kind, "another kind") for kind in kinds)
            message, hint = _wrong_kind(where, wanted, error.instance), kind_hint(error, kinds, path)
        case "enum":
            message = f"{where} cannot be {safe(error.instance, limit=60)!r}"
            hint = did_you_mean(str(error.instance), map(str, value), in_order=True)
        case "maxProperties":
            message, hint = f"{where} holds more than one rule", "start each rule with a dash of its own"
        case "uniqueItems":
            message = f"{where} lists something twice"
        case "const":
            message = f"{where} must be {json.dumps(value)}"
        case _:
            message = f"{where} {_beyond(error)}"
    return message, place, hint


def _beyond(error: Any) -> str:
    """Which bound a value is beyond."""
    value = error.validator_value
    match error.validator:
        case "minItems" | "minProperties" | "minLength" if not error.instance:
            return "is empty"
        case "minItems" | "minProperties":
            return f"holds less than {value}"
        case "minLength" | "maxLength":
            return f"is {'shorter' if error.validator == 'minLength' else 'longer'} than {value} characters"
        case "minimum" | "maximum":
            return f"must be {'at least' if error.validator == 'minimum' else 'at most'} {value}"
        case _:
            return f"is not right: {safe(error.message, limit=160)}"


def _wrong_kind(where: str, wanted: str, instance: Any) -> str:
    return f"{where} must be {wanted}, not {safe(json.dumps(instance), limit=60)}"


def _bad_name(document: Document, path: Path, error: Any) -> PolicyError:
    """The name of a policy, a signer, a rule or an exception."""
    if "propertyNames" in error.schema_path:
        path = (*path, error.instance, "<key>")
    return PolicyError(
        f"{safe(error.instance, limit=70)!r} cannot be a name",
        place=document.place(path),
        hint="a name is lower-case letters, digits, dots, dashes and underscores, at most 63 of them",
    )


def named(path: Path) -> str:
    """``path`` as people write it: ``require[0].licenses``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{safe(part, limit=60)}" for part in path)
    return text.removeprefix(".")
