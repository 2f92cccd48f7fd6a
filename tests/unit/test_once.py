"""What several threads need is made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from verifier.assembly import Session
from verifier.once import once
from verifier.settings import Settings

THREADS = 16


class Holder:
    """Makes ``value`` only when every thread has asked for it, or waits for the lock."""

    def __init__(self, failures: int = 0) -> None:
        self.made = 0
        self._failures = failures
        self.asking = threading.Event()

    @once
    def value(self) -> object:
        """Something."""
        self.asking.wait()
        self.made += 1
        if self.made <= self._failures:
            raise ValueError(self.made)
        return object()

    @once
    def outer(self) -> tuple[object, object]:
        return self.value, self.inner

    @once
    def inner(self) -> object:
        return self.value


def together(holder: Holder, name: str) -> list[object]:
    """The attribute as ``THREADS`` threads get it that begin at the same moment."""
    barrier = threading.Barrier(THREADS + 1)

    def get(_: int) -> object:
        barrier.wait()
        try:
            return getattr(holder, name)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        results = [pool.submit(get, number) for number in range(THREADS)]
        barrier.wait()
        holder.asking.set()
        return [result.result() for result in results]


def test_many_threads_get_one_value() -> None:
    holder = Holder()
    assert len(set(map(id, together(holder, "value")))) == 1
    assert holder.made == 1


def test_a_value_may_need_others() -> None:
    holder = Holder()
    assert set(together(holder, "outer")) == {(holder.value, holder.value)}
    assert holder.made == 1


def test_what_could_not_be_made_is_tried_again() -> None:
    holder = Holder(failures=2)
    found = together(holder, "value")
    assert sum(isinstance(each, ValueError) for each in found) == 2
    assert len({id(each) for each in found if not isinstance(each, ValueError)}) == 1
    assert holder.made == 3


def test_each_holder_has_its_own_and_may_be_given_one() -> None:
    one, other = Holder(), Holder()
    one.asking.set()
    given = object()
    other.value = given
    assert one.value is not given
    assert other.value is given
    assert other.made == 0
    assert Holder.value.__doc__ == "Something."


@pytest.mark.parametrize("name", ["_http", "_tokens", "_keychain", "workers", "policies"])
def test_the_parts_of_a_run_are_made_once(name: str) -> None:
    settings = Settings(at=datetime(2026, 1, 1, tzinfo=UTC))
    for _ in range(20):
        barrier = threading.Barrier(THREADS)

        def get(session: Session, barrier: threading.Barrier = barrier) -> object:
            barrier.wait()
            return getattr(session, name)

        with Session(settings, progress=lambda _: None, warn=lambda _: None) as session:
            with ThreadPoolExecutor(THREADS) as pool:
                found = list(pool.map(get, [session] * THREADS))
        assert all(each is found[0] for each in found)
