"""JSON with the place of every value (RFC 8259), several documents one behind the other."""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from verifier.errors import ManifestError
from verifier.limits import GATE_DEPTH, GATE_NODES
from verifier.text import safe
from verifier.workload.interface import SyntaxProblemError
from verifier.workload.nodes import Document, Kind, ListNode, MapNode, Node, Scalar
from verifier.workload.source import Source

_SPACE = re.compile(r"[ \t\r\n]*")
_HALVES = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def read_json(source: Source) -> tuple[Document, ...]:
    """Read every document, or raise `ManifestError` with the place. Equal keys are refused."""
    reader = _Reader(source)
    found: list[Document] = []
    at = reader.skip(source.start)
    while at < len(source.text):
        node, at = reader.value(at, 0)
        found.append(Document(node))
        at = reader.skip(at)
    return tuple(document for document in found if not _is_null(document.root))


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind is Kind.NULL


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._nodes = 0

    def skip(self, at: int) -> int:
        """Pass over white space."""
        match = _SPACE.match(self._text, at)
        return at if match is None else match.end()

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        """The value that begins at ``at``, and where it ends."""
        self._nodes += 1
        if self._nodes > GATE_NODES or depth > GATE_DEPTH:
            bound = (
                f"nested deeper than {GATE_DEPTH} levels"
                if depth > GATE_DEPTH
                else f"more than {GATE_NODES} values"
            )
            raise self._wrong(at, bound)
        first = self._text[at : at + 1]
        if first == '"':
            return self._string(at)
        if first == "{":
            return self._map(at, depth)
        if first == "[":
            return self._list(at, depth)
        match = _WORD.match(self._text, at)
        if match is None:
            raise self._wrong(at, "not JSON: a value is expected")
        kind = Kind.NULL if match[0] == "null" else Kind.OTHER
        return Scalar(match[0], kind, at, match.end()), match.end()

    def _string(self, at: int) -> tuple[Scalar, int]:
        try:
            text, end = scanstring(self._text, at + 1)
        except JSONDecodeError as error:
            raise self._wrong(error.pos, f"not JSON: {safe(error.msg)}") from None
        if _HALVES.search(text):
            raise self._wrong(at, "an escape that is half of a character")
        inner = at + 1 if self._text[at + 1 : end - 1] == text else None
        return Scalar(text, Kind.TEXT, at, end, inner), end

    def _list(self, start: int, depth: int) -> tuple[ListNode, int]:
        items: list[Node] = []
        at = self.skip(start + 1)
        if self._text[at : at + 1] == "]":
            return ListNode((), start, 1), at + 1
        while True:
            item, at = self.value(at, depth + 1)
            items.append(item)
            at, more = self._next(at, "]")
            if not more:
                return ListNode(tuple(items), start, 1 + sum(node.size for node in items)), at

    def _map(self, start: int, depth: int) -> tuple[MapNode, int]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        at = self.skip(start + 1)
        if self._text[at : at + 1] == "}":
            return MapNode({}, start, 1), at + 1
        while True:
            if self._text[at : at + 1] != '"':
                raise self._wrong(at, "not JSON: a key in double quotes is expected")
            key, at = self._string(at)
            if key.text in entries:
                raise self._wrong(key.start, f"duplicate key {safe(key.text, limit=80)!r}")
            at = self.skip(at)
            if self._text[at : at + 1] != ":":
                raise self._wrong(at, "not JSON: ':' is expected")
            value, at = self.value(self.skip(at + 1), depth + 1)
            entries[key.text] = (key, value)
            at, more = self._next(at, "}")
            if not more:
                size = 1 + sum(node.size for _, node in entries.values())
                return MapNode(entries, start, size), at

    def _next(self, at: int, end: str) -> tuple[int, bool]:
        """Behind a comma (and there is more), or behind the end."""
        at = self.skip(at)
        found = self._text[at : at + 1]
        if found == end:
            return at + 1, False
        if found != ",":
            raise self._wrong(at, f"not JSON: ',' or '{end}' is expected")
        return self.skip(at + 1), True

    def _wrong(self, at: int, message: str) -> ManifestError:
        kind = SyntaxProblemError if message.startswith("not JSON") else ManifestError
        return kind(f"{self._source.place(at)}: {message}")
