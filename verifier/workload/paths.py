"""Paths into objects: keys with dots between them, ``[]`` for every item of a list, ``*`` for every value.

``**`` is every mapping and list at any depth, itself included; ``{key=text}`` keeps the mappings that have
this text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.nodes import ListNode, MapNode, Node, Scalar, text_of

_STEP = re.compile(r"(\*\*?|[A-Za-z0-9_-]+)((?:\[\])*)(?:\{([A-Za-z0-9_-]+=[A-Za-z0-9_-]+)\})?")


@dataclass(frozen=True, slots=True)
class Path:
    """``steps`` are keys, ``*``, ``**``, ``[]`` and ``{key=text}``."""

    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path such as ``spec.steps[].image``, or raise `ManifestError`."""
        steps: list[str] = []
        for part in text.split("."):
            match = _STEP.fullmatch(part)
            if match is None:
                raise ManifestError(
                    f"not a path: {safe(text, limit=100)!r}",
                    hint="for example spec.steps[].image or spec.nodes.*.image",
                )
            steps += [match[1], *(["[]"] * (len(match[2]) // 2))]
            if match[3]:
                steps.append(f"{{{match[3]}}}")
        return cls(tuple(steps))

    def find(self, root: Node) -> Iterator[tuple[Node, str]]:
        """Every value at this path, with where it is: ``spec.steps[0].image``."""
        found: list[tuple[Node, str]] = [(root, "")]
        for step in self.steps:
            found = [inner for node, at in found for inner in _step(node, at, step)]
        yield from found

    def without(self, root: MapNode) -> MapNode:
        """``root`` without what is at this path; by place, since one node may stand in several."""
        node = _without(root, self.steps)
        return node if isinstance(node, MapNode) else root._replace(entries={})


def _without(node: Node, steps: tuple[str, ...]) -> Node | None:
    if not steps:
        return None
    step, rest = steps[0], steps[1:]
    if step == "**":
        kept = _without(node, rest)
        return None if kept is None else _each(kept, lambda _, inner: _without(inner, steps))
    if step.startswith("{"):
        return _without(node, rest) if any(True for _ in _step(node, "", step)) else node
    if isinstance(node, ListNode) != (step == "[]"):
        return node
    return _each(node, lambda key, inner: _without(inner, rest) if step in {key, "*", "[]"} else inner)


def _each(node: Node, change: Callable[[str, Node], Node | None]) -> Node:
    """``node`` with what ``change`` makes of each key and value; what is None is gone."""
    if isinstance(node, MapNode):
        changed = ((key, name, change(key, value)) for key, (name, value) in node.entries.items())
        return node._replace(
            entries={key: (name, value) for key, name, value in changed if value is not None}
        )
    if isinstance(node, ListNode):
        items = (change("", item) for item in node.items)
        return node._replace(items=tuple(item for item in items if item is not None))
    return node


def _step(node: Node, at: str, step: str) -> Iterator[tuple[Node, str]]:
    if step == "**":
        yield from _all_below(node, at)
    elif step == "[]":
        if isinstance(node, ListNode):
            yield from ((item, f"{at}[{number}]") for number, item in enumerate(node.items))
    elif isinstance(node, MapNode):
        if step == "*":
            yield from ((value, below(at, key)) for key, value in node.items())
        elif step.startswith("{"):
            key, _, text = step[1:-1].partition("=")
            if text_of(node.get(key)) == text:
                yield node, at
        elif (value := node.get(step)) is not None:
            yield value, below(at, step)


def _all_below(node: Node, at: str) -> Iterator[tuple[Node, str]]:
    """The mappings and lists at and below ``node``: a scalar has nothing that a further step could find."""
    if not isinstance(node, Scalar):
        yield node, at
    if isinstance(node, MapNode):
        for key, value in node.items():
            yield from _all_below(value, below(at, key))
    elif isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            yield from _all_below(item, f"{at}[{number}]")


def below(path: str, key: str) -> str:
    """The path of ``key`` in the mapping at ``path``."""
    return f"{path}.{key}" if path else key
