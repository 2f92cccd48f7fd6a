"""A policy on its way: what the original means, before it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.requirements import NEVER, Requirement
from verifier.policy.convert.signers import Signers


@dataclass(frozen=True, slots=True)
class Images:
    """What a pattern of an original means: ``patterns`` for the images that it is about.

    ``refused`` are patterns for at least those that no pattern means exactly, for the reason ``problem``.
    ``traps`` say where the original means something else than it seems to, or ``patterns`` are for more.
    """

    patterns: tuple[str, ...]
    refused: tuple[str, ...] = ()
    problem: str = ""
    traps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """The image patterns that one pattern of the original became."""

    original: str
    patterns: tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """What one policy will say.

    ``refusals`` are reasons for which it must refuse every image; ``refused`` are images that the original is
    about and no pattern means exactly, for a policy of their own.
    """

    name: str
    kind: str
    origin: Node
    images: list[ImageGroup] = field(default_factory=list)
    warns: bool = False
    signers: Signers = field(default_factory=Signers)
    requirement: Requirement = NEVER
    refusals: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    refused: list[ImageGroup] = field(default_factory=list)

    def read(self, node: Node, found: Images) -> None:
        """Take in what the pattern at ``node`` means."""
        for trap in found.traps:
            self.notes.trap(node, f"{node.value}: {trap}")
        if found.refused:
            message = f"{node.value}: {found.problem}; these images are refused"
            self.notes.unsayable(UnsayableError(node, message))
            self.refused.append(ImageGroup(str(node.value), found.refused))
        if found.patterns:
            self.images.append(ImageGroup(str(node.value), found.patterns))

    def all(self) -> Iterator[Draft]:
        """The draft, and the one for the images that it could not say; at least one of them."""
        if not self.refused:
            yield self
            return
        beside = unsaid(self, self.refused)
        if self.images:
            yield self
        else:
            beside.notes = self.notes
        yield beside

    def refuse(self, error: UnsayableError) -> None:
        """Refuse every image, for what could not be said."""
        self.notes.unsayable(error)
        self.refusals.append(f"{error.node.name} of {self.kind} cannot be said: {error.message}")


def unsaid(draft: Draft, refused: list[ImageGroup]) -> Draft:
    """A policy that refuses the images that no pattern means exactly."""
    names = ", ".join(group.original for group in refused)
    return Draft(
        name=f"{draft.name[:53]}-unsaid",
        kind=draft.kind,
        origin=draft.origin,
        images=refused,
        warns=draft.warns,
        refusals=[f"the images {names} of {draft.kind} cannot be said exactly"],
    )


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
