"""Remember what a source handed out, so that it can be saved without asking twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifier.model.descriptor import Content, Descriptor
from verifier.model.digest import Digest
from verifier.registry.interface import Source


@dataclass(frozen=True, slots=True)
class Recording:
    """All that was read of one image: its document, everything else by digest, tag, subject or kind."""

    root: Content
    contents: Mapping[Digest, Content]
    tags: Mapping[str, Content]
    referrers: Mapping[Digest, Sequence[Descriptor]]
    attached: Sequence[tuple[str, Descriptor]]


class RecordingSource:
    """See `verifier.registry.interface.Source`: another source, with a memory. Failures are not kept."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._root: Content | None = None
        self._contents: dict[Digest, Content] = {}
        self._tags: dict[str, Content] = {}
        self._referrers: dict[Digest, Sequence[Descriptor]] = {}
        self._attached: Sequence[tuple[str, Descriptor]] = ()

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._source.name

    def recording(self) -> Recording | None:
        """Give what was read; None where the image itself was not."""
        if self._root is None:
            return None
        return Recording(
            self._root, dict(self._contents), dict(self._tags), dict(self._referrers), tuple(self._attached)
        )

    def resolve(self) -> Content:
        """See `Source.resolve`."""
        self._root = self._kept(self._source.resolve())
        return self._root

    def manifest(self, digest: Digest) -> Content | None:
        """See `Source.manifest`."""
        content = self._source.manifest(digest)
        return None if content is None else self._kept(content)

    def tagged(self, tag: str) -> Content | None:
        """See `Source.tagged`."""
        content = self._source.tagged(tag)
        if content is not None:
            self._tags[tag] = self._kept(content)
        return content

    def referrers(self, digest: Digest) -> Sequence[Descriptor]:
        """See `Source.referrers`."""
        self._referrers[digest] = self._source.referrers(digest)
        return self._referrers[digest]

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        """See `Source.attached`."""
        self._attached = self._source.attached()
        return self._attached

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        """See `Source.blob`."""
        return self._kept(self._source.blob(descriptor, limit=limit))

    def close(self) -> None:
        """See `Source.close`."""
        self._source.close()

    def _kept(self, content: Content) -> Content:
        self._contents[content.digest] = content
        return content
