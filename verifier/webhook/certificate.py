"""The webhook's own certificate, renewed while it serves."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

from verifier.errors import UsageError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_regular
from verifier.text import safe

_HINT = "--tls-cert and --tls-key take PEM files: the certificate with its chain, and its private key"
Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """The pair in two files. ``context`` serves the newest pair that fits together.

    A pair is loaded into a context of its own, and each handshake is given the newest of these: in a context
    that serves, certificate and key would be exchanged one after the other, and handshakes fail in between.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Load the pair, or raise `UsageError`."""
        self._certificate = certificate
        self._key = key
        self.context = _context()
        self.context.sni_callback = self._serve_newest
        self._newest = self.context
        self.expires: datetime | None = None
        self._stamp: Stamp | None = None
        self.reload()

    def reload(self) -> bool:
        """Take what is in the files; whether that is something new.

        Raises `UsageError` where it does not fit together, as between the two halves of a renewal: then the
        old pair goes on serving.
        """
        try:
            stamp = tuple(_stamp(path) for path in (self._certificate, self._key))
            if stamp == self._stamp:
                return False
            fresh = _context()
            fresh.load_cert_chain(self._certificate, self._key, password=_no_password)
            expires = _end(self._certificate)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            place = f"{safe(self._certificate)} and {safe(self._key)}"
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                f"the certificate in {place} cannot be used: {safe(reason)}", hint=_HINT
            ) from None
        self._newest, self.expires, self._stamp = fresh, expires, stamp
        return True

    def _serve_newest(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called for every handshake, also where the client names no server."""
        connection.context = self._newest


def _no_password() -> str:
    raise ValueError("the key is encrypted")


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _stamp(path: Path) -> tuple[int, int, int]:
    # Through links: cert-manager's files are links to a directory that is swapped.
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _end(path: Path) -> datetime:
    from cryptography import x509

    return x509.load_pem_x509_certificate(read_regular(path, POLICY_BYTES)).not_valid_after_utc
