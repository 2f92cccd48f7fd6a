"""Bounded parallel work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Workers:
    """A pool of threads for requests. Work that runs in it must not wait for other work in it."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="verify")
        self._abandoned = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After a failure or Ctrl-C nobody wants the rest.
        self._pool.shutdown(wait=error is None and not self._abandoned, cancel_futures=True)

    def map(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """Apply ``function`` to every item, side by side; the first exception is raised."""
        return list(self._pool.map(function, items))

    def start(self, function: Callable[[], U]) -> Callable[[], U]:
        """Begin ``function``; the result waits for its end and gives its value or exception."""
        return self.submit(function).result

    def submit(self, function: Callable[[], U]) -> Future[U]:
        """Begin ``function``."""
        return self._pool.submit(function)

    def abandon(self) -> None:
        """Wait no longer for what has begun, and begin nothing more."""
        self._abandoned = True
        self._pool.shutdown(wait=False, cancel_futures=True)
