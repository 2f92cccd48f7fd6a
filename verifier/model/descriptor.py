"""Descriptors, and the content that matches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from verifier.errors import DigestMismatch
from verifier.model.digest import Digest
from verifier.model.platform import Platform


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a registry document says of another piece of content: claims, until `Content` checks them.

    OCI image specification 1.1, descriptor.md. ``size`` in bytes.
    """

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class UnreadEntry:
    """An entry of a list that leads to nothing which could be read: ``what`` it names, and the ``reason``."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed, and the entries of the list that cannot be read: one of those hides no other."""

    entries: tuple[Descriptor, ...] = ()
    unread: tuple[UnreadEntry, ...] = ()

    def __iter__(self) -> Iterator[Descriptor]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that have the digest and size that ``descriptor`` states."""

    descriptor: Descriptor
    raw: bytes

    @classmethod
    def checked(cls, descriptor: Descriptor, raw: bytes) -> Self:
        """Pair ``raw`` with ``descriptor``, or raise `DigestMismatch`."""
        actual = Digest.of(raw)
        if actual != descriptor.digest or len(raw) != descriptor.size:
            raise DigestMismatch(
                f"asked for {descriptor.digest} of {descriptor.size} bytes, got {actual} of {len(raw)} bytes",
                hint="the registry or layout holds damaged or replaced content; nothing of it was used",
            )
        return cls(descriptor, raw)

    @property
    def digest(self) -> Digest:
        """The digest that the bytes have."""
        return self.descriptor.digest
