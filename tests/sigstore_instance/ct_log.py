"""A certificate transparency log: signed certificate timestamps over precertificates (RFC 6962 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.sigstore_instance import der
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.x509 import Extension

SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SctShape:
    """How one timestamp is made; every default is right."""

    key: Key | None = None  # a key that is not the log's
    log_id: bytes | None = None  # a log id that is not the key's
    time: datetime | None = None
    extensions: bytes = b""
    flip: bool = False  # a signature over something else


@dataclass(frozen=True, slots=True)
class CtLog:
    """A log with one key."""

    key: Key
    url: str = "https://ctfe.sigstore.test/2026"

    def timestamp(self, tbs: bytes, issuer: Key, at: datetime, shape: SctShape) -> bytes:
        """A SignedCertificateTimestamp in TLS encoding; ``tbs`` has no timestamps yet."""
        key = shape.key or self.key
        milliseconds = int((shape.time or at).timestamp() * 1000).to_bytes(8, "big")
        extensions = len(shape.extensions).to_bytes(2, "big") + shape.extensions
        signed = b"".join(
            (
                b"\x00",  # v1
                b"\x00",  # certificate_timestamp
                milliseconds,
                b"\x00\x01",  # precert_entry
                issuer.id,
                len(tbs).to_bytes(3, "big") + tbs,
                extensions,
            )
        )
        signature = key.sign(signed + b"\x00" if shape.flip else signed)
        return b"".join(
            (
                b"\x00",
                shape.log_id or key.id,
                milliseconds,
                extensions,
                b"\x04\x03",  # sha256, ecdsa (RFC 5246 7.4.1.4.1)
                len(signature).to_bytes(2, "big") + signature,
            )
        )


def timestamp_list(timestamps: Sequence[bytes]) -> Extension:
    """The certificate extension that holds ``timestamps``."""
    items = b"".join(len(item).to_bytes(2, "big") + item for item in timestamps)
    return Extension(SCT_LIST, der.octets(len(items).to_bytes(2, "big") + items))
