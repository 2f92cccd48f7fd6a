"""The ``index.json`` of saved evidence: everything under the name by which discovery asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from verifier.errors import RejectedError
from verifier.model.descriptor import Content, Descriptor, Listing, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import OCI_INDEX, OCI_MANIFEST
from verifier.registry.documents import describe, parse_listing
from verifier.registry.listing import CONTAINERD_NAME, KIND, KIND_PREFIX, REF_NAME
from verifier.registry.recording import Recording, tag_key
from verifier.strict_json import Json

_KINDS: Final = {"sig": "sigs", "att": "atts"}


class SavedLayout:
    """Grows image by image; ``blobs`` are all that it refers to, as far as they were read."""

    def __init__(self) -> None:
        self.blobs: dict[Digest, bytes] = {}
        self._entries: list[Json] = []
        self._tags: dict[str, Digest] = {}
        self._referrers: dict[str, dict[Digest, Descriptor]] = {}
        self._unread: dict[str, list[UnreadEntry]] = {}
        self._failed: dict[str, list[UnreadEntry]] = {}

    def add(self, recording: Recording, *, name: str | None, tag: str | None) -> None:
        """Add an image, and what was found beside it."""
        for content in recording.contents.values():
            self.blobs[content.digest] = content.raw
        names = {} if tag is None else {REF_NAME: tag}
        if tag is not None and name is not None:
            names[CONTAINERD_NAME] = f"{name}:{tag}"
        self._list(recording.root.descriptor, names)
        for digest, listed in recording.referrers.items():
            tag = f"sha256-{digest.hex}"
            self._refer(tag, listed)
            if (failure := recording.failures.get(tag_key(tag))) is not None:
                self._failed.setdefault(tag, []).append(UnreadEntry(tag, failure.message))
        for found, content in recording.tags.items():
            self._add_tag(found, content)
        for kind, descriptor in recording.attached:
            self._list(descriptor, {KIND: KIND_PREFIX + kind})

    def index(self) -> Json:
        """Give ``index.json``."""
        for tag, listed in self._referrers.items():
            entries = [*map(_entry, listed.values()), *map(_unread_entry, dict.fromkeys(self._unread[tag]))]
            if entries:
                # What the referrers API listed lies there now, and so a failure would not be met again.
                entries += map(_unread_entry, self._failed.get(tag, ()))
                raw = json.dumps(_index(entries)).encode()
                descriptor = describe(raw, content_type=None)
                self.blobs[descriptor.digest] = raw
                self._list(descriptor, {REF_NAME: tag})
        return _index(self._entries)

    def _add_tag(self, tag: str, content: Content) -> None:
        suffix = tag.rpartition(".")[2]
        if tag == f"sha256-{content.digest.hex}":
            return  # the image itself, as GitLab answers where nothing has the tag (see `places`)
        if suffix == tag:
            # A fallback tag: one list for what it and the referrers API say.
            try:
                self._refer(tag, parse_listing(content.raw))
            except RejectedError as error:
                self._refer(tag, Listing((), (UnreadEntry(tag, error.message),)))
        elif self._tags.setdefault(tag, content.digest) == content.digest:
            self._list(content.descriptor, {REF_NAME: tag})
        elif suffix in _KINDS:
            # Another repository's evidence about the same digest: a tag names one thing only.
            self._list(content.descriptor, {KIND: KIND_PREFIX + _KINDS[suffix]})

    def _refer(self, tag: str, listed: Listing) -> None:
        known = self._referrers.setdefault(tag, {})
        for descriptor in listed:
            known.setdefault(descriptor.digest, descriptor)
        self._unread.setdefault(tag, []).extend(listed.unread)

    def _list(self, descriptor: Descriptor, annotations: Mapping[str, str]) -> None:
        entry = _entry(descriptor)
        self._entries.append({**entry, "annotations": dict(annotations)} if annotations else entry)


def _entry(descriptor: Descriptor) -> dict[str, Json]:
    # The rest of a descriptor is hints that nothing here relies on.
    return {"mediaType": descriptor.media_type, "digest": str(descriptor.digest), "size": descriptor.size}


def _unread_entry(entry: UnreadEntry) -> dict[str, Json]:
    # What could not be read must not be absent when it is read again.
    return {"mediaType": OCI_MANIFEST, "digest": f"unread: {entry.what}", "size": 0}


def _index(entries: Sequence[Json]) -> Json:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
