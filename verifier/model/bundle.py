"""Signed material as it was found: digests checked, signatures not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from verifier.model.digest import Digest


class Format(Enum):
    """How a piece of signed material is written. The values are public (JSON report)."""

    SIMPLE_SIGNING = "cosign-simplesigning"  # a `.sig` layer: payload in the blob, signature in annotations
    DSSE = "cosign-dsse"  # an `.att` layer: DSSE envelope in the blob, certificate in annotations
    BUNDLE = "sigstore-bundle"  # a Sigstore bundle, all in the blob


@dataclass(frozen=True, slots=True)
class Bundle:
    """One piece of signed material.

    ``raw`` is the blob, ``annotations`` those of its layer descriptor (unsigned; the legacy formats keep
    certificate, signature and log entry there), ``stored_at`` every place where it was found, in words:
    ``tag sha256-….att``, ``referrers``, ``fallback tag``, ``layout``.
    """

    format: Format
    raw: bytes
    digest: Digest
    stored_at: tuple[str, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Evidence that nobody signed: BuildKit attestations and ``.sbom`` tags. Listed, never counted."""

    digest: Digest
    stored_at: tuple[str, ...]
    predicate_type: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that could not be looked at, or an item that could not be had, and why.

    ``code`` is an error's code. Evidence may be missing because of it, which is not the same as there
    being none. ``may_count`` is False where nothing that lies there could ever count.
    """

    place: str
    code: str
    reason: str
    hint: str | None = None
    may_count: bool = True


@dataclass(frozen=True, slots=True)
class Rejection:
    """Material that was looked at and does not count.

    ``is_unread``: what it would have been is not known, for it is gone, is not what its digest says, or
    cannot be read as what it should be.
    """

    digest: Digest
    stored_at: tuple[str, ...]
    code: str
    reason: str
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Discovered:
    """What lies beside an image, from all places together.

    ``bundles`` are candidates for verification, each once; ``rejections`` are items that cannot be
    candidates (a referrer that names another subject, a blob with a wrong digest); ``searched`` names
    every place that was asked, found or not.
    """

    bundles: tuple[Bundle, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    searched: tuple[str, ...] = ()
