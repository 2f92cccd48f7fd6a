"""How much the reviews under way may take together, and how much of that one source."""

from __future__ import annotations

from collections import Counter

from verifier.limits import (
    REVIEWS_OF_SOURCE_BYTES,
    REVIEWS_OF_SOURCE_VALUES,
    REVIEWS_TOTAL_BYTES,
    REVIEWS_TOTAL_VALUES,
)


class NoRoomError(Exception):
    """More reviews are under way than there is memory for."""


class Room:
    """Counts what is under way. For one event loop."""

    def __init__(self) -> None:
        self._bytes: Counter[str] = Counter()
        self._values: Counter[str] = Counter()

    def review(self, source: str) -> Taken:
        """What a review of ``source`` takes: nothing yet."""
        return Taken(self, source)

    def change(self, source: str, count: int, values: int) -> None:
        """Take, or give back where negative. Raises `NoRoomError`, and has taken nothing then."""
        if count > 0 or values > 0:
            _require(self._bytes, source, count, REVIEWS_TOTAL_BYTES, REVIEWS_OF_SOURCE_BYTES)
            _require(self._values, source, values, REVIEWS_TOTAL_VALUES, REVIEWS_OF_SOURCE_VALUES)
        for counter, change in ((self._bytes, count), (self._values, values)):
            counter[source] += change
            if not counter[source]:
                del counter[source]

    @property
    def taken(self) -> tuple[int, int]:
        """Bytes and values."""
        return self._bytes.total(), self._values.total()


class Taken:
    """What one review has taken so far; used as a context, it gives it back."""

    def __init__(self, room: Room, source: str) -> None:
        self._room = room
        self._source = source
        self._bytes = 0
        self._values = 0

    def __enter__(self) -> Taken:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.change(self._source, -self._bytes, -self._values)
        self._bytes = self._values = 0

    def take(self, count: int = 0, *, values: int = 0) -> None:
        """Take more. Raises `NoRoomError`."""
        self._room.change(self._source, count, values)
        self._bytes += count
        self._values += values


def _require(taken: Counter[str], source: str, more: int, total: int, of_source: int) -> None:
    if taken.total() + more > total or taken[source] + more > of_source:
        raise NoRoomError
