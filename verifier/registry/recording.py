"""Remember what a source handed out, so that it can be saved without asking twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from verifier.budget import Budget, EvidenceBounds, tree_weight
from verifier.errors import RejectedError, UnavailableError
from verifier.limits import CONFIG_BYTES
from verifier.model.descriptor import Content, Descriptor, Listing
from verifier.model.digest import Digest
from verifier.registry.interface import Source
from verifier.registry.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Recording:
    """All that was read of one image: its document, everything else by digest, tag, subject or kind.

    ``asked`` are the digests whose evidence was looked for; ``failures`` what could not be read and why, by
    `tag_key` and its like.
    """

    root: Content
    contents: Mapping[Digest, Content]
    tags: Mapping[str, Content]
    referrers: Mapping[Digest, Listing]
    attached: Sequence[tuple[str, Descriptor]]
    asked: Collection[Digest]
    failures: Mapping[str, RejectedError | UnavailableError]


def tag_key(tag: str) -> str:
    """What a failure to read a tag is kept under."""
    return f"tag {tag}"


def referrers_key(digest: Digest) -> str:
    """What a failure to list referrers is kept under."""
    return f"referrers {digest}"


def content_key(digest: Digest) -> str:
    """What a failure to read a manifest or blob is kept under."""
    return f"content {digest}"


class RecordingSource:
    """See `verifier.registry.interface.Source`: another source, with a memory.

    All that is read is spent from ``budget``, whose end is a `LimitExceeded` like that of any other limit.
    """

    def __init__(self, source: Source, budget: Budget | None = None) -> None:
        self._source = source
        self._budget = budget or Budget(EvidenceBounds())
        self._root: Content | None = None
        self._contents: dict[Digest, Content] = {}
        self._tags: dict[str, Content] = {}
        self._referrers: dict[Digest, Listing] = {}
        self._attached: Sequence[tuple[str, Descriptor]] = ()
        self._asked: set[Digest] = set()
        self._failures: dict[str, RejectedError | UnavailableError] = {}

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._source.name

    def recording(self) -> Recording | None:
        """Give what was read; None where the image itself was not."""
        if self._root is None:
            return None
        return Recording(
            root=self._root,
            contents=dict(self._contents),
            tags=dict(self._tags),
            referrers=dict(self._referrers),
            attached=tuple(self._attached),
            asked=frozenset(self._asked),
            failures=dict(self._failures),
        )

    def redaction(self) -> Redaction:
        """See `Source.redaction`."""
        return self._source.redaction()

    def resolve(self) -> Content:
        """See `Source.resolve`."""
        self._root = self._kept(self._paid(self._source.resolve()))
        return self._root

    def manifest(self, digest: Digest) -> Content | None:
        """See `Source.manifest`."""
        with self._noting(content_key(digest)):
            content = self._source.manifest(digest)
            if content is not None:
                self._paid(content)
        return None if content is None else self._kept(content)

    def tagged(self, tag: str) -> Content | None:
        """See `Source.tagged`."""
        with self._noting(tag_key(tag)):
            content = self._source.tagged(tag)
            if content is not None:
                self._paid(content)
        if content is not None:
            self._tags[tag] = self._kept(content)
        return content

    def referrers(self, digest: Digest) -> Listing:
        """See `Source.referrers`."""
        self._asked.add(digest)
        with self._noting(referrers_key(digest)):
            self._referrers[digest] = self._source.referrers(digest)
        return self._referrers[digest]

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        """See `Source.attached`."""
        self._attached = self._source.attached()
        return self._attached

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        """See `Source.blob`."""
        with self._noting(content_key(descriptor.digest)):
            if descriptor.size <= limit:
                # Before it is here: many are read at the same time.
                self._budget.spend(descriptor.size)
            content = self._source.blob(descriptor, limit=limit)
            # Of evidence, only what is verified becomes a tree that is kept.
            if limit <= CONFIG_BYTES:
                self._budget.spend(tree_weight(content.raw))
            return self._kept(content)

    def close(self) -> None:
        """See `Source.close`."""
        self._source.close()

    @contextmanager
    def _noting(self, key: str) -> Iterator[None]:
        try:
            yield
        except (RejectedError, UnavailableError) as error:
            self._failures[key] = error
            raise
        self._failures.pop(key, None)

    def _paid(self, content: Content) -> Content:
        if content.digest not in self._contents:
            self._budget.spend(len(content.raw) + tree_weight(content.raw))
        return content

    def _kept(self, content: Content) -> Content:
        self._contents[content.digest] = content
        return content
