"""The places where something about an image may lie, and what each of them holds.

OCI distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema"; cosign's tags; BuildKit's
attestation manifests (moby/buildkit, docs/attestations/attestation-storage.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from verifier.errors import AmbiguousDocumentError, RejectedError, UnavailableError
from verifier.model.descriptor import Content, Descriptor, Listing, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import Document, Index, Manifest
from verifier.registry.candidates import Where
from verifier.registry.documents import parse, parse_listing
from verifier.registry.interface import Source

LAYOUT: Final = "layout"  # what a layout marks as evidence; registries have no such marks
_BUILDKIT_TYPE: Final = "vnd.docker.reference.type"
_BUILDKIT_DIGEST: Final = "vnd.docker.reference.digest"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one place holds: a manifest at hand, others that it lists, unsigned things it cannot show.

    ``unread`` are entries of its list that lead nowhere.
    """

    manifest: Manifest | None = None
    listed: tuple[Digest, ...] = ()
    unread: tuple[UnreadEntry, ...] = ()
    unsigned: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One question to a source about ``digest``.

    ``name`` is exact, ``stored_at`` what reports say of things found there. ``ask`` raises as `Source` does.
    """

    name: str
    stored_at: str
    digest: Digest
    where: Where
    ask: Callable[[], Holding]


def is_layout(source: Source) -> bool:
    """Tell a layout on disk from a registry, for words in reports alone."""
    return source.name.startswith(("oci:", "oci-archive:"))


def places(source: Source, digests: Sequence[Digest], document: Document) -> Iterator[Place]:
    """Give every place to ask about ``digests``, the first of which is that of ``document``."""
    for digest in digests:
        stem = f"sha256-{digest.hex}"
        yield Place(
            f"referrers of {digest}", "referrers", digest, Where.REFERRER, partial(_referrers, source, digest)
        )
        yield Place(
            f"fallback tag {stem}",
            "fallback tag",
            digest,
            Where.REFERRER,
            partial(_fallback, source, digest, stem),
        )
        for suffix, where in (("sig", Where.SIGNED), ("att", Where.SIGNED), ("sbom", Where.UNSIGNED)):
            tag = f"{stem}.{suffix}"
            yield Place(f"tag {tag}", f"tag {tag}", digest, where, partial(_tag, source, tag))
    for digest in digests[:1]:
        yield Place(LAYOUT, LAYOUT, digest, Where.SIGNED, partial(_attached, source))
    if isinstance(document, Index):
        for child in document.manifests:
            if _is_attestation(child, digests):
                name = f"attestation manifest {child.digest}"
                ask = partial(_embedded, source, child.digest)
                yield Place(name, name, child.digest, Where.UNSIGNED, ask)


def _referrers(source: Source, digest: Digest) -> Holding:
    return _holding(source.referrers(digest))


def _holding(listing: Listing) -> Holding:
    return Holding(listed=tuple(entry.digest for entry in listing), unread=listing.unread)


def _attached(source: Source) -> Holding:
    return Holding(listed=tuple(entry.digest for _, entry in source.attached()))


def _fallback(source: Source, digest: Digest, tag: str) -> Holding:
    content = source.tagged(tag)
    # GitLab takes sha256-<hex> for sha256:<hex> and sends what it was asked about (oras-go issue 1396).
    if content is None or content.digest == digest:
        return Holding()
    return _holding(parse_listing(content.raw))


def _tag(source: Source, tag: str) -> Holding:
    content = source.tagged(tag)
    return Holding() if content is None else Holding(_manifest(content, f"the tag {tag}"))


def _manifest(content: Content, what: str) -> Manifest:
    document = parse(content)
    if not isinstance(document, Manifest):
        raise AmbiguousDocumentError(f"{what} holds an index, and should hold a manifest")
    return document


def _embedded(source: Source, digest: Digest) -> Holding:
    # Nobody signed it and it never counts, so that it cannot be read is no more than that.
    try:
        content = source.manifest(digest)
        if content is not None:
            return Holding(_manifest(content, str(digest)))
    except (RejectedError, UnavailableError):
        pass
    return Holding(unsigned=(digest,))


def _is_attestation(child: Descriptor, digests: Sequence[Digest]) -> bool:
    """Tell whether a child is BuildKit's: not runnable, and about one of ``digests`` where it says so."""
    if child.platform is not None and child.platform.runnable:
        return False
    about = child.annotations.get(_BUILDKIT_DIGEST)
    if about is not None and about not in {str(digest) for digest in digests}:
        return False
    return child.platform is not None or child.annotations.get(_BUILDKIT_TYPE) == "attestation-manifest"
