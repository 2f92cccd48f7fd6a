"""Values of foreign documents, each with the path and the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from verifier.policy.yaml_loader import Document, Path


@dataclass(frozen=True, slots=True)
class Node:
    """A value at ``path`` of ``document``; paths are told from ``root`` on."""

    value: Any
    path: Path
    document: Document
    root: int = 0

    @property
    def name(self) -> str:
        """Its path, as ``spec.images[0].glob``."""
        parts = self.path[self.root :]
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
        return text.removeprefix(".") or "the document"

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return self.document.place(self.path)

    @property
    def label(self) -> str:
        """``metadata.name`` of the Kubernetes manifest that it is; ``""`` where it has none."""
        metadata = self.get("metadata")
        name = metadata.get("name") if metadata else None
        return name.value if name and isinstance(name.value, str) else ""

    def get(self, key: str) -> Node | None:
        """What stands under ``key``; None where there is nothing or ``null``, as Kubernetes has it."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return None if value is None else self.child(key, value)

    def child(self, key: str | int, value: Any) -> Node:
        """The value under ``key``."""
        return Node(value, (*self.path, key), self.document, self.root)

    def items(self) -> Iterator[Node]:
        """The items of a list; of anything else, none."""
        for number, value in enumerate(self.value if isinstance(self.value, list) else ()):
            yield self.child(number, value)

    def rooted(self) -> Node:
        """The same as the document that others are told from."""
        return Node(self.value, self.path, self.document, len(self.path))
