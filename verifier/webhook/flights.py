"""Work that several ask for at the same time, done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from verifier.errors import LimitExceeded

T = TypeVar("T")


class Flights:
    """Work that is shared by all who ask for it while it is under way. For one event loop.

    It goes on when those who asked give up, so that whoever asks again finds more of it done.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    async def join(self, key: Hashable, begin: Callable[[], Awaitable[T]]) -> T:
        """The result of the work under ``key``, begun where it is not under way.

        Raises what it raises, and `LimitExceeded` where too much is under way.
        """
        flight = self._under_way.get(key)
        if flight is None:
            if len(self._under_way) >= self._most:
                raise LimitExceeded(
                    f"more than {self._most} images are waiting to be verified", hint="try again in a moment"
                )
            flight = asyncio.ensure_future(begin())
            self._under_way[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        result: T = await _shared(flight)
        return result

    def _landed(self, key: Hashable, flight: asyncio.Future[Any]) -> None:
        del self._under_way[key]
        _seen(flight)


async def _shared(result: asyncio.Future[T]) -> T:
    """The result; whoever gives up waiting for it must not take it from the others.

    `asyncio.shield` would report what fails after that as unseen, from Python 3.14 on.
    """
    await asyncio.wait([result])
    return result.result()


def _seen(done: asyncio.Future[Any]) -> None:
    """Whoever still waits is told of a failure; where nobody does, nobody is to be warned."""
    if not done.cancelled():
        done.exception()


class Departures:
    """Short work whose result must not be older than the question: shared until it begins, not longer."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._waiting: dict[Hashable, Future[Any]] = {}

    async def join(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of a call of ``work`` that begins after this one; raises what it raises.

        Raises `RuntimeError` where the pool takes no more work.
        """
        result: Future[T] | None = self._waiting.get(key)
        if result is None:
            result = self._waiting[key] = Future()
            try:
                self._pool.submit(self._depart, key, result, work)
            except BaseException:
                # Nothing will ever come of it: whoever asks next must not wait for it.
                del self._waiting[key]
                raise
        waited = asyncio.wrap_future(result)
        waited.add_done_callback(_seen)
        return await _shared(waited)

    def _depart(self, key: Hashable, result: Future[T], work: Callable[[], T]) -> None:
        # Taken away first: whoever comes later starts another call.
        del self._waiting[key]
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            result.set_exception(error)


class Turns:
    """At most ``most`` at a time under each name, so that one slow place leaves room for the others."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._turns: dict[str, tuple[asyncio.Semaphore, set[object]]] = {}

    async def take(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """``work()``, when it is its turn."""
        semaphore, waiting = self._turns.setdefault(name, (asyncio.Semaphore(self._most), set()))
        ticket = object()
        waiting.add(ticket)
        try:
            async with semaphore:
                return await work()
        finally:
            waiting.discard(ticket)
            if not waiting:
                self._turns.pop(name, None)
