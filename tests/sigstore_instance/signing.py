"""Who signs, and DSSE envelopes (https://github.com/secure-systems-lab/dsse)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.sigstore_instance.canonical import b64, compact
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.x509 import Issued

IN_TOTO = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, with the certificate that says whose it is; without one, a managed key."""

    key: Key
    certificate: Issued | None = None

    @property
    def pem(self) -> str:
        """What log entries name the signer by: PEM of the certificate, or of the managed key."""
        return self.key.pem if self.certificate is None else self.certificate.pem

    @property
    def hint(self) -> str:
        """The hint by which bundles name a managed key."""
        return b64(self.key.id)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope with any number of signatures."""

    payload: bytes
    payload_type: str
    signatures: tuple[bytes, ...]
    key_ids: bool = False  # cosign writes an empty "keyid", sigstore-python none

    @property
    def pae(self) -> bytes:
        """What is signed."""
        return pae(self.payload_type, self.payload)

    def document(self) -> dict[str, object]:
        """The envelope's JSON."""
        extra = {"keyid": ""} if self.key_ids else {}
        return {
            "payloadType": self.payload_type,
            "payload": b64(self.payload),
            "signatures": [{**extra, "sig": b64(signature)} for signature in self.signatures],
        }

    @property
    def raw(self) -> bytes:
        """The envelope as bytes."""
        return compact(self.document())


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, key: Key, *, payload_type: str = IN_TOTO, key_ids: bool = False) -> Envelope:
    """An envelope around ``payload``, signed once by ``key``."""
    return Envelope(payload, payload_type, (key.sign(pae(payload_type, payload)),), key_ids)


def sha256(content: bytes) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(content).hexdigest()
