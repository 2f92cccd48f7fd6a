"""What YAML and JSON are made of, with the place of every value.

One node may stand in several places of a document (an anchor and its aliases). Named tuples, since large
files have millions of them, and a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from verifier.strict_json import Json


class Kind(Enum):
    """What a scalar is to those who read it as Kubernetes or Compose do."""

    TEXT = "text"
    NULL = "nothing"
    OTHER = "a number, a date or a truth value"


class Scalar(NamedTuple):
    """``start`` and ``end`` bound what is written, ``inner`` where that holds ``text`` letter by letter."""

    text: str
    kind: Kind
    start: int
    end: int
    inner: int | None = None
    size: int = 1


class ListNode(NamedTuple):
    """A list; ``size`` counts the values in it, those behind aliases as often as they are named."""

    items: tuple[Node, ...]
    start: int
    size: int


class MapNode(NamedTuple):
    """A mapping with text keys."""

    entries: Mapping[str, tuple[Scalar, Node]]
    start: int
    size: int

    def get(self, key: str) -> Node | None:
        """The value of ``key``, or None."""
        entry = self.entries.get(key)
        return None if entry is None else entry[1]

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and values."""
        return ((key, value) for key, (_, value) in self.entries.items())


Node = Scalar | ListNode | MapNode


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document of a file. ``tags`` are places and tags that change what a value is."""

    root: Node
    tags: tuple[tuple[int, str], ...] = ()


def is_null(node: Node | None) -> bool:
    """Whether there is nothing: no value, or null."""
    return node is None or (isinstance(node, Scalar) and node.kind is Kind.NULL)


def text_of(node: Node | None) -> str | None:
    """The text of a text scalar, or None."""
    return node.text if isinstance(node, Scalar) and node.kind is Kind.TEXT else None


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; nothing where it is none."""
    return node.items if isinstance(node, ListNode) else ()


def is_whole_object(node: Node) -> bool:
    """Whether this is a Kubernetes object, and no mere reference to one."""
    if not isinstance(node, MapNode) or not all(text_of(node.get(key)) for key in ("apiVersion", "kind")):
        return False
    return any(isinstance(node.get(key), MapNode) for key in ("metadata", "spec"))


def node_of(value: Json) -> Node:
    """``value`` as a document without places."""
    match value:
        case dict():
            entries = {key: (Scalar(key, Kind.TEXT, 0, 0), node_of(inner)) for key, inner in value.items()}
            return MapNode(entries, 0, 1 + sum(node.size for _, node in entries.values()))
        case list():
            items = tuple(node_of(inner) for inner in value)
            return ListNode(items, 0, 1 + sum(node.size for node in items))
        case str():
            return Scalar(value, Kind.TEXT, 0, 0)
        case None:
            return Scalar("null", Kind.NULL, 0, 0)
        case _:
            return Scalar(json.dumps(value), Kind.OTHER, 0, 0)
