"""Find everything that may speak about an image.

Cosign looks in one scheme and, where that has anything, never in the other; one attestation of somebody
else then hides the real signatures. So every place is asked and the union is taken: the referrers API, the
fallback tag (also where the API answered: some registries serve an empty list), cosign's tags, and what a
layout marks as evidence. Whatever is listed is opened: artifact types and annotations are often wrong.

Three rounds of parallel requests, whatever the number of digests: listings, manifests, blobs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from verifier.budget import EvidenceBounds
from verifier.errors import (
    LayoutError,
    LimitExceeded,
    OtherDocumentError,
    RegistryError,
    RejectedError,
    SubjectError,
    UnavailableError,
)
from verifier.limits import EVIDENCE_ITEMS, EVIDENCE_MANIFEST_BYTES
from verifier.model.bundle import Bundle, Discovered
from verifier.model.descriptor import Content, Descriptor
from verifier.model.digest import Digest
from verifier.model.manifest import Document, Manifest
from verifier.registry.candidates import Candidates, Where
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.places import LAYOUT, Holding, Place, is_layout, places

T = TypeVar("T")
U = TypeVar("U")
_Failure = RejectedError | UnavailableError


class Parallel(Protocol):
    """Does things side by side."""

    def map(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """Apply ``function`` to every item; the results are in the order of the items."""
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    digest: Digest
    place: Place


_BOUNDS: Final = EvidenceBounds()


def discover(
    source: Source,
    digests: Sequence[Digest],
    document: Document,
    workers: Parallel,
    *,
    bounds: EvidenceBounds = _BOUNDS,
) -> Discovered:
    """Gather what lies beside ``digests``: an image, whose ``document`` is given, and its platforms.

    A place or an item that cannot be read is noted and the others count. Raises `LimitExceeded` where there
    is more than the limits allow, before any of it is fetched: which part to read would be the choice of
    whoever put it there.
    """
    asked = list(places(source, digests, document))
    candidates = Candidates()
    listed = _list(asked, candidates, workers)
    _open(source, listed, candidates, workers)
    bundles = _fetch(source, candidates, workers, bounds)
    return Discovered(
        bundles=tuple(bundles),
        unsigned=tuple(candidates.unsigned.values()),
        rejections=tuple(candidates.rejections),
        unreadable=tuple(candidates.unreadable),
        searched=tuple(place.name for place in asked if place.name != LAYOUT or is_layout(source)),
    )


def _list(asked: Sequence[Place], candidates: Candidates, workers: Parallel) -> list[_Listed]:
    """Round 1: ask every place."""
    listed: list[_Listed] = []
    for place, answer in zip(asked, workers.map(_ask, asked), strict=True):
        if isinstance(answer, LimitExceeded):
            raise LimitExceeded(f"{place.name}: {answer.message}", hint=answer.hint)
        if not isinstance(answer, Holding):
            may_count = place.where is not Where.UNSIGNED
            candidates.failed(place.digest, (place.stored_at,), answer, asked=place.name, may_count=may_count)
            continue
        candidates.note_unread(place.name, answer.unread)
        if answer.manifest is not None:
            candidates.add(answer.manifest, place.where, place.stored_at)
        for digest in answer.unsigned:
            candidates.add_unsigned(digest, place.stored_at, predicate_type=None)
        listed += [_Listed(digest, place) for digest in answer.listed]
    return listed


def _ask(place: Place) -> Holding | _Failure:
    try:
        return place.ask()
    except (RejectedError, UnavailableError) as error:
        return error


def _open(source: Source, listed: Sequence[_Listed], candidates: Candidates, workers: Parallel) -> None:
    """Round 2: open every listed manifest, and sort its layers."""
    digests = list(dict.fromkeys(item.digest for item in listed))
    _require(len(digests), EVIDENCE_ITEMS, "manifests refer to the image")

    budget = _Budget(EVIDENCE_MANIFEST_BYTES)

    def read(digest: Digest) -> Document | _Failure | None:
        budget.spend(0)  # nothing more is fetched once it is used up
        try:
            content = source.manifest(digest)
        except (RejectedError, UnavailableError) as error:
            return error
        budget.spend(0 if content is None else len(content.raw))
        try:
            return None if content is None else parse(content)
        except (RejectedError, UnavailableError) as error:
            return error

    opened = dict(zip(digests, workers.map(read, digests), strict=True))
    for item in dict.fromkeys(listed):
        document, place = opened[item.digest], item.place
        if document is None:
            missing = (LayoutError if is_layout(source) else RegistryError)("listed, but gone")
            candidates.reject(item.digest, (place.stored_at,), missing, is_unread=True)
        elif isinstance(document, OtherDocumentError):
            candidates.reject(item.digest, (place.stored_at,), document)  # it was read, all of it
        elif isinstance(document, (RejectedError, UnavailableError)):
            candidates.failed(item.digest, (place.stored_at,), document)
        elif isinstance(document, Manifest):
            _sort(item, document, candidates)
        # Else an index that refers to the image: no signature or attestation is written so.


class _Budget:
    """Bytes that may be read; safe to use from several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._spent = 0
        self._lock = threading.Lock()

    def spend(self, count: int) -> None:
        """Count ``count`` bytes, or raise `LimitExceeded` where that is too much."""
        with self._lock:
            self._spent += count
            spent = self._spent
        _require(spent, self._limit, "bytes of manifests refer to the image")


def _sort(item: _Listed, manifest: Manifest, candidates: Candidates) -> None:
    place, subject = item.place, manifest.subject
    # Only the signed payload ties evidence to an image, so a missing subject hides nothing; another one
    # means that the list is wrong.
    if place.where is Where.REFERRER and subject is not None and subject.digest != place.digest:
        error = SubjectError(f"listed as a referrer of {place.digest}, but its subject is {subject.digest}")
        # Its layers were not looked at, and only a signature would tell what they are about.
        candidates.reject(item.digest, (place.stored_at,), error, is_unread=True)
    else:
        candidates.add(manifest, place.where, place.stored_at)


def _fetch(source: Source, candidates: Candidates, workers: Parallel, bounds: EvidenceBounds) -> list[Bundle]:
    """Round 3: fetch every blob once, whatever the number of layers that name it."""
    layers = list(candidates.layers.values())
    blobs = {_key(layer.descriptor): layer.descriptor for layer in layers}
    _require(len(layers), EVIDENCE_ITEMS, "signatures and attestations belong to the image")
    # Larger blobs are refused one by one, and their claims about themselves harm nothing else.
    total = sum(blob.size for blob in blobs.values() if blob.size <= bounds.item)
    _require(total, bounds.total, "bytes of signatures and attestations belong to the image")

    def read(blob: Descriptor) -> Content | _Failure:
        try:
            return source.blob(blob, limit=bounds.item)
        except (RejectedError, UnavailableError) as error:
            return error

    fetched = dict(zip(blobs, workers.map(read, blobs.values()), strict=True))
    bundles: list[Bundle] = []
    for layer in layers:
        got = fetched[_key(layer.descriptor)]
        if isinstance(got, Content):
            annotations = layer.descriptor.annotations
            bundles.append(Bundle(layer.format, got.raw, got.digest, tuple(layer.stored_at), annotations))
        else:
            candidates.failed(layer.descriptor.digest, tuple(layer.stored_at), got)
    return bundles


def _key(blob: Descriptor) -> tuple[Digest, int]:
    return blob.digest, blob.size


def _require(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise LimitExceeded(
            f"{count} {what}; the most that are read are {limit}",
            hint="remove old signatures and attestations from the registry, or verify a copy with fewer",
        )
