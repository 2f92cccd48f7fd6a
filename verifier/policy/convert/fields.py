"""Reading fields of foreign documents: what has another type, or an unknown name, cannot be said.

A misspelt field is dropped by the API server without a word; a policy that lacks what its author wrote
must not pass for an equal one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.words import did_you_mean
from verifier.text import safe


def require_known(node: Node, known: Collection[str]) -> None:
    """Raise `UnsayableError` unless ``node`` is a mapping with no other keys than ``known``."""
    for key in mapping(node):
        if key not in known:
            child = node.child(key, node.value[key])
            raise UnsayableError(child, f"unknown field {safe(key, limit=60)!r}; {did_you_mean(key, known)}")


def mapping(node: Node) -> dict[str, Any]:
    """The mapping at ``node``, or `UnsayableError`."""
    if not isinstance(node.value, dict):
        raise UnsayableError(node, "it is no mapping")
    return node.value


def items(node: Node | None) -> list[Node]:
    """The items of the list at ``node``; none where there is none. Raises `UnsayableError`."""
    if node is None:
        return []
    if not isinstance(node.value, list):
        raise UnsayableError(node, "it is no list")
    return list(node.items())


def text(node: Node | None) -> str:
    """The text at ``node``; ``""`` where there is none. Raises `UnsayableError`."""
    if node is None:
        return ""
    if not isinstance(node.value, str):
        raise UnsayableError(node, f"it is no text: {safe(node.value, limit=60)!r}")
    return node.value


def flag(node: Node | None, *, default: bool = False) -> bool:
    """The truth value at ``node``. Raises `UnsayableError`."""
    if node is None:
        return default
    if not isinstance(node.value, bool):
        raise UnsayableError(node, f"it is neither true nor false: {safe(node.value, limit=60)!r}")
    return node.value


def number(node: Node | None) -> int | None:
    """The whole number at ``node``; None where there is none. Raises `UnsayableError`."""
    if node is None:
        return None
    if not isinstance(node.value, int) or isinstance(node.value, bool):
        raise UnsayableError(node, f"it is no whole number: {safe(node.value, limit=60)!r}")
    return node.value
