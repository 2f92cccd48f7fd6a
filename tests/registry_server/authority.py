"""Certificates for test servers, from an authority that lives as long as the test."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Authority:
    """Issues certificates; ``file`` is what ``SSL_CERT_FILE`` must name to trust them."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        path = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(path))
        self.file = str(path)

    def server(self, *names: str) -> ssl.SSLContext:
        """The TLS side of a server with these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names).configure_cert(context)
        return context

    def client(self, name: str) -> tuple[bytes, bytes]:
        """A certificate for a client, and its key, in PEM."""
        issued = self._authority.issue_cert(name)
        return b"".join(part.bytes() for part in issued.cert_chain_pems), issued.private_key_pem.bytes()
