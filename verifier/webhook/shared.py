"""Evidence that replicas share: what one has fetched, the others need not fetch.

Nothing of it is believed. Content is hashed again and signatures are verified again, so that whoever writes
into it can at most take evidence away. So neither a refusal rests on it, nor a pass that more evidence could
refuse: for those the registry is asked what there is. No verdict is kept there.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from verifier.errors import CacheError, LimitExceeded
from verifier.limits import (
    SHARED_EVIDENCE_BYTES,
    SHARED_EVIDENCE_PAUSE,
    SHARED_EVIDENCE_SECONDS,
)
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference
from verifier.registry.layout import LayoutSource
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe
from verifier.version import __version__
from verifier.webhook.facts import Key

if TYPE_CHECKING:
    import redis

    from verifier.registry.remote import Cache

_FILE: Final = re.compile(r"oci-layout|index\.json|evidence\.json|blobs/sha256/[0-9a-f]{64}")
_MOST: Final = 2 * SHARED_EVIDENCE_BYTES  # in base64, and more than that
_PREFIX: Final = "verify:evidence:1:"

Files = Mapping[str, bytes]
"""The files of an OCI layout, by their paths in it."""


class SharedEvidence(Protocol):
    """A place for evidence that replicas share. Trouble with it is never a reason to refuse an image."""

    def get(self, key: Key) -> Files | None:
        """What is kept under ``key``; None where nothing is, or it cannot be had."""
        ...

    def put(self, key: Key, files: Files) -> None:
        """Keep ``files`` for the others."""
        ...


class SharedImage(LayoutSource):
    """See `verifier.registry.interface.Source`: an image of a registry, out of files that others wrote."""

    def __init__(self, reference: ImageReference, digest: Digest, files: Files) -> None:
        """As `LayoutSource`."""
        layout = LayoutReference("shared", archive=False, tag=None, digest=digest)
        super().__init__(layout, _MemoryFiles(files))
        self._name = reference.name

    @property
    def name(self) -> str:
        """See `Source.name`: as asked for, whatever the files say."""
        return self._name


class SharedContent:
    """See `verifier.registry.remote.Cache`: what others have fetched, before what is kept ``beside`` it."""

    def __init__(self, files: Files, beside: Cache | None) -> None:
        self._files = files
        self._beside = beside

    def get(self, digest: Digest) -> bytes | None:
        """See `Cache.get`."""
        raw = self._files.get(f"blobs/sha256/{digest.hex}")
        if raw is not None and Digest.of(raw) == digest:
            return raw
        return None if self._beside is None else self._beside.get(digest)

    def put(self, digest: Digest, raw: bytes) -> None:
        """See `Cache.put`."""
        if self._beside is not None:
            self._beside.put(digest, raw)


class _MemoryFiles:
    """See `verifier.registry.files.LayoutFiles`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, name: str, *, limit: int) -> bytes | None:
        """See `LayoutFiles.read`. All files together are bounded already."""
        raw = self._files.get(name)
        if raw is not None and len(raw) > limit:
            raise LimitExceeded(f"the shared file {safe(name)} has more than {limit} bytes")
        return raw

    def close(self) -> None:
        """See `LayoutFiles.close`."""


class RedisEvidence:
    """See `SharedEvidence`. After a failure it is left alone for a while. Safe for several threads."""

    def __init__(
        self,
        url: str,
        *,
        password: str | None,
        seconds: float,
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import redis

        self._failures = (redis.RedisError, OSError)
        self._client: redis.Redis = redis.Redis.from_url(
            url,
            password=password,
            socket_timeout=SHARED_EVIDENCE_SECONDS,
            socket_connect_timeout=SHARED_EVIDENCE_SECONDS,
        )
        self._milliseconds = max(1, int(seconds * 1000))
        self._warn = warn
        self._clock = clock
        self._again = 0.0

    def get(self, key: Key) -> Files | None:
        """See `SharedEvidence.get`."""
        name = _name(key)
        if name is None or self._clock() < self._again:
            return None
        try:
            # Never more than is read: whoever filled the place decided how large it is.
            raw = self._client.getrange(name, 0, _MOST)
        except self._failures as error:
            self._failed(error)
            return None
        if not isinstance(raw, bytes) or not raw:
            return None
        try:
            return decode(raw)
        except CacheError as error:
            self._warn(error.message)
            return None

    def put(self, key: Key, files: Files) -> None:
        """See `SharedEvidence.put`."""
        name = _name(key)
        if name is None or self._clock() < self._again:
            return
        if sum(map(len, files.values())) > SHARED_EVIDENCE_BYTES:
            return
        try:
            self._client.set(name, encode(files), px=self._milliseconds)
        except self._failures as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._again = self._clock() + SHARED_EVIDENCE_PAUSE
        self._warn(f"shared evidence cannot be used for {SHARED_EVIDENCE_PAUSE:g} seconds: {safe(error)}")


def _name(key: Key) -> str | None:
    """Where it is kept; None for what somebody's credentials were shown for, which is not for others."""
    if key.access:
        return None
    parts = [__version__, key.name, str(key.digest), *map(str, key.platforms)]
    return _PREFIX + Digest.of("\n".join(parts).encode("utf-8", "surrogatepass")).hex


def encode(files: Files) -> bytes:
    """One value for all ``files`` that `decode` reads; the trust root of who wrote it is nobody else's."""
    kept = {name: raw for name, raw in files.items() if _FILE.fullmatch(name)}
    return json.dumps({name: base64.b64encode(raw).decode("ascii") for name, raw in kept.items()}).encode()


def decode(raw: bytes) -> Files:
    """Give the files in ``raw``, or raise `CacheError`."""
    try:
        document = loads_object(raw, limit=_MOST)
        files = {}
        for name, text in document.items():
            if not _FILE.fullmatch(name) or not isinstance(text, str):
                raise CacheError(f"shared evidence holds {safe(name, limit=80)!r}, which is no part of it")
            files[name] = base64.b64decode(text, validate=True)
    except (StrictJsonError, binascii.Error, ValueError) as error:
        raise CacheError(f"shared evidence cannot be read: {safe(error)}") from None
    return files
