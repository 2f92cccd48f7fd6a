"""YAML as the programs read it that will act on it, refused where they read it differently.

Straight from libyaml's events, of which go-yaml (Kubernetes, Helm, Compose) is a translation: anchors,
aliases and merge keys work as there. Refused: equal keys, keys that are no text, and lines that kubectl takes
for the end of a document and YAML does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml._yaml import CParser

from verifier.errors import ManifestError
from verifier.limits import GATE_DEPTH, GATE_NODES
from verifier.text import safe
from verifier.workload.blanks import ODD_BLANKS
from verifier.workload.interface import SyntaxProblemError
from verifier.workload.nodes import Document, Kind, ListNode, MapNode, Node, Scalar
from verifier.workload.scalars import kind_of_plain
from verifier.workload.source import Source

_NO_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp"))
# Not "!": by it go-yaml resolves a value in quotes as if it had none, "<<" among them.
_CORE_TAGS = _NO_TEXT | {"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
# Of apimachinery's util/yaml: what follows three dashes is white space or a comment. To YAML other blanks
# than these three are text, and so is a comment without one before it.
_SEPARATOR = re.compile(rf"^---(?:#|[ \t\r]*+[{ODD_BLANKS}])", re.MULTILINE)
_RENDER = "render it first, for example: helm template CHART | verify gate -"


class _Open:
    """A collection that has begun: ``values`` holds keys and values in turn where it is a mapping."""

    __slots__ = ("anchor", "is_map", "start", "values")

    def __init__(self, start: int, anchor: str | None, *, is_map: bool) -> None:
        self.start = start
        self.anchor = anchor
        self.is_map = is_map
        self.values: list[Node] = []


def read_yaml(source: Source) -> tuple[Document, ...]:
    """Read every document, without the empty ones, or raise `ManifestError` with the place."""
    hidden = _SEPARATOR.search(source.text)
    if hidden:
        raise ManifestError(
            f"{source.place(hidden.start())}: kubectl ends a document here, and YAML does not"
        )
    try:
        return _Reader(source).documents()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        index = mark.index + source.start if mark else source.start
        message = f"{source.place(index)}: not YAML: {safe(error.problem or error.context)}"
        raise SyntaxProblemError(message, hint=_RENDER if "{{" in source.text else None) from None
    except ManifestError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise SyntaxProblemError(f"{safe(source.name)}: not YAML: {safe(error)}") from None


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._shift = source.start
        self._parser = CParser(source.text[source.start :])
        self._anchors: dict[str, Node] = {}
        self._tags: list[tuple[int, str]] = []
        self._brought = 0  # values that merge keys brought along, in all documents
        self._nodes = 0

    def documents(self) -> tuple[Document, ...]:
        found: list[Document] = []
        try:
            while self._parser.check_event():
                event: Any = self._parser.get_event()
                if isinstance(event, yaml.DocumentStartEvent):
                    if event.tags:
                        raise self._wrong(event, "a %TAG directive, which programs read differently")
                    self._anchors, self._tags = {}, []
                    root = self._node()
                    if not (isinstance(root, Scalar) and root.kind is Kind.NULL):
                        found.append(Document(root, tuple(self._tags)))
        finally:
            self._parser.dispose()
        return tuple(found)

    def _node(self) -> Node:
        """Read one node with all that is in it."""
        open_: list[_Open] = []
        while True:
            event: Any = self._parser.get_event()
            node: Node
            if isinstance(event, yaml.ScalarEvent):
                node = self._scalar(event)
                self._remember(event.anchor, node)
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                open_.append(self._begin(event, len(open_)))
                continue
            else:  # the end of a collection: nothing else can stand inside a document
                ended = open_.pop()
                node = self._map(ended) if ended.is_map else self._list(ended)
                self._remember(ended.anchor, node)
            if not open_:
                return node
            self._add(open_[-1], node)

    def _begin(self, event: Any, depth: int) -> _Open:
        self._tag(event)
        if depth >= GATE_DEPTH:
            raise self._wrong(event, f"nested deeper than {GATE_DEPTH} levels")
        start = event.start_mark.index + self._shift
        return _Open(start, event.anchor, is_map=isinstance(event, yaml.MappingStartEvent))

    def _add(self, to: _Open, node: Node) -> None:
        if to.is_map and len(to.values) % 2 == 0 and not isinstance(node, Scalar):
            hint = _RENDER if "{{" in self._source.text else None
            raise ManifestError(f"{self._source.place(node.start)}: a key that is not text", hint=hint)
        self._nodes += 1
        if max(node.size, self._nodes) > GATE_NODES:
            raise ManifestError(f"{self._source.place(node.start)}: more than {GATE_NODES} values")
        to.values.append(node)

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _alias(self, event: Any) -> Node:
        # An alias inside its own anchor ends here too: that is known from its end on.
        node = self._anchors.get(event.anchor)
        if node is None:
            raise self._wrong(event, f"there is no anchor &{safe(event.anchor, limit=80)} before this alias")
        return node

    def _scalar(self, event: Any) -> Scalar:
        self._tag(event)
        start, end = (mark.index + self._shift for mark in (event.start_mark, event.end_mark))
        if event.tag is None:
            kind = Kind.TEXT if event.style else kind_of_plain(event.value)  # no style is the plain one
        else:
            kind = Kind.OTHER if event.tag in _NO_TEXT else Kind.TEXT
        quote = 1 if event.style in {"'", '"'} else 0
        # From its end: an anchor and a tag stand before the value.
        inner = end - quote - len(event.value)
        if event.style in {"|", ">"} or self._source.text[inner : end - quote] != event.value:
            return Scalar(event.value, kind, start, end)
        return Scalar(event.value, kind, inner - quote, end, inner)

    def _tag(self, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in _CORE_TAGS:
            self._tags.append((event.start_mark.index + self._shift, tag))

    @staticmethod
    def _list(ended: _Open) -> ListNode:
        return ListNode(tuple(ended.values), ended.start, 1 + sum(node.size for node in ended.values))

    def _map(self, ended: _Open) -> MapNode:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: Mapping[str, tuple[Scalar, Node]] = {}
        size = 1
        for key, value in zip(ended.values[::2], ended.values[1::2], strict=True):
            if not isinstance(key, Scalar):
                continue  # `_add` has refused it
            size += value.size
            if key.text == "<<" and key.kind is Kind.OTHER:
                if merged:
                    raise ManifestError(f"{self._source.place(key.start)}: duplicate key '<<'")
                merged = self._merged(key, value)
                self._brought += len(merged)
                if self._brought > GATE_NODES:
                    raise ManifestError(f"{self._source.place(key.start)}: more than {GATE_NODES} values")
                twice = next((name for name in merged if name in own), None)
                if twice is not None:
                    # go-yaml lets what is merged win over what stands before it; others never do.
                    raise ManifestError(
                        f"{self._source.place(key.start)}: '<<' behind a key that it brings along"
                        f" ({safe(twice, limit=80)!r}), which programs read differently",
                        hint="let '<<' be the first key",
                    )
            elif key.text in own:
                raise ManifestError(
                    f"{self._source.place(key.start)}: duplicate key {safe(key.text, limit=80)!r}"
                )
            else:
                own[key.text] = (key, value)
        return MapNode({**merged, **own}, ended.start, size)

    def _merged(self, key: Scalar, value: Node) -> Mapping[str, tuple[Scalar, Node]]:
        """What a merge key brings along; of several mappings the first one wins."""
        parts = value.items if isinstance(value, ListNode) else (value,)
        found: dict[str, tuple[Scalar, Node]] = {}
        for part in parts:
            if not isinstance(part, MapNode):
                raise ManifestError(
                    f"{self._source.place(key.start)}: '<<' with something that is no mapping"
                )
            found = {**part.entries, **found}
        return found

    def _wrong(self, event: Any, message: str) -> ManifestError:
        return ManifestError(f"{self._source.place(event.start_mark.index + self._shift)}: {message}")
