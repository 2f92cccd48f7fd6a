"""Whether two renderings deploy the same."""

from __future__ import annotations

import re
from typing import Any

import yaml

# Labels that tell one way to install from the other, and the traces of a changed configuration.
_OWN = {
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "checksum/configuration",
}
_HASH = re.compile(r"(verify-configuration)-[a-z0-9]{10}")


def differences(one: str, other: str) -> list[str]:
    """What is in one of two renderings and not in the other, by object and path."""
    first, second = _objects(one), _objects(other)
    found = [f"only in one: {key}" for key in sorted(first.keys() ^ second.keys())]
    for key in sorted(first.keys() & second.keys()):
        found += [f"{key}{text}" for text in _differ(first[key], second[key], "")]
    return found


def _objects(text: str) -> dict[str, Any]:
    documents = [document for document in yaml.safe_load_all(_HASH.sub(r"\1", text)) if document]
    for document in documents:
        if document["metadata"]["name"] == "verify-configuration":
            document["data"] = yaml.safe_load(document["data"]["configuration.yaml"])
            # An operator of kustomize writes it beside the component, in a file of their own.
            document["data"].pop("pull-secrets")
    # Helm is told the namespace, and does not make it.
    return {
        f"{document['kind']}/{document['metadata']['name']}": _plain(document)
        for document in documents
        if document["kind"] != "Namespace"
    }


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, dict):
        kept = {key: _plain(value) for key, value in node.items() if key not in _OWN}
        # Nothing and left out are the same.
        return {key: value for key, value in kept.items() if value not in ({}, None)}
    return node


def _differ(one: Any, other: Any, at: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            text for key in sorted(one.keys() | other.keys())
            for text in _differ(one.get(key), other.get(key), f"{at}.{key}")
        ]  # fmt: skip
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            text for number, pair in enumerate(zip(one, other, strict=True))
            for text in _differ(*pair, f"{at}[{number}]")
        ]  # fmt: skip
    return [] if one == other else [f"{at}: {one!r} / {other!r}"]
