"""One deadline for a whole command."""

from __future__ import annotations

import time
from collections.abc import Callable

from verifier.errors import LimitExceeded


class Deadline:
    """Counts down ``seconds`` from when it is made, on a clock that no one can set back."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds left, more than zero. Raises `LimitExceeded` when time is up."""
        left = self._end - self._clock()
        if left <= 0:
            raise LimitExceeded(
                f"it took longer than {self._seconds:g} seconds", hint="allow more with --timeout SECONDS"
            )
        return left

    def within(self, seconds: float | None) -> float:
        """``seconds`` (None: no bound of its own) or what is left, whichever is less. Raises as `left`."""
        left = self.left()
        return left if seconds is None else min(seconds, left)
