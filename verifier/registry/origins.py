"""Where a URL leads, as the client itself reads it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

import httpx

_PORTS: Final = {"https": 443, "http": 80}


class Origin(NamedTuple):
    """Scheme, host and port: what credentials are bound to (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host``, or ``host:port`` where the port is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def origin(url: str) -> Origin:
    """Where a request for ``url`` goes, as the client itself reads it. Raises `ValueError`.

    A URL that is not http or https, has no host, or holds a name or password, is none.
    """
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError("not a URL") from error
    port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    # raw: `host` would decode what is written in Punycode, and fails where that is wrong.
    host = parts.raw_host.decode("ascii")
    if parts.scheme not in _PORTS or not host or parts.userinfo or not 0 < port < 65536:
        raise ValueError("not a URL of a server")
    return Origin(parts.scheme, host, port)


def join(url: str, reference: str) -> str:
    """The URL that ``reference``, found at ``url``, means (RFC 3986, section 5). Raises `ValueError`."""
    try:
        return str(httpx.URL(url).join(reference).copy_with(fragment=None))
    except httpx.InvalidURL as error:
        raise ValueError("not a URL") from error


def may_be_plain(there: Origin, allow_http: Collection[str]) -> bool:
    """Whether ``there`` is among the hosts that may be spoken to without TLS, to the letter."""
    return there.authority in {host.lower().removesuffix(":80") for host in allow_http}
