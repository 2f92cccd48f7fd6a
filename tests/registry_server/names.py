"""Names of hosts that lead to test servers: Docker Hub and its like, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpcore


class Names(httpcore.NetworkBackend):
    """A network in which ``name:port`` is at an address of this machine, and nothing else exists.

    ``asked`` lists every connection that was wanted.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._inner = httpcore.SyncBackend()
        self.asked: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.asked.append(f"{host}:{port}")
        place = self._places.get(f"{host}:{port}")
        if place is None:
            raise httpcore.ConnectError(f"there is no {host}:{port}")
        address, _, number = place.rpartition(":")
        return self._inner.connect_tcp(address, int(number), timeout, local_address, socket_options)
