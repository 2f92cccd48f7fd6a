"""Read a YAML document as the JSON that it stands for.

YAML has more ways than JSON to say one thing, and readers differ on them, so only plain structure is read:
one document, no anchors, aliases, tags, merge keys or duplicate keys. Scalars stay texts except ``true``,
``false`` and ``null``: SPDX has no other type where it matters, and a version ``1.10`` is no number.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from verifier.errors import SbomError
from verifier.limits import JSON_DEPTH
from verifier.strict_json import Json
from verifier.text import safe

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None, "~": None, "": None}


def parse_yaml(text: str) -> Json:
    """Read ``text``, or raise `SbomError`."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.add(event)
    except yaml.YAMLError as error:
        raise SbomError(f"not YAML: {safe(error)}") from None
    if not builder.results:
        raise SbomError("an empty YAML document")
    return builder.results[0]


class _Builder:
    """Puts events together; without recursion, and no deeper than JSON may be."""

    def __init__(self) -> None:
        self.results: list[Json] = []
        self._open: list[dict[str, Json] | list[Json]] = []
        self._keys: list[str | None] = []  # for each open mapping the key whose value comes next

    def add(self, event: yaml.Event) -> None:
        """Take the next event, or raise `SbomError`."""
        self._refuse_fancy(event)
        match event:
            case yaml.MappingStartEvent():
                self._start({}, event)
            case yaml.SequenceStartEvent():
                self._start([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.DocumentStartEvent() if self.results:
                raise self._error("more than one document", event)

    def _refuse_fancy(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._error("anchors and aliases are not accepted", event)
        if getattr(event, "tag", None) is not None:
            raise self._error("tags are not accepted", event)

    def _start(self, container: dict[str, Json] | list[Json], event: yaml.Event) -> None:
        if len(self._open) == JSON_DEPTH:
            raise self._error(f"nested deeper than {JSON_DEPTH} levels", event)
        self._put(container, event)
        self._open.append(container)
        self._keys.append(None)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        plain = not event.style
        holder = self._open[-1] if self._open else None
        if isinstance(holder, dict) and self._keys[-1] is None:
            if plain and event.value == "<<":
                raise self._error("merge keys are not accepted", event)
            if event.value in holder:
                raise self._error(f"duplicate key {safe(event.value, limit=100)!r}", event)
            self._keys[-1] = event.value
        else:
            self._put(_WORDS.get(event.value, event.value) if plain else event.value, event)

    def _put(self, value: Json, event: yaml.Event) -> None:
        if not self._open:
            self.results.append(value)
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
            return
        key = self._keys[-1]
        if key is None:
            raise self._error("a key that is no text", event)
        holder[key] = value
        self._keys[-1] = None

    @staticmethod
    def _error(problem: str, event: yaml.Event) -> SbomError:
        mark = event.start_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        return SbomError(f"{problem}{place}")
