"""Who may connect, and for how long without asking anything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from verifier.limits import CONNECTIONS, CONNECTIONS_OF_SOURCE, HEAD_SECONDS, KEEP_ALIVE_SECONDS
from verifier.webhook.doors import Doors, Message, Receive, Scope, Send


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doors(clock: Clock) -> Iterator[Doors]:
    with Doors(socket.create_server(("127.0.0.1", 0), backlog=1024), clock=clock) as doors:
        doors.settimeout(10)
        yield doors


def knock(doors: Doors, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(doors.getsockname(), timeout=10, source_address=(source, 0))


def has_ended(visitor: socket.socket) -> bool:
    visitor.settimeout(0.05)
    try:
        return visitor.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_one_source_does_not_shut_out_another_and_all_are_bounded(doors: Doors) -> None:
    with ExitStack() as stack:
        for number in range(CONNECTIONS):
            source = "127.0.0.1" if number < CONNECTIONS_OF_SOURCE else "127.0.0.2"
            stack.enter_context(knock(doors, source))
            stack.enter_context(doors.accept()[0])
            if number == CONNECTIONS_OF_SOURCE - 1:
                turned_away = stack.enter_context(knock(doors))
                with pytest.raises(ConnectionAbortedError):
                    doors.accept()
                assert has_ended(turned_away)
        turned_away = stack.enter_context(knock(doors, "127.0.0.3"))
        with pytest.raises(ConnectionAbortedError):
            doors.accept()
        assert has_ended(turned_away)
        assert doors.inside == CONNECTIONS
        assert doors.turned_away == 2
    # Whoever leaves makes room.
    assert doors.inside == 0
    with knock(doors), doors.accept()[0]:
        assert doors.inside == 1


def test_a_connection_that_asks_nothing_is_ended(doors: Doors, clock: Clock) -> None:
    with knock(doors) as visitor, doors.accept()[0]:
        clock.now += HEAD_SECONDS - 0.001
        doors.turn_out()
        assert not has_ended(visitor)
        clock.now += 0.001
        doors.turn_out()
        assert has_ended(visitor)


def test_a_connection_stays_while_it_is_answered_and_may_ask_again(doors: Doors, clock: Clock) -> None:
    with knock(doors) as visitor, doors.accept()[0]:

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            clock.now += 1000 * HEAD_SECONDS
            doors.turn_out()
            assert not has_ended(visitor)

        async def receive() -> Message:
            return {}

        async def send(_: Message) -> None:
            return

        asked = {"type": "http", "client": visitor.getsockname()}
        asyncio.run(doors.watched(application)(asked, receive, send))
        clock.now += KEEP_ALIVE_SECONDS
        doors.turn_out()
        assert not has_ended(visitor)
        clock.now += HEAD_SECONDS
        doors.turn_out()
        assert has_ended(visitor)


def test_closing_twice_counts_once(doors: Doors) -> None:
    with knock(doors), knock(doors):
        one, other = doors.accept()[0], doors.accept()[0]
        one.close()
        one.close()
        assert doors.inside == 1
        other.close()
        assert doors.inside == 0
