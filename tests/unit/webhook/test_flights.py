"""Work for several is done once, and never on what is older than the question."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from verifier.errors import LimitExceeded
from verifier.webhook.flights import Departures, Flights, Turns


def test_who_asks_while_work_is_under_way_shares_it() -> None:
    async def run() -> None:
        flights, begun, end = Flights(most=10), list[int](), asyncio.Event()

        async def work() -> int:
            begun.append(1)
            await end.wait()
            return len(begun)

        asking = [asyncio.create_task(flights.join("a", work)) for _ in range(5)]
        await asyncio.sleep(0)
        end.set()
        assert await asyncio.gather(*asking) == [1] * 5
        assert len(flights) == 0
        assert await flights.join("a", work) == 2

    asyncio.run(run())


def test_work_goes_on_when_who_asked_gives_up() -> None:
    async def run() -> None:
        flights, end = Flights(most=10), asyncio.Event()

        async def work() -> str:
            await end.wait()
            return "done"

        first = asyncio.create_task(flights.join("a", work))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len(flights) == 1
        second = asyncio.create_task(flights.join("a", work))
        await asyncio.sleep(0)
        end.set()
        assert await second == "done"

    asyncio.run(run())


def test_failures_are_everybodys_and_are_not_kept() -> None:
    async def run() -> None:
        flights = Flights(most=10)

        async def bad() -> str:
            raise LimitExceeded("too much")

        async def good() -> str:
            return "done"

        results = await asyncio.gather(flights.join("a", bad), flights.join("a", bad), return_exceptions=True)
        assert all(isinstance(result, LimitExceeded) for result in results)
        assert await flights.join("a", good) == "done"

    asyncio.run(run())


def test_no_more_is_begun_than_allowed() -> None:
    async def run() -> None:
        flights, end = Flights(most=2), asyncio.Event()

        async def work() -> str:
            await end.wait()
            return "done"

        asking = [asyncio.create_task(flights.join(name, work)) for name in ("a", "b", "a")]
        await asyncio.sleep(0)
        with pytest.raises(LimitExceeded, match="more than 2 images"):
            await flights.join("c", work)
        end.set()
        assert await asyncio.gather(*asking) == ["done"] * 3

    asyncio.run(run())


def test_a_departure_is_shared_until_it_begins() -> None:
    begun, go = threading.Event(), threading.Event()
    calls: list[int] = []

    def first() -> str:
        begun.set()
        go.wait()
        return "first"

    def later() -> int:
        calls.append(1)
        return len(calls)

    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            departures = Departures(pool)
            gone = asyncio.create_task(departures.join("a", first))
            await asyncio.to_thread(begun.wait)
            # What has begun may rest on what was true before: it is not joined.
            joining = [asyncio.create_task(departures.join("a", later)) for _ in range(3)]
            await asyncio.sleep(0)
            go.set()
            assert await gone == "first"
            assert await asyncio.gather(*joining) == [1, 1, 1]

    asyncio.run(run())


def test_whoever_gives_up_takes_a_departure_from_nobody() -> None:
    begun, go = threading.Event(), threading.Event()

    def blocking() -> None:
        begun.set()
        go.wait()

    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            departures = Departures(pool)
            gone = asyncio.create_task(departures.join("a", blocking))
            await asyncio.to_thread(begun.wait)
            impatient = asyncio.create_task(departures.join("b", lambda: "done"))
            patient = asyncio.create_task(departures.join("b", lambda: "done"))
            await asyncio.sleep(0)
            impatient.cancel()
            with pytest.raises(asyncio.CancelledError):
                await impatient
            go.set()
            assert await patient == "done"
            await gone

    asyncio.run(run())


def test_a_departure_passes_on_what_goes_wrong() -> None:
    def bad() -> None:
        raise LimitExceeded("too much")

    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(LimitExceeded):
                await Departures(pool).join("a", bad)

    asyncio.run(run())


def test_what_goes_wrong_when_all_have_given_up_is_no_news() -> None:
    begun, go, told = threading.Event(), threading.Event(), list[object]()

    def bad() -> str:
        begun.set()
        go.wait()
        raise ValueError("bad")

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        with ThreadPoolExecutor(1) as pool:
            gone = asyncio.create_task(Departures(pool).join("a", bad))
            await asyncio.to_thread(begun.wait)
            gone.cancel()
            await asyncio.sleep(0)
            go.set()
        await asyncio.sleep(0.01)
        del gone
        gc.collect()

    asyncio.run(run())
    assert told == []


def test_a_pool_that_takes_no_work_leaves_nobody_waiting() -> None:
    async def run() -> None:
        pool = ThreadPoolExecutor(1)
        pool.shutdown()
        departures = Departures(pool)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="after shutdown"):
                await departures.join("a", lambda: 1)

    asyncio.run(run())


def test_turns_are_taken_under_each_name_apart() -> None:
    async def run() -> None:
        turns, end = Turns(2), asyncio.Event()
        at_once: dict[str, int] = {"slow": 0, "other": 0}

        async def work(name: str) -> None:
            at_once[name] += 1
            await end.wait()

        slow = [asyncio.create_task(turns.take("slow", lambda: work("slow"))) for _ in range(5)]
        other = asyncio.create_task(turns.take("other", lambda: work("other")))
        for _ in range(3):
            await asyncio.sleep(0)
        assert at_once == {"slow": 2, "other": 1}
        end.set()
        await asyncio.gather(*slow, other)
        assert at_once == {"slow": 5, "other": 1}

    asyncio.run(run())
