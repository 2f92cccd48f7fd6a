"""A registry in this process, which can be wrong in every way.

::

    with RegistryServer(layout.contents(), "org/app") as server:
        verify(f"{server.address}/org/app:latest", allow_http=[server.address])
        assert server.paths() == [...]

``referrers`` switches the API on, ``page`` pages it. ``login`` demands Basic or Bearer authentication, whose
tokens come from ``realm`` (default: this server). ``blobs_at`` redirects blobs to another address. A `Fault`
replaces an answer: of the nth request whose path matches. Every request is kept in ``requests``. `Tripwire`
is a server that nobody must even connect to. `Names`, as ``backend`` of the client, gives servers names:
``Names({"registry-1.docker.io:443": server.address})``; `Authority` makes their certificates.
"""

from __future__ import annotations

from tests.registry_server.authority import Authority
from tests.registry_server.faults import Fault
from tests.registry_server.names import Names
from tests.registry_server.server import Login, RegistryServer, Seen, Tripwire

__all__ = ["Authority", "Fault", "Login", "Names", "RegistryServer", "Seen", "Tripwire"]
