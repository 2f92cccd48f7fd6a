"""The JSON Schema of policy files, put together from the frame and the rules' own options."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from verifier.policy.catalogue import RULES
from verifier.policy.clause import AnyOf
from verifier.policy.interface import RuleSpec
from verifier.policy.schema_errors import NAME_PATTERN, explain, position
from verifier.policy.yaml_loader import Document, Path

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_EVERY_RULE: Mapping[str, Any] = {
    "id": {
        "type": "string",
        "pattern": NAME_PATTERN,
        "description": "A name of its own, for reports and exceptions.",
    },
    "mode": {
        "enum": ["enforce", "warn"],
        "description": "What becomes of it when it fails: the verdict fails, or there is a warning.",
    },
    "effective-from": {
        "$ref": "#/$defs/time",
        "description": "Until this time, what fails is a warning: a date, or an RFC 3339 time.",
    },
    "until": {"$ref": "#/$defs/time", "description": "From this time on, the rule is not applied."},
}
_ANY_OF = "Alternatives: at least one of these lists of rules must hold completely."


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of policy files, for editors."""
    document = copy.deepcopy(_frame())
    document["$defs"]["rule"] = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            **{name: rule_schema(spec) for name, spec in RULES.items()},
            AnyOf.id: {
                "type": "array",
                "minItems": 2,
                "description": _ANY_OF,
                "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"}},
            },
        },
    }
    return document


def rule_schema(spec: RuleSpec) -> dict[str, Any]:
    """The JSON Schema of one rule's options."""
    return {
        "type": "object",
        "description": spec.title,
        "additionalProperties": False,
        "required": list(spec.required),
        "properties": {**spec.options, **_EVERY_RULE},
    }


def validate(document: Document) -> None:
    """Raise `PolicyError` with the place and, for a misspelt word, a suggestion."""
    errors = list(_errors(document.data))
    if errors:
        path, error = min(errors, key=lambda found: position(document, (*found[0], *found[1].absolute_path)))
        raise explain(document, path, error)


def _errors(data: Any) -> Iterator[tuple[Path, Any]]:
    """What is wrong in the frame, and in each rule: where that stands, and the error within."""
    for error in _frame_validator().iter_errors(data):
        yield (), error
    rules = data.get("require") if isinstance(data, dict) else None
    yield from _rule_list_errors(rules, ("require",))


def _rule_list_errors(rules: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Each rule by the schema of its own kind: one schema of all would try to follow every reference."""
    for number, item in enumerate(rules if isinstance(rules, list) else ()):
        here = (*path, number)
        yield from ((here, error) for error in _item_validator().iter_errors(item))
        for name, options in item.items() if isinstance(item, dict) else ():
            if name in RULES:
                yield from (((*here, name), error) for error in _rule_validator(name).iter_errors(options))
            elif name == AnyOf.id and isinstance(options, list):
                for group, inner in enumerate(options):
                    yield from _rule_list_errors(inner, (*here, name, group))


@cache
def _frame() -> dict[str, Any]:
    text = resources.files("verifier.policy").joinpath("schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def _frame_validator() -> Validator:
    frame = _inlined(_frame())
    frame["properties"]["require"]["items"] = {"type": "object"}
    return _validator(frame)


@cache
def _item_validator() -> Validator:
    lists = {"type": "array", "minItems": 1}
    any_of = {"type": "array", "minItems": 2, "items": lists, "description": _ANY_OF}
    return _validator(
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {**dict.fromkeys(RULES, True), AnyOf.id: any_of},
        }
    )


@cache
def _rule_validator(name: str) -> Validator:
    return _validator(_inlined({**rule_schema(RULES[name]), "$defs": _frame()["$defs"]}))


def _validator(document: Mapping[str, Any]) -> Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry: no reference is ever fetched.
    return Draft202012Validator(document, registry=Registry())


def _inlined(document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with each reference replaced by what it leads to: following them is what takes time."""
    definitions = document.get("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        target = node.get("$ref", "").removeprefix("#/$defs/") if isinstance(node.get("$ref"), str) else ""
        merged = {**inline(definitions[target]), **node} if target in definitions else node
        return {key: inline(value) for key, value in merged.items() if key not in {"$ref", "$defs"}}

    inlined: dict[str, Any] = inline(document)
    return inlined
