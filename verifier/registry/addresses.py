"""Which addresses may be connected to, where somebody else chose the name (attack class "SSRF").

A name is resolved once, every address that it has is judged, and the connection goes to one that was judged:
a name that is public for the check and private for the connection has no second chance.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

from verifier.errors import RegistryError
from verifier.text import safe

Resolve = Callable[[str, int], list[str]]

# IPv4 addresses that are written as IPv6 ones: NAT64 (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# RFC 4291: all that is routed on the internet. What else Python takes for global (site-local, IPv4-compatible
# and locally translated addresses) leads inside, where it leads anywhere.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Public by its number, but each virtual machine of Azure finds its host there.
_HOST_OF_MACHINES = ipaddress.ip_address("168.63.129.16")


class AddressNotAllowedError(RegistryError):
    """The name leads to an address inside the network."""

    code = "RegistryError"


def resolve(host: str, port: int) -> list[str]:
    """All addresses of ``host``, each once. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class AddressGuard:
    """Lets connections through to public addresses, and to the hosts in ``allowed`` wherever they are.

    ``allowed`` holds ``host`` and ``host:port``, as they stand in references.
    """

    def __init__(self, allowed: Collection[str], *, resolve: Resolve = resolve) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._resolve = resolve

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of ``host`` to connect to; the name itself where it is allowed by name.

        Raises `AddressNotAllowedError` where one of them is not public, and `OSError` where there is none.
        """
        name = host.lower().strip("[]")
        shown = f"[{name}]" if ":" in name else name
        if self._allowed & {shown, f"{shown}:{port}"}:
            return [host]
        addresses = self._resolve(name, port)
        for address in addresses:
            if not is_public(address):
                raise AddressNotAllowedError(
                    f"{safe(shown)} leads to {safe(address)}, which is inside a network; nothing was sent",
                    hint=f"if this is your registry, say so: --allow-private-registry {safe(shown)}",
                )
        return addresses

    def require_no_literal(self, host: str, port: int) -> None:
        """Raise `AddressNotAllowedError` for a host that is itself an address inside a network.

        For requests through a proxy, which resolves all else by itself.
        """
        try:
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            return
        self.addresses(host, port)


def is_public(text: str) -> bool:
    """Whether ``text`` is an address on the public internet; what is no address is not."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or address not in _GLOBAL_UNICAST:
            return False
    return address != _HOST_OF_MACHINES and address.is_global and not address.is_multicast


def may_be_public(host: str) -> bool:
    """Whether ``host`` is an address on the public internet, or a name that may lead to one.

    A last label that is a number makes an address, in one of many spellings (URL standard, "host parsing").
    """
    name = host.strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        labels = name.rstrip(".").lower().split(".")
        last = labels[-1]
        return len(labels) > 1 and last != "localhost" and not last.isdigit() and not last.startswith("0x")
    return is_public(name)
