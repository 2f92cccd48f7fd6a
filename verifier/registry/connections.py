"""Connections: the one place where sockets are opened, each of their steps bounded by the deadline.

httpx and httpcore bound the silence between two pieces of an answer. An answer whose head drips byte by byte
outlasts that for hours, so the bound that counts is set here, beneath them, through httpcore's interface for
network backends.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

import httpcore
import httpx

from verifier.deadline import Deadline
from verifier.errors import LimitExceeded
from verifier.limits import WORKERS
from verifier.registry.addresses import AddressGuard
from verifier.registry.proxies import Proxies

_CONNECTIONS: Final = WORKERS * 2


class Connection(httpcore.NetworkStream):
    """A connection that no peer can hold beyond the deadline; remembers what it read last."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline
        self._last = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See `httpcore.NetworkStream`."""
        self._last = self._inner.read(max_bytes, self._deadline.within(timeout))
        return self._last

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See `httpcore.NetworkStream`."""
        self._inner.write(buffer, self._deadline.within(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """See `httpcore.NetworkStream`."""
        try:
            bound = self._deadline.within(timeout)
        except LimitExceeded:
            self.close()
            raise
        return Connection(self._inner.start_tls(ssl_context, server_hostname, bound), self._deadline)

    def close(self) -> None:
        """See `httpcore.NetworkStream`."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """See `httpcore.NetworkStream`."""
        return self._inner.get_extra_info(info)

    def sent_more_than(self, piece: bytes) -> bool:
        """Whether something followed ``piece``, the end of a body, in the same breath."""
        return not self._last.endswith(piece)


class _Backend(httpcore.NetworkBackend):
    """Opens connections, to addresses that ``guard`` lets through; ``inner`` does the work."""

    def __init__(
        self, inner: httpcore.NetworkBackend, deadline: Deadline, guard: AddressGuard | None
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._addresses(host, port):
            bound = self._deadline.within(timeout)
            try:
                stream = self._inner.connect_tcp(address, port, bound, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return Connection(stream, self._deadline)
        raise failure or httpcore.ConnectError("the name has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        if self._guard is None:
            return [host]
        try:
            return self._guard.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class Connections(httpx.BaseTransport):
    """Shared connections, direct and through proxies. Errors of httpcore pass through as they are."""

    def __init__(
        self,
        deadline: Deadline,
        context: ssl.SSLContext,
        *,
        proxies: Proxies,
        backend: httpcore.NetworkBackend | None = None,
        guard: AddressGuard | None = None,
    ) -> None:
        inner = backend or httpcore.SyncBackend()
        self._backend = _Backend(inner, deadline, guard)
        # A proxy is the user's own choice, wherever it stands.
        self._to_proxies = _Backend(inner, deadline, None)
        self._guard = guard
        self._context = context
        self._proxies = proxies
        self._lock = threading.Lock()
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`."""
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        host = url.raw_host.decode("ascii")
        proxy = self._proxies.address(url.scheme, host, url.port)
        if proxy is not None and self._guard is not None:
            self._guard.require_no_literal(host, url.port or 443)
        try:
            answer = self._pool(proxy).handle_request(asked)
        except httpcore.ConnectError as error:
            # TLS trouble is the server's, behind the proxy; the rest is the proxy's own.
            if proxy is None or isinstance(error.__context__, ssl.SSLError):
                raise
            raise httpcore.ProxyError("it cannot be reached") from error
        body = _Body(answer.stream) if isinstance(answer.stream, Iterable) else _Body(())
        return httpx.Response(
            answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
        )

    def close(self) -> None:
        """See `httpx.BaseTransport`."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()

    def _pool(self, proxy: str | None) -> httpcore.ConnectionPool:
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._open(proxy)
            return self._pools[proxy]

    def _open(self, proxy: str | None) -> httpcore.ConnectionPool:
        if proxy is None:
            return httpcore.ConnectionPool(
                ssl_context=self._context,
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_CONNECTIONS,
                network_backend=self._backend,
            )
        address = httpx.Proxy(proxy)
        url = address.url
        return httpcore.HTTPProxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target="/"),
            proxy_auth=address.raw_auth,
            proxy_ssl_context=self._context if url.scheme == "https" else None,
            ssl_context=self._context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            network_backend=self._to_proxies,
        )
