"""Fetch and verify the evidence of one image."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from verifier.assembly import Session
from verifier.budget import Budget
from verifier.deadline import Deadline
from verifier.errors import LimitExceeded, RegistryError, VerifierError
from verifier.keychain.interface import Keychain
from verifier.limits import ADMISSION_IMAGES_MEMORY, ADMISSION_LIGHT_BYTES, MIB
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.registry.interface import Source
from verifier.registry.recording import Recording, RecordingSource
from verifier.registry.saving import SavedImage, evidence_files
from verifier.settings import Settings
from verifier.text import safe
from verifier.webhook.basis import Basis
from verifier.webhook.facts import Facts, Key
from verifier.webhook.shared import Files, SharedContent, SharedEvidence, SharedImage


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
        shared: SharedEvidence | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._resolve_seconds = resolve_seconds
        self._now = now
        self._shared = shared
        self._clock = clock
        self._together = _Together(settings.evidence.total * ADMISSION_IMAGES_MEMORY)
        self._heavy = threading.Lock()

    def resolve(self, reference: ImageReference, basis: Basis, keychain: Keychain | None) -> Digest:
        """What the tag of ``reference`` is now; one request where the registry wants no login.

        Raises `VerifierError`.
        """
        settings = replace(self._settings, at=self._now(), timeout=self._resolve_seconds)
        with basis.session.another(settings, keychain=keychain) as session:
            return session.source(reference).resolve().digest

    def gather(
        self, key: Key, reference: ImageReference, basis: Basis, keychain: Keychain | None, *, fresh: bool
    ) -> Facts:
        """All that is known of the image with the digest of ``reference``. Raises `VerifierError`.

        With ``fresh`` the registry is asked what there is. Content that others have fetched is not fetched
        again: its digest says what it is.
        """
        if reference.digest is None:
            raise RegistryError(f"{safe(reference)} has no digest")
        settings = replace(self._settings, at=self._now())
        with basis.session.another(settings, keychain=keychain) as session:
            files = {} if self._shared is None else self._shared.get(key) or {}
            if files and not fresh and (known := self._known(key, reference, session, files)) is not None:
                return known
            content = SharedContent(files, session.content_cache)
            facts, recording = self._facts(session, session.source(reference, cache=content), key)
            if self._shared is not None and recording is not None and facts.is_worth_keeping:
                saved = SavedImage(str(reference), reference.name, None, recording)
                trust_root, now = basis.trust_root, self._now()
                self._shared.put(key, evidence_files([saved], trust_root=trust_root, evaluated_at=now))
            return facts

    def _known(self, key: Key, reference: ImageReference, session: Session, files: Files) -> Facts | None:
        """What another replica has fetched; None where that is nothing good."""
        try:
            facts, _ = self._facts(session, SharedImage(reference, key.digest, files), key)
        except VerifierError:
            return None
        if not facts.is_worth_keeping:
            return None
        evidence = replace(facts.gathered.evidence, is_second_hand=True)
        return replace(facts, gathered=replace(facts.gathered, evidence=evidence), is_shared=True)

    def _facts(self, session: Session, place: Source, key: Key) -> tuple[Facts, Recording | None]:
        began = self._clock()
        budget = Budget(session.settings.evidence, elsewhere=self._together.take)
        try:
            source = RecordingSource(place, budget)
            pipeline = session.pipeline(budget, partial(self._turn, session.deadline))
            gathered = pipeline.gather(source, key.platforms)
            return Facts(gathered, budget.spent, began), source.recording()
        finally:
            self._together.give(budget.spent)

    @contextmanager
    def _turn(self, deadline: Deadline, size: int) -> Iterator[None]:
        """Verifying takes up to fourteen times the bytes for a moment: of large images, one at a time.

        That costs no time, since it is work for the processor, which Python does in one thread at a time.
        """
        if size <= ADMISSION_LIGHT_BYTES:
            yield
            return
        if not self._heavy.acquire(timeout=deadline.left()):
            raise LimitExceeded("other images were being verified for too long", hint="try again in a moment")
        try:
            yield
        finally:
            self._heavy.release()


class _Together:
    """The memory of all images that are being verified. Safe for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Take more. Raises `LimitExceeded`, and has taken nothing then."""
        with self._lock:
            if self._taken + count > self._most:
                raise LimitExceeded(
                    f"the images that are being verified take more than {self._most // MIB} MiB",
                    hint="try again in a moment",
                )
            self._taken += count

    def give(self, count: int) -> None:
        """Give back."""
        with self._lock:
            self._taken -= count
