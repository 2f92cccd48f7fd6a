"""What to do about a policy whose shape is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from verifier.policy.times import DURATION_SCHEMA
from verifier.policy.words import did_you_mean
from verifier.policy.yaml_loader import Path
from verifier.text import safe

_MANIFEST = frozenset({"apiVersion", "kind", "metadata", "spec"})
_PATTERN = re.compile(r"-?(?:regexp?|reg-exp|re|glob)$")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_QUOTED = "put a text that begins with # in quotes"


def unknown_key_hint(key: str, known: Collection[str]) -> str:
    """What is probably meant by a ``key`` that is none of those ``known``."""
    if key in _MANIFEST and "require" in known:
        return "this is a Kubernetes manifest: 'verify policy convert' reads those of two policy controllers"
    if key in {"all-of", "allOf"} and "any-of" in known:
        return "all rules of a list must hold as it is; any-of is for alternatives"
    dashed = _CAPITAL.sub("-", key).lower().replace("_", "-")
    for meant in (dashed, _PATTERN.sub("-pattern", dashed)):
        if meant in known:
            return did_you_mean(meant, known)
    return did_you_mean(dashed, known)


def missing_hint(error: Any) -> str:
    """What a mapping must have that lacks a key."""
    needed: list[str] = error.validator_value
    missing = next(key for key in needed if key not in error.instance)
    schema = error.schema.get("properties", {}).get(missing, {})
    if "const" in schema:
        return f"write {missing}: {json.dumps(schema['const'])}"
    all_ = f"needed are {', '.join(needed)}; " if len(needed) > 1 else ""
    return f"{all_}{_described(missing, schema)}" if "description" in schema else all_.removesuffix("; ")


def described(error: Any, path: Path) -> str | None:
    """What belongs at ``path``, where the schema says so of a key."""
    if "const" in error.schema and path:
        return f"write {path[-1]}: {json.dumps(error.schema['const'])}"
    if not path or not isinstance(path[-1], str) or "description" not in error.schema:
        return None
    return _described(path[-1], error.schema)


def _described(key: str, schema: Mapping[str, Any]) -> str:
    return f"{key}: {str(schema['description']).removesuffix('.')}"


def kind_hint(error: Any, kinds: Collection[str], path: Path) -> str | None:
    """What to write in place of a value that is of none of the ``kinds``."""
    value = error.instance
    if value is None:
        return _for_nothing(kinds, path)
    for kind in kinds:
        write = _FOR.get(kind)
        hint = write(value, error, path) if write else None
        if hint:
            return hint
    return described(error, path)


def _for_nothing(kinds: Collection[str], path: Path) -> str | None:
    if not path:
        return None
    if set(kinds) == {"object"}:
        return f"nothing is in it: write {path[-1]}: {{}}, or indent what belongs to it below it"
    return f"nothing stands behind it: write a value, or leave it out; {_QUOTED}"


def _for_list(value: Any, _: Any, path: Path) -> str | None:
    if isinstance(value, dict):
        if len(path) > 1 and path[-2] == "any-of":
            return "each alternative is a list of rules: begin it with two dashes, as in - - signature: {}"
        return "begin each item with a dash"
    return f"write a list: [{safe(value, limit=60)}]" if isinstance(value, str | int) else None


def _for_mapping(value: Any, error: Any, path: Path) -> str | None:
    if isinstance(value, list):
        return "write NAME: … for each, without dashes" if path else "write KEY: VALUE, without dashes"
    if not isinstance(value, str):
        return None
    if len(path) > 1 and path[-2] == "require":
        return f"write {safe(value, limit=60)}: {{}} for a rule without options"
    known = error.schema.get("properties", {})
    return f"write {{KEY: VALUE}}; known are {', '.join(sorted(known))}" if known else None


def _for_text(value: Any, error: Any, _: Path) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        if all(error.schema.get(key) == wanted for key, wanted in DURATION_SCHEMA.items()):
            return f"write its unit too: {value}d are days; m, h and w are minutes, hours and weeks"
        return "put it in quotes"
    return "put it in quotes" if isinstance(value, bool | float) else None


def _for_number(value: Any, _: Any, __: Path) -> str | None:
    return "write digits alone: no quotes, no zeros before them, no sign or unit" if value else None


def _for_switch(value: Any, _: Any, __: Path) -> str | None:
    return "write true or false" if value != "" else None


_FOR: Mapping[str, Callable[[Any, Any, Path], str | None]] = {
    "array": _for_list,
    "object": _for_mapping,
    "string": _for_text,
    "integer": _for_number,
    "boolean": _for_switch,
}
