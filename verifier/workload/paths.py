"""Paths into objects: keys with dots between them, ``[]`` for every item of a list, ``*`` for every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.nodes import ListNode, MapNode, Node

_STEP = re.compile(r"(\*|[A-Za-z0-9_-]+)((?:\[\])*)")


@dataclass(frozen=True, slots=True)
class Path:
    """``steps`` are keys, ``*`` and ``[]``."""

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
        return cls(tuple(steps))

    def find(self, root: Node) -> Iterator[tuple[Node, str]]:
        """Every value at this path, with where it is: ``spec.steps[0].image``."""
        found: list[tuple[Node, str]] = [(root, "")]
        for step in self.steps:
            found = [inner for node, at in found for inner in _step(node, at, step)]
        yield from found


def _step(node: Node, at: str, step: str) -> Iterator[tuple[Node, str]]:
    if step == "[]":
        if isinstance(node, ListNode):
            yield from ((item, f"{at}[{number}]") for number, item in enumerate(node.items))
    elif isinstance(node, MapNode):
        if step == "*":
            yield from ((value, below(at, key)) for key, value in node.items())
        elif (value := node.get(step)) is not None:
            yield value, below(at, step)


def below(path: str, key: str) -> str:
    """The path of ``key`` in the mapping at ``path``."""
    return f"{path}.{key}" if path else key
