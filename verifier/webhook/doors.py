"""The listening socket: how many may come in, and how long they may stay without asking anything.

A connection counts from the moment that it is accepted, so the handshake of TLS, the head of the first
request and the wait for the next one are all bounded here, whatever the server above does with them.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from verifier.limits import CONNECTIONS, CONNECTIONS_OF_SOURCE, HEAD_SECONDS, KEEP_ALIVE_SECONDS

# asgiref, specs/main.rst, "Applications"
Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

_Peer: TypeAlias = tuple[str, int]
_IDLE: Final = KEEP_ALIVE_SECONDS + HEAD_SECONDS  # the server above closes what is idle a little sooner


class Doors(socket.socket):
    """A listening socket that counts who is inside. For one event loop.

    ``clock`` cannot be set back.
    """

    def __init__(self, listening: socket.socket, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the place of ``listening``."""
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._clock = clock
        self._guests: dict[_Peer, _Guest] = {}
        self._sources: Counter[str] = Counter()
        self.turned_away = 0

    @property
    def inside(self) -> int:
        """How many connections there are."""
        return len(self._guests)

    def accept(self) -> tuple[socket.socket, Any]:
        """As `socket.socket.accept`. Raises `ConnectionAbortedError` where one too many comes."""
        connection, address = super().accept()
        peer = address[:2]
        if len(self._guests) >= CONNECTIONS or self._sources[peer[0]] >= CONNECTIONS_OF_SOURCE:
            self.turned_away += 1
            connection.close()
            raise ConnectionAbortedError("too many connections")
        guest = _Guest(connection, lambda: self._left(peer))
        guest.until = self._clock() + HEAD_SECONDS
        self._guests[peer] = guest
        self._sources[peer[0]] += 1
        return guest, address

    def turn_out(self) -> None:
        """End the connections that have said nothing for too long."""
        now = self._clock()
        for guest in self._guests.values():
            if guest.until is not None and guest.until <= now:
                # The loop sees the end of what is to be read, and does the rest.
                with suppress(OSError):
                    guest.shutdown(socket.SHUT_RDWR)

    def watched(self, application: Application) -> Application:
        """``application``, which lets a connection stay while it answers."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            peer = scope.get("client")
            self._stays(peer, None)
            try:
                await application(scope, receive, send)
            finally:
                self._stays(peer, self._clock() + _IDLE)

        return watched

    def _stays(self, peer: object, until: float | None) -> None:
        guest = self._guests.get(tuple(peer)) if isinstance(peer, tuple | list) else None
        if guest is not None:
            guest.until = until

    def _left(self, peer: _Peer) -> None:
        del self._guests[peer]
        self._sources[peer[0]] -= 1
        if not self._sources[peer[0]]:
            del self._sources[peer[0]]


class _Guest(socket.socket):
    """One connection. ``until`` is when it has to have asked something; None while it is answered."""

    def __init__(self, connection: socket.socket, left: Callable[[], None]) -> None:
        super().__init__(connection.family, connection.type, connection.proto, fileno=connection.detach())
        self.until: float | None = None
        self._left: Callable[[], None] | None = left

    def close(self) -> None:
        """As `socket.socket.close`."""
        super().close()
        if self._left is not None:
            left, self._left = self._left, None
            left()
