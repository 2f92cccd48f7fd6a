"""YAML with one reading, and the position of every value.

YAML 1.1 turns ``NO`` into false, ``1.10`` into 1.1 and ``12:30:45`` into a number, keeps the last of two
equal keys, and lets a short text expand without end. A policy must mean what it seems to mean, so only plain
scalars of YAML 1.2's core schema, lists and mappings with unique text keys are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from verifier.errors import PolicyError
from verifier.limits import POLICY_BYTES, POLICY_DEPTH, POLICY_NODES
from verifier.policy.yaml_hints import REFUSED, SECOND, hidden_hint, problem_hint
from verifier.text import safe

Path = tuple[str | int, ...]
T = TypeVar("T")

# What an editor may not show, and what YAML 1.1 takes for the end of a line or of a comment while YAML 1.2
# and most editors do not. Joiners (U+200C, U+200D) are part of several scripts.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
_SCALARS = (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file and, for every value, its line and column (from 1), and the text as it is written.

    The path of a key is that of its value with ``"<key>"`` behind it.
    """

    data: Any
    positions: Mapping[Path, tuple[int, int]]
    source: str
    text: str = field(default="", repr=False)
    spans: Mapping[Path, tuple[int, int]] = field(default_factory=dict, repr=False)

    def place(self, path: Path) -> str:
        """``file:line:column`` of the value at ``path``, or of the nearest value around it."""
        while path not in self.positions and path:
            path = path[:-1]
        line, column = self.positions.get(path, (1, 1))
        return f"{safe(self.source)}:{line}:{column}"


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """Composes nodes out of libyaml's events, and refuses all that makes YAML surprising.

    libyaml reads ten times as fast as PyYAML's own parser; its own composer would not ask us.
    """

    depth = 0
    nodes = 0

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: dict[Path, tuple[int, int]] = {}
        CParser.__init__(self, text)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def compose_document(self) -> yaml.Node | None:
        event: Any = self.peek_event()
        if event.version or event.tags:
            raise _RefusedError("directives (%) are not allowed", event.start_mark, REFUSED["directive"])
        return super().compose_document()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError("aliases (*) are not allowed", event.start_mark, REFUSED["alias"])
        if getattr(event, "anchor", None):
            raise _RefusedError("anchors (&) are not allowed", event.start_mark, REFUSED["anchor"])
        if getattr(event, "tag", None) is not None:
            raise _RefusedError("tags (!) are not allowed", event.start_mark, REFUSED["tag"])
        self.depth += 1
        self.nodes += 1
        if self.depth > POLICY_DEPTH:
            raise _RefusedError(f"nested deeper than {POLICY_DEPTH} levels", event.start_mark)
        if self.nodes > POLICY_NODES:
            raise _RefusedError(f"more than {POLICY_NODES} values", event.start_mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


class _RefusedError(Exception):
    def __init__(self, message: str, mark: Any, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.line, self.column = mark.line + 1, mark.column + 1


def load(raw: bytes, *, source: str) -> Document:
    """Read one YAML document, or raise `PolicyError` with the place."""

    def read(loader: _Loader) -> Document:
        return _document(loader, loader.get_single_node(), source)

    return _read(raw, source, read)


def load_all(raw: bytes, *, source: str) -> tuple[Document, ...]:
    """Read all documents of a YAML stream, without the empty ones, or raise `PolicyError` with the place."""

    def read(loader: _Loader) -> tuple[Document, ...]:
        documents = []
        while loader.check_node():
            documents.append(_document(loader, loader.get_node(), source))
        return tuple(document for document in documents if document.data is not None)

    return _read(raw, source, read)


def _read(raw: bytes, source: str, read: Callable[[_Loader], T]) -> T:
    text = _text(raw, source)
    try:
        loader = _Loader(text)
        try:
            return read(loader)
        finally:
            loader.dispose()
    except _RefusedError as error:
        place = f"{safe(source)}:{error.line}:{error.column}"
        raise PolicyError(str(error), place=place, hint=error.hint) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{safe(source)}:{mark.line + 1}:{mark.column + 1}" if mark else safe(source)
        problem = error.problem or error.context or ""
        hint = problem_hint(problem, text, mark.line if mark else 0)
        said = "a second document begins here" if SECOND in problem else f"not YAML: {safe(problem)}"
        raise PolicyError(said, place=place, hint=hint) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise PolicyError(f"not YAML: {safe(error)}", place=safe(source)) from None


def _text(raw: bytes, source: str) -> str:
    if len(raw) > POLICY_BYTES:
        raise PolicyError(f"larger than {POLICY_BYTES} bytes", place=safe(source))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyError("not UTF-8", place=safe(source), hint="save the file as UTF-8") from None
    hidden = _HIDDEN.search(text)
    if hidden:
        line = text.count("\n", 0, hidden.start()) + 1
        column = hidden.start() - text.rfind("\n", 0, hidden.start())
        raise PolicyError(
            f"an invisible or ambiguous character (U+{ord(hidden[0]):04X})",
            place=f"{safe(source)}:{line}:{column}",
            hint=hidden_hint(hidden[0], hidden.start()),
        )
    return text


def _document(loader: _Loader, node: yaml.Node | None, source: str) -> Document:
    positions: dict[Path, tuple[int, int]] = {}
    loader.spans = {}
    data = None if node is None else _value(loader, node, (), positions)
    return Document(data, positions, source, loader.text, loader.spans)


def _value(loader: _Loader, node: yaml.Node, path: Path, positions: dict[Path, tuple[int, int]]) -> Any:
    positions[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, positions)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*path, number), positions) for number, item in enumerate(node.value)]
    loader.spans[path] = (node.start_mark.index, node.end_mark.index)
    return loader.construct_object(node)


def _mapping(
    loader: _Loader, node: yaml.MappingNode, path: Path, positions: dict[Path, tuple[int, int]]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
            raise _RefusedError("a key that is not text; put it in quotes", key.start_mark)
        if key.value == "<<":
            raise _RefusedError("merge keys (<<) are not allowed", key.start_mark, REFUSED["merge"])
        if key.value in result:
            first = positions[(*path, key.value, "<key>")][0]
            hint = f"it stands in line {first} already: leave one of the two out"
            raise _RefusedError(f"duplicate key {safe(key.value)!r}", key.start_mark, hint)
        result[key.value] = _value(loader, value, (*path, key.value), positions)
        positions[(*path, key.value, "<key>")] = (key.start_mark.line + 1, key.start_mark.column + 1)
        loader.spans[(*path, key.value, "<key>")] = (key.start_mark.index, key.end_mark.index)
    return result
