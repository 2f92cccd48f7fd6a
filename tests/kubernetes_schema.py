"""What Kubernetes takes: its own OpenAPI definitions, as strict as ``kubectl apply --validate=strict``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft4Validator

from tests.conftest import ROOT

_SCHEMAS = ROOT / "tests" / "schemas"
_KIND = "x-kubernetes-group-version-kind"


@cache
def definitions() -> Mapping[str, Any]:
    """The published definitions, by their names."""
    text = (_SCHEMAS / "kubernetes-openapi.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)["definitions"]
    return found


@cache
def admission_review() -> Mapping[str, Any]:
    """An AdmissionReview in which every field is filled."""
    text = (_SCHEMAS / "admission.k8s.io.v1.AdmissionReview.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@cache
def _strict() -> Mapping[str, Any]:
    return {name: _strictly(definition) for name, definition in definitions().items()}


def _strictly(node: Any) -> Any:
    if isinstance(node, list):
        return [_strictly(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    strict = {key: _strictly(value) for key, value in node.items()}
    if "properties" in strict:
        strict.setdefault("additionalProperties", False)
    return strict


def problems(thing: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object of a built-in kind; a kind that is not there is wrong."""
    group, _, version = str(thing.get("apiVersion")).rpartition("/")
    wanted = {"group": group, "kind": thing.get("kind"), "version": version}
    for name, definition in definitions().items():
        if wanted in definition.get(_KIND, ()):
            schema = {"$ref": f"#/definitions/{name}", "definitions": _strict()}
            errors = Draft4Validator(schema).iter_errors(thing)
            return [f"{error.json_path}: {error.message[:200]}" for error in errors]
    return [f"there is no {wanted}"]


def places_of(name: str, *keys: str) -> Iterator[tuple[str | int, ...]]:
    """The paths below the definition ``name`` that end in a text called one of ``keys``.

    One item stands for a list. A definition that holds itself is entered once.
    """
    yield from _places(name, frozenset(keys), (name,))


def _places(name: str, keys: frozenset[str], entered: tuple[str, ...]) -> Iterator[tuple[str | int, ...]]:
    for key, value in definitions()[name].get("properties", {}).items():
        items = value.get("items") if value.get("type") == "array" else None
        node, steps = (value, (key,)) if items is None else (items, (key, 0))
        if node.get("type") == "string" and key in keys:
            yield steps
        target = str(node.get("$ref", "")).rpartition("/")[2]
        if target and target not in entered:
            yield from ((*steps, *rest) for rest in _places(target, keys, (*entered, target)))
