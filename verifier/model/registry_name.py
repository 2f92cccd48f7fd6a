"""The names of registries: one for each, however it is written.

The default port of HTTPS is no part of a name (RFC 9110, 4.2; RFC 3986, 6.2.3), capitals mean nothing, an
address of IPv6 has one spelling (RFC 5952), and Docker Hub is ``docker.io`` under all of its names. So a
policy about one spelling is a policy about all of them.
"""

from __future__ import annotations

import ipaddress
import re

from verifier.errors import InputError
from verifier.text import safe

HUB = "docker.io"
HUB_ALIASES = {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
HTTPS_PORT = 443
HTTP_PORT = 80

_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# What makes an address of IPv4 of a host: URL standard, "ends in a number checker".
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


def registry_name(text: str) -> str:
    """The name of the registry that ``text``, ``host[:port]``, means. Raises `InputError`."""
    return without_default_port(text)[0]


def without_default_port(text: str) -> tuple[str, int | None]:
    """The name of the registry, and 443 where that port was written. Raises `InputError`."""
    host, port = split_port(text)
    default = HTTPS_PORT if port == str(HTTPS_PORT) else None
    name = f"{host}:{port}" if port and default is None else host
    return (HUB, None) if name == HUB or name in HUB_ALIASES else (name, default)


def authority(text: str) -> str:
    """``host[:port]`` in its one spelling, whatever the port. Raises `InputError`."""
    host, port = split_port(text)
    return f"{host}:{port}" if port else host


def split_port(text: str) -> tuple[str, str]:
    """The host in its one spelling, and the port, ``""`` where there is none. Raises `InputError`."""
    if ":" not in text or text.endswith("]"):
        return _host(text.lower()), ""
    host, _, port = text.rpartition(":")
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise InputError(f"{safe(port, limit=100)!r} is no port")
    return _host(host.lower()), port


def _host(host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        return _ipv6(host)
    # 0177.0.0.1 is 127.0.0.1 to some and 177.0.0.1 to others; 2130706433 and 0x7f.1 are addresses to most.
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _is_ipv4(host):
        raise InputError(f"{safe(host, limit=100)!r} is no IPv4 address")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise InputError(f"{safe(host, limit=100)!r} is no host name")
    return host


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        raise InputError(f"{safe(host, limit=100)!r} is no IPv6 address") from None
    if address.scope_id is not None:
        raise InputError(f"{safe(host, limit=100)!r} is no host name")
    # A connection to such an address is one by IPv4 (RFC 4291, 2.5.5.2).
    return f"[{address.compressed}]" if address.ipv4_mapped is None else str(address.ipv4_mapped)


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
