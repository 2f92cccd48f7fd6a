"""Sort what lies in evidence manifests: candidates for verification, unsigned evidence, and neither.

The media types of cosign's tags, of its experimental referrers and of Sigstore bundles; see cosign's
specs/SIGNATURE_SPEC.md and specs/BUNDLE_SPEC.md. All of it is unsigned: it says how to try to verify
something, never that it is good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from verifier.errors import BundleError, RegistryError, RejectedError, UnavailableError, VerifierError
from verifier.model.bundle import Format, Rejection, Unreadable, Unsigned
from verifier.model.descriptor import Descriptor, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import Manifest
from verifier.text import safe

_SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_DSSE: Final = "application/vnd.dsse.envelope.v1+json"
_BUNDLE_PREFIX: Final = "application/vnd.dev.sigstore.bundle"
_UNSIGNED: Final = frozenset(
    {
        "application/vnd.in-toto+json",
        "text/spdx",
        "text/spdx+json",
        "application/spdx+json",
        "application/vnd.cyclonedx",
        "application/vnd.cyclonedx+json",
        "application/vnd.cyclonedx+xml",
        "application/vnd.syft+json",
    }
)
_SHOWN: Final = 3
_UNREAD_ENTRY: Final = (
    "have it attached anew, or removed; digests other than sha256 are not supported, and what a layout lists"
    " must be in it"
)
_PREDICATE_TYPE: Final = "in-toto.io/predicate-type"


class Where(Enum):
    """What kind of place a manifest lay in, which says how to read its layers."""

    SIGNED = "signed"  # a `.sig` or `.att` tag, or marked so in a layout: nothing else belongs there
    REFERRER = "referrer"  # anything may refer to an image
    UNSIGNED = "unsigned"  # a `.sbom` tag or a BuildKit attestation


@dataclass(slots=True)
class Candidate:
    """A layer that may hold signed material, and every place where it lies."""

    format: Format
    descriptor: Descriptor
    stored_at: list[str]


@dataclass(slots=True)
class Candidates:
    """What was found so far; grows while manifests are read."""

    layers: dict[object, Candidate] = field(default_factory=dict)
    unsigned: dict[Digest, Unsigned] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def add(self, manifest: Manifest, where: Where, place: str) -> None:
        """Sort the layers of an evidence manifest that lay in ``place``."""
        for layer in manifest.layers:
            format_ = _format(layer.media_type)
            if format_ is not None and where is not Where.UNSIGNED:
                self._add_candidate(format_, layer, place)
            elif where is Where.SIGNED:
                reason = f"not a signature or attestation: {safe(layer.media_type, limit=100)}"
                self.reject(layer.digest, (place,), BundleError(reason))
            elif where is Where.UNSIGNED or layer.media_type in _UNSIGNED:
                predicate_type = layer.annotations.get(_PREDICATE_TYPE)
                self.add_unsigned(layer.digest, place, predicate_type=predicate_type)

    def add_unsigned(self, digest: Digest, place: str, *, predicate_type: str | None) -> None:
        """Note evidence that nobody signed."""
        known = self.unsigned.get(digest, Unsigned(digest, (), None))
        places = known.stored_at if place in known.stored_at else (*known.stored_at, place)
        self.unsigned[digest] = Unsigned(digest, places, known.predicate_type or predicate_type)

    def reject(
        self, digest: Digest, places: tuple[str, ...], error: VerifierError, *, is_unread: bool = False
    ) -> None:
        """Note material that does not count; ``is_unread`` as in `Rejection`."""
        self.rejections.append(Rejection(digest, places, error.code, error.message, is_unread))

    def failed(
        self,
        digest: Digest,
        places: tuple[str, ...],
        error: RejectedError | UnavailableError,
        *,
        asked: str | None = None,
        may_count: bool = True,
    ) -> None:
        """Note why ``digest``, or the place that was ``asked``, gave nothing: bad, or not to be had.

        ``may_count`` is False where nothing that lies there could count.
        """
        if isinstance(error, RejectedError):
            self.reject(digest, places, error, is_unread=may_count)
        else:
            place = asked or f"{digest} ({', '.join(places)})"
            self.unreadable.append(Unreadable(place, error.code, error.message, error.hint, may_count))

    def note_unread(self, place: str, entries: Sequence[UnreadEntry]) -> None:
        """Note entries of the list in ``place`` that lead nowhere."""
        if not entries:
            return
        shown = "; ".join(f"{entry.what}: {entry.reason}" for entry in entries[:_SHOWN])
        more = f"; and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
        reason = f"not every entry of the list can be read: {shown}{more}"
        self.unreadable.append(Unreadable(place, RegistryError.code, reason, _UNREAD_ENTRY))

    def _add_candidate(self, format_: Format, layer: Descriptor, place: str) -> None:
        # A bundle is all in its blob. In the older formats one blob may bear many signatures, each in the
        # annotations of another layer: those are different evidence.
        annotations = () if format_ is Format.BUNDLE else tuple(sorted(layer.annotations.items()))
        key = (format_, layer.digest, layer.size, annotations)
        candidate = self.layers.setdefault(key, Candidate(format_, layer, []))
        if place not in candidate.stored_at:
            candidate.stored_at.append(place)


def _format(media_type: str) -> Format | None:
    if media_type == _SIMPLE_SIGNING:
        return Format.SIMPLE_SIGNING
    if media_type == _DSSE:
        return Format.DSSE
    return Format.BUNDLE if media_type.startswith(_BUNDLE_PREFIX) else None
