"""A policy on its way: what the original means, before it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.requirements import NEVER, Requirement
from verifier.policy.convert.signers import Signers


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """The image patterns that one pattern of the original became."""

    original: str
    patterns: tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """What one policy will say. ``refusals`` are reasons for which it must refuse every image."""

    name: str
    kind: str
    origin: Node
    images: list[ImageGroup] = field(default_factory=list)
    warns: bool = False
    signers: Signers = field(default_factory=Signers)
    requirement: Requirement = NEVER
    refusals: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)

    def refuse(self, error: UnsayableError) -> None:
        """Refuse every image, for what could not be said."""
        self.notes.unsayable(error)
        self.refusals.append(f"{error.node.name} of {self.kind} cannot be said: {error.message}")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Stands in for the cluster and the cloud: the bytes of what a policy refers to, by name."""

    known: Mapping[str, bytes]
    used: set[str]

    def find(self, names: Sequence[str], node: Node, what: str) -> bytes:
        """The bytes of the first of ``names`` that is known. Raises `UnsayableError`."""
        for name in names:
            if name in self.known:
                self.used.add(name)
                return self.known[name]
        raise UnsayableError(
            node, f"it names {what} outside of this file; give what it holds with --resolve {names[0]}=FILE"
        )
