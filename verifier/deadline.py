"""One deadline for a whole command."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from verifier.errors import LimitExceeded
from verifier.limits import END_SECONDS

T = TypeVar("T")


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
            raise self.over()
        return left

    def over(self) -> LimitExceeded:
        """The error that says that time is up."""
        return LimitExceeded(
            f"it took longer than {self._seconds:g} seconds", hint="allow more with --timeout SECONDS"
        )

    def result_of(self, work: Future[T]) -> T:
        """The result of ``work``; raises what it raises, and `LimitExceeded` where it is not done in time.

        Everything looks at its deadline by itself, between one step and the next and while it waits for
        others; this is for a step that takes the processor for long, and goes on behind.
        """
        try:
            return work.result(max(0.0, self._end - self._clock()) + END_SECONDS)
        except TimeoutError:
            if work.done() and not work.cancelled():
                raise
            raise self.over() from None

    def within(self, seconds: float | None) -> float:
        """``seconds`` (None: no bound of its own) or what is left, whichever is less. Raises as `left`."""
        left = self.left()
        return left if seconds is None else min(seconds, left)
