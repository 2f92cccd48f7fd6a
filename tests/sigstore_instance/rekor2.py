"""Rekor v2: entries without promise and without time.

https://github.com/sigstore/rekor-tiles
"""

from __future__ import annotations

import hashlib

from tests.sigstore_instance.canonical import b64, canonical
from tests.sigstore_instance.keys import Key, KeyKind
from tests.sigstore_instance.log_entry import LogEntry, LogShape
from tests.sigstore_instance.rekor import Log
from tests.sigstore_instance.signing import Signer


class Rekor2:
    """A log of the second generation."""

    def __init__(self, key: Key, *, url: str = "https://log2026-1.rekor.sigstore.test") -> None:
        self.log = Log(key, url=url)

    def hashedrekord(self, signed: bytes, signature: bytes, signer: Signer, shape: LogShape) -> LogEntry:
        """``hashedrekord`` 0.0.2 for ``signed``: an artifact, or a DSSE envelope's PAE."""
        algorithm, digest = "SHA2_256", hashlib.sha256(signed).digest()
        if signer.key.kind is KeyKind.P384:
            algorithm, digest = "SHA2_384", hashlib.sha384(signed).digest()
        spec = {
            "hashedRekordV002": {
                "data": {"algorithm": algorithm, "digest": b64(digest)},
                "signature": {"content": b64(signature), "verifier": _verifier(signer)},
            }
        }
        return self.add("hashedrekord", "0.0.2", spec, shape)

    def add(self, kind: str, version: str, spec: object, shape: LogShape) -> LogEntry:
        """Append any entry."""
        body = canonical({"apiVersion": version, "kind": kind, "spec": spec})
        index, proof = self.log.include(body, shape)
        return LogEntry(
            kind=shape.kind or kind,
            version=shape.version or version,
            body=body,
            log_id=shape.log_id or self.log.id,
            index=index,
            integrated_time=shape.time,
            proof=proof,
        )


def _verifier(signer: Signer) -> dict[str, object]:
    details = {"keyDetails": signer.key.kind.value}
    if signer.certificate is None:
        return {**details, "publicKey": {"rawBytes": b64(signer.key.spki)}}
    return {**details, "x509Certificate": {"rawBytes": b64(signer.certificate.der)}}
