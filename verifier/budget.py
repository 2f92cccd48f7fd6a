"""How much of one image is read, and how much memory all of it may take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from verifier.errors import LimitExceeded
from verifier.limits import (
    EVIDENCE_BYTES,
    EVIDENCE_TOTAL_BYTES,
    IMAGE_MEMORY,
    JSON_VALUE_BYTES,
    JSON_VALUES,
    MIB,
)
from verifier.strict_json import count_values

_FEWER = "remove old signatures and attestations from the registry, or verify a copy with fewer"


@dataclass(frozen=True, slots=True)
class EvidenceBounds:
    """What is read of one image at the most.

    ``item`` and ``total`` are bytes of one signature or attestation and of all of them, ``values`` those of
    one statement (see `verifier.strict_json.count_values`), ``memory`` is what everything may take.
    """

    item: int = EVIDENCE_BYTES
    total: int = EVIDENCE_TOTAL_BYTES
    values: int = JSON_VALUES
    memory: int = IMAGE_MEMORY


class Budget:
    """Counts what one image takes. Safe for several threads.

    ``elsewhere`` is told of all that is spent, before it counts here, and may refuse by raising.
    """

    def __init__(self, bounds: EvidenceBounds, *, elsewhere: Callable[[int], None] = lambda _: None) -> None:
        self.bounds = bounds
        self._elsewhere = elsewhere
        self._spent = 0
        self._lock = threading.Lock()

    @property
    def spent(self) -> int:
        """Bytes of memory, as far as that can be told from bytes and values."""
        return self._spent

    def spend(self, count: int) -> None:
        """Count ``count`` bytes of memory. Raises `LimitExceeded` where that is too much."""
        with self._lock:
            if self._spent + count > self.bounds.memory:
                most = self.bounds.memory // MIB
                raise LimitExceeded(f"what belongs to the image takes more than {most} MiB", hint=_FEWER)
            self._elsewhere(count)
            self._spent += count


def tree_weight(raw: bytes) -> int:
    """The memory that the tree of the JSON in ``raw`` may take: its values, and the texts in it."""
    # A text with one character beyond the 16 bits of most takes four bytes for each of its characters.
    texts = len(raw) if raw.isascii() else 4 * len(raw)
    # Without a closer look at strings: what stands in them makes it more, which harms nobody.
    return texts + JSON_VALUE_BYTES * count_values(raw, most=len(raw))
