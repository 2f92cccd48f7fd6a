"""Fetch and verify the evidence of one image."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from verifier.errors import RegistryError
from verifier.keychain.interface import Keychain
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.registry.recording import RecordingSource
from verifier.settings import Settings
from verifier.text import safe
from verifier.webhook.basis import Basis
from verifier.webhook.facts import Facts


class Gatherer:
    """Runs of their own, each with its deadline, that begin from what a `Basis` has loaded.

    ``settings`` are those of a verification; ``resolve_seconds`` is how long asking what a tag is may take.
    Safe for several threads.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        resolve_seconds: float,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._resolve_seconds = resolve_seconds
        self._now = now
        self._clock = clock

    def resolve(self, reference: ImageReference, basis: Basis, keychain: Keychain | None) -> Digest:
        """What the tag of ``reference`` is now; one request where the registry wants no login.

        Raises `VerifierError`.
        """
        settings = replace(self._settings, at=self._now(), timeout=self._resolve_seconds)
        with basis.session.another(settings, keychain=keychain) as session:
            return session.source(reference).resolve().digest

    def gather(self, reference: ImageReference, basis: Basis, keychain: Keychain | None) -> Facts:
        """All that is known of the image with the digest of ``reference``. Raises `VerifierError`."""
        if reference.digest is None:
            raise RegistryError(f"{safe(reference)} has no digest")
        began = self._clock()
        settings = replace(self._settings, at=self._now())
        with basis.session.another(settings, keychain=keychain) as session:
            source = RecordingSource(session.source(reference))
            gathered = session.pipeline().gather(source, session.platforms)
            recording = source.recording()
        size = 0 if recording is None else sum(len(item.raw) for item in recording.contents.values())
        return Facts(gathered, size, began)
