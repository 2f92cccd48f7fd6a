"""Which proxy a request goes through: ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``, as Docker reads them.

golang.org/x/net/http/httpproxy, of which Docker, cosign and crane make use, is the model.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from verifier.errors import UsageError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxies:
    """Addresses of proxies by scheme (with their passwords: never shown), and hosts that go without."""

    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    exceptions: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Take the variables, in lower case or capitals. Raises `UsageError` for an address that is none."""
        found: dict[str, str] = {}
        for scheme in _PORTS:
            name = f"{scheme}_proxy"
            # In CGI programs HTTP_PROXY is set by whoever asks (httpoxy); the lower-case name cannot be.
            if text := environment.get(name) or environment.get(name.upper()):
                found[scheme] = _address(text, name.upper())
        listed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        return cls(found, tuple(item.strip().lower() for item in listed.split(",") if item.strip()))

    def address(self, scheme: str, host: str, port: int | None) -> str | None:
        """The proxy for a request, or None for a direct connection. This machine is always direct."""
        proxy = self.by_scheme.get(scheme)
        if proxy is None or _is_local(host):
            return None
        actual = port or _PORTS.get(scheme)
        return None if any(_matches(item, host, actual) for item in self.exceptions) else proxy


def _address(text: str, name: str) -> str:
    address = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not parts.hostname:
        # The text is not repeated: it may hold a password.
        raise UsageError(
            f"{name} is not the address of a proxy that can be used",
            hint="write http://HOST:PORT or https://HOST:PORT; SOCKS is not supported",
        )
    return address


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _matches(item: str, host: str, port: int | None) -> bool:
    """``*``, a network, or a host with all below it (``.host``: only those below), with a port or without."""
    if item == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(item.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, number = item.rpartition(":")
    if not colon or not number.isdigit():
        name = item
    elif int(number[:6]) != port:
        return False
    name = name.strip("[]").removeprefix("*")
    below = name if name.startswith(".") else f".{name}"
    return host == name or host.endswith(below)
