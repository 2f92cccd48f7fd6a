"""An OCI image layout on disk as a source of images and evidence.

As ``cosign save``, ``crane``, ``skopeo``, ``oras`` and containerd write them, which is in different ways: a
tag may stand alone or at the end of a whole reference, evidence may be marked by a ``kind``, by the tag that
cosign gives it in a registry, or by its subject alone.
OCI image specification 1.1, image-layout.md.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from verifier.errors import (
    AmbiguousDocumentError,
    DigestMismatch,
    LayoutError,
    LimitExceeded,
    OtherDocumentError,
    RejectedError,
    UnavailableError,
)
from verifier.limits import (
    EVIDENCE_RECORD_BYTES,
    LAYOUT_SCAN_BYTES,
    MANIFEST_BYTES,
)
from verifier.model.descriptor import Content, Descriptor, Listing, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import Document, Index
from verifier.model.reference import LayoutReference
from verifier.registry.documents import describe, parse
from verifier.registry.evidence_record import EVIDENCE_FILE, recorded_failures, recorded_name
from verifier.registry.files import DirectoryFiles, LayoutFiles
from verifier.registry.layout_index import read_index, require_version
from verifier.registry.listing import (
    full_name,
    has_tag,
    is_image,
    kind,
    marked_as_evidence,
    names,
    names_subject,
    once,
)
from verifier.registry.recording import content_key, referrers_key, tag_key
from verifier.registry.redaction import Redaction
from verifier.text import safe

_NAMED_IN_ERRORS: Final = 10
_ATTACHED: Final = frozenset({"sigs", "atts"})  # kinds of evidence that do not name their subject


class LayoutSource:
    """See `verifier.registry.interface.Source`: a layout in a directory or a tar file."""

    def __init__(self, reference: LayoutReference, files: LayoutFiles | None = None) -> None:
        """Open the layout; `ManifestError` where there is none, otherwise as the methods.

        ``files`` are those of a layout that is not on disk.
        """
        self._reference = reference
        self._files = files or _open(reference)
        try:
            require_version(self._files, reference.path)
            self._listed = read_index(self._files, reference.path)
            self._record = self._files.read(EVIDENCE_FILE, limit=EVIDENCE_RECORD_BYTES) or b""
        except BaseException:
            self._files.close()
            raise
        self._failures = recorded_failures(self._record)
        self._root: Descriptor | None = None
        self._documents: dict[Digest, Document | str | None] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._reference.name

    @property
    def recorded_name(self) -> str | None:
        """The image name that the layout states for what `resolve` gave: a claim that nobody proved."""
        if self._root is None:
            return None
        return recorded_name(self._record, self._root.digest) or full_name(self._root)

    def redaction(self) -> Redaction:
        """See `Source.redaction`."""
        return Redaction(())

    def resolve(self) -> Content:
        """See `Source.resolve`."""
        entry = self._choose()
        content = self._manifest(entry.digest)
        if content is None:
            raise LayoutError(f"{safe(self.name)} lists {entry.digest}, but the blob is missing")
        actual = content.descriptor
        if entry.media_type != actual.media_type:
            raise AmbiguousDocumentError(
                f"{entry.digest} is {actual.media_type}, and listed as {safe(entry.media_type, limit=100)}"
            )
        if entry.size != actual.size:
            raise DigestMismatch(f"{entry.digest} has {actual.size} bytes, and is listed with {entry.size}")
        self._root = entry
        return content

    def manifest(self, digest: Digest) -> Content | None:
        """See `Source.manifest`."""
        content = self._manifest(digest)
        if content is None:
            self._fail_as_before(content_key(digest))
        return content

    def tagged(self, tag: str) -> Content | None:
        """See `Source.tagged`."""
        entries = self._under(tag)
        if not entries:
            self._fail_as_before(tag_key(tag))
            return None
        if len(entries) > 1:
            raise LayoutError(f"{safe(self.name)} has {len(entries)} manifests under the tag {safe(tag)}")
        content = self._manifest(entries[0].digest)
        if content is None:
            raise LayoutError(f"{safe(self.name)} lists the tag {safe(tag)}, but its blob is missing")
        return content

    def referrers(self, digest: Digest) -> Listing:
        """See `Source.referrers`: what ``index.json`` lists whose subject is ``digest``, as oras does.

        What is listed and cannot be read may be one of them. That is said here unless it is looked for by its
        mark or tag as well.
        """
        self._fail_as_before(referrers_key(digest))
        opened = self._opened()
        entries = once(self._listed)
        closed = ((entry, opened[entry.digest]) for entry in entries if not _found_otherwise(entry))
        return Listing(
            tuple(entry for entry in entries if _subject(opened[entry.digest]) == digest),
            tuple(UnreadEntry(str(entry.digest), why) for entry, why in closed if isinstance(why, str)),
        )

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        """See `Source.attached`. Evidence whose tag names its subject is found by its tag instead."""
        return [
            (kind(entry), entry)
            for entry in self._listed
            if kind(entry) in _ATTACHED and not names_subject(entry)
        ]

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        """See `Source.blob`."""
        if descriptor.size > limit:
            raise LimitExceeded(f"{descriptor.digest} is said to have {descriptor.size} bytes, over {limit}")
        raw = self._files.read(_path(descriptor.digest), limit=limit)
        if raw is None:
            self._fail_as_before(content_key(descriptor.digest))
            raise LayoutError(f"the blob {descriptor.digest} is missing from {safe(self.name)}")
        return Content.checked(descriptor, raw)

    def close(self) -> None:
        """See `Source.close`."""
        self._files.close()

    # --- reading ---

    def _fail_as_before(self, key: str) -> None:
        """Raise what the run that saved this layout met here: it could not look, so "none" is not known."""
        if key in self._failures:
            raise self._failures[key]

    def _manifest(self, digest: Digest) -> Content | None:
        raw = self._files.read(_path(digest), limit=MANIFEST_BYTES)
        if raw is None:
            return None
        Content.checked(Descriptor("", digest, len(raw)), raw)  # before anything reads it
        return Content(describe(raw, content_type=None), raw)

    def _opened(self) -> dict[Digest, Document | str | None]:
        """Decode every listed manifest, once; bounded by `LAYOUT_SCAN_BYTES`.

        None for what is read and is no index or manifest, a reason where it cannot be read.
        """
        with self._lock:
            if self._documents is None:
                self._documents = self._open_all()
            return self._documents

    def _open_all(self) -> dict[Digest, Document | str | None]:
        documents: dict[Digest, Document | str | None] = {}
        left = LAYOUT_SCAN_BYTES
        for entry in once(self._listed):
            try:
                content = self._manifest(entry.digest)
                documents[entry.digest] = "it is missing" if content is None else parse(content)
            except OtherDocumentError:
                documents[entry.digest] = None
                continue
            except (RejectedError, UnavailableError) as error:
                documents[entry.digest] = error.message
                continue
            if content is None:
                continue
            left -= len(content.raw)
            if left < 0:
                raise LimitExceeded(
                    f"the manifests of {safe(self.name)} are more than {LAYOUT_SCAN_BYTES} bytes"
                )
        return documents

    # --- choosing ---

    def _under(self, tag: str) -> list[Descriptor]:
        return once(entry for entry in self._listed if has_tag(entry, tag))

    def _choose(self) -> Descriptor:
        """Find what the reference names; a digest wins over a tag, as with registries."""
        digest, tag = self._reference.digest, self._reference.tag
        if digest is not None:
            return self._by_digest(digest)
        if tag is not None:
            return self._only(self._under(tag), f"images under the tag {safe(tag)}")
        return self._only(self._images(), "images")

    def _images(self) -> list[Descriptor]:
        images = once(entry for entry in self._listed if not marked_as_evidence(entry))
        return self._images_among(images) if len(images) > 1 else images

    def _by_digest(self, digest: Digest) -> Descriptor:
        for entry in self._listed:
            if entry.digest == digest:
                return entry
        # A platform's manifest is a blob that only its index lists.
        content = self._manifest(digest)
        if content is None:
            raise LayoutError(f"{safe(self.name)} has no {digest}", hint=self._what_is_there(self._images()))
        return content.descriptor

    def _images_among(self, entries: Sequence[Descriptor]) -> list[Descriptor]:
        """Leave out what only its manifest shows not to be an image, and children of listed indexes."""
        opened = self._opened()
        children = {
            child.digest
            for document in opened.values()
            if isinstance(document, Index)
            for child in document.manifests
        }

        def may_be_one(entry: Descriptor) -> bool:
            document = opened[entry.digest]
            return document is None or isinstance(document, str) or is_image(document)

        return [entry for entry in entries if entry.digest not in children and may_be_one(entry)]

    def _only(self, entries: Sequence[Descriptor], what: str) -> Descriptor:
        if len(entries) == 1:
            return entries[0]
        if entries:
            raise LayoutError(
                f"{safe(self.name)} holds {len(entries)} {what}; name one", hint=self._what_is_there(entries)
            )
        raise LayoutError(f"{safe(self.name)} holds no {what}", hint=self._what_is_there(self._images()))

    def _what_is_there(self, entries: Sequence[Descriptor]) -> str:
        if not entries:
            return "there is no image in it"
        shown = [
            f"@{entry.digest}" + "".join(f" ({safe(name, limit=120)})" for name in names(entry)[:1])
            for entry in entries[:_NAMED_IN_ERRORS]
        ]
        more = f" and {len(entries) - len(shown)} more" if len(entries) > len(shown) else ""
        return f"name an image that is in it by :TAG or @DIGEST: {', '.join(shown)}{more}"


def _found_otherwise(entry: Descriptor) -> bool:
    return kind(entry) in _ATTACHED or names_subject(entry)


def _subject(document: Document | str | None) -> Digest | None:
    if document is None or isinstance(document, str) or document.subject is None:
        return None
    return document.subject.digest


def _open(reference: LayoutReference) -> LayoutFiles:
    if not reference.archive:
        return DirectoryFiles(reference.path)
    from verifier.registry.archive import ArchiveFiles

    return ArchiveFiles(reference.path)


def _path(digest: Digest) -> str:
    return f"blobs/sha256/{digest.hex}"
