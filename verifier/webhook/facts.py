"""Verified evidence, kept for the next review. Policies are applied to it anew each time."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from verifier.limits import MIB
from verifier.model.digest import Digest
from verifier.model.platform import Platform
from verifier.model.sbom import DecodedSbom, ValidationProblem
from verifier.model.verified import VerifiedStatement
from verifier.pipeline import Gathered
from verifier.webhook.configuration import CacheBounds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """What evidence was verified of, and by what. Evidence of another key says nothing.

    ``name`` is registry and repository: what one says of a digest is no answer for another. ``policies`` and
    ``trust_root`` are digests; ``platforms`` empty is all; ``access`` stands for the credentials that were
    shown, ``""`` for none.
    """

    name: str
    digest: Digest
    policies: Digest
    trust_root: Digest
    platforms: tuple[Platform, ...]
    access: str


@dataclass(eq=False)
class Facts:
    """What is known of one image, and since when (on a clock that no one can set back).

    Decoding an SBOM depends on its bytes alone, so that is done once. ``judging_seconds`` is how long
    applying the policies took last, without bound where that was never done. ``waits`` says that applying
    them waits for something, ``is_shared`` that another replica fetched it.
    """

    gathered: Gathered
    size: int
    at: float
    is_shared: bool = False
    waits: bool = False
    judging_seconds: float = math.inf
    _sboms: dict[Digest, DecodedSbom] = field(default_factory=dict, init=False)
    _problems: dict[Digest, tuple[ValidationProblem, ...]] = field(default_factory=dict, init=False)

    def decode(self, statement: VerifiedStatement) -> DecodedSbom:
        """See `verifier.sbom.reader.read_sbom`."""
        from verifier.sbom.reader import read_sbom

        return _once(self._sboms, statement, read_sbom)

    def validate(self, statement: VerifiedStatement) -> tuple[ValidationProblem, ...]:
        """See `verifier.sbom.reader.validate_attested`."""
        from verifier.sbom.reader import validate_attested

        return _once(self._problems, statement, validate_attested)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether every place was looked at and something was found; all else is asked for anew."""
        evidence = self.gathered.evidence
        return bool(evidence.statements) and not evidence.unreadable and not evidence.unread


def _once(known: dict[Digest, T], statement: VerifiedStatement, read: Callable[[VerifiedStatement], T]) -> T:
    found = known.get(statement.evidence)
    if found is None:
        found = known[statement.evidence] = read(statement)
    return found


class FactsCache:
    """The facts used last, within bounds of time, number and bytes. Safe for several threads."""

    def __init__(self, bounds: CacheBounds, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._kept: OrderedDict[Key, Facts] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Facts | None:
        """What is known under ``key``; None where nothing is, or it is too old."""
        with self._lock:
            facts = self._kept.get(key)
            if facts is None:
                return None
            if self._clock() - facts.at >= self._bounds.seconds:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return facts

    def put(self, key: Key, facts: Facts) -> None:
        """Keep ``facts`` where they are worth it."""
        room = self._bounds.mebibytes * MIB
        if not facts.is_worth_keeping or facts.size > room or self._bounds.seconds <= 0:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = facts
            self._bytes += facts.size
            while len(self._kept) > self._bounds.images or self._bytes > room:
                self._drop(next(iter(self._kept)))

    def sizes(self) -> Mapping[str, int]:
        """How many images are kept, and how many bytes of evidence, for metrics."""
        with self._lock:
            return {"images": len(self._kept), "bytes": self._bytes}

    def _drop(self, key: Key) -> None:
        facts = self._kept.pop(key, None)
        if facts is not None:
            self._bytes -= facts.size
