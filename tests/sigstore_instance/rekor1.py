"""Rekor v1: entries with a signed entry timestamp, and with an inclusion proof.

https://github.com/sigstore/rekor/tree/main/pkg/types
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from tests.sigstore_instance.canonical import b64, canonical
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.log_entry import LogEntry, LogShape
from tests.sigstore_instance.rekor import Log
from tests.sigstore_instance.signing import Envelope, Signer, sha256

_EARLIER_SHARDS = 4_163_431  # entries in trees before this one: the global index is not the index in the tree
_TREE_ID = 1193050959916656506


class Rekor1:
    """A log of the first generation."""

    def __init__(self, key: Key, *, url: str = "https://rekor.sigstore.test") -> None:
        name = url.removeprefix("https://")
        self.log = Log(key, url=url, origin=f"{name} - {_TREE_ID}")

    def hashedrekord(
        self, digest: str, signature: bytes, signer: Signer, at: datetime, shape: LogShape
    ) -> LogEntry:
        """``hashedrekord`` 0.0.1: a signature over content with the hex SHA-256 ``digest``."""
        spec = {
            "data": {"hash": _hash(digest)},
            "signature": {"content": b64(signature), "publicKey": {"content": b64(signer.pem)}},
        }
        return self.add("hashedrekord", "0.0.1", spec, at, shape)

    def dsse(self, envelope: Envelope, signer: Signer, at: datetime, shape: LogShape) -> LogEntry:
        """``dsse`` 0.0.1."""
        spec = {
            "envelopeHash": _hash(sha256(envelope.raw)),
            "payloadHash": _hash(sha256(envelope.payload)),
            "signatures": [
                {"signature": b64(signature), "verifier": b64(signer.pem)}
                for signature in envelope.signatures
            ],
        }
        return self.add("dsse", "0.0.1", spec, at, shape)

    def intoto1(self, envelope: Envelope, signer: Signer, at: datetime, shape: LogShape) -> LogEntry:
        """``intoto`` 0.0.1: tied to the signature by the envelope's hash alone."""
        content = {"hash": _hash(sha256(envelope.raw)), "payloadHash": _hash(sha256(envelope.payload))}
        spec = {"content": content, "publicKey": b64(signer.pem)}
        return self.add("intoto", "0.0.1", spec, at, shape)

    def intoto2(self, envelope: Envelope, signer: Signer, at: datetime, shape: LogShape) -> LogEntry:
        """``intoto`` 0.0.2: the signature stands in it as base64 of base64."""
        signatures = [
            {"publicKey": b64(signer.pem), "sig": b64(b64(signature))} for signature in envelope.signatures
        ]
        content = {
            "envelope": {"payloadType": envelope.payload_type, "signatures": signatures},
            "hash": _hash(sha256(envelope.raw)),
            "payloadHash": _hash(sha256(envelope.payload)),
        }
        return self.add("intoto", "0.0.2", {"content": content}, at, shape)

    def add(self, kind: str, version: str, spec: object, at: datetime, shape: LogShape) -> LogEntry:
        """Append any entry."""
        body = canonical({"apiVersion": version, "kind": kind, "spec": spec})
        tree_index, proof = self.log.include(body, shape)
        entry = LogEntry(
            kind=shape.kind or kind,
            version=shape.version or version,
            body=body,
            log_id=shape.log_id or self.log.id,
            index=tree_index + _EARLIER_SHARDS,
            integrated_time=int(at.timestamp()) if shape.time is None else shape.time,
            proof=proof,
        )
        return self._promised(entry, shape) if shape.promise else entry

    def _promised(self, entry: LogEntry, shape: LogShape) -> LogEntry:
        payload = {
            "body": b64(shape.promise_body or entry.body),
            "integratedTime": entry.integrated_time if shape.promise_time is None else shape.promise_time,
            "logID": entry.log_id.hex(),
            "logIndex": entry.index,
        }
        promise = (shape.promise_key or self.log.key).sign(canonical(payload))
        return replace(entry, promise=promise)


def cosign_bundle(entry: LogEntry) -> str:
    """The annotation ``dev.sigstore.cosign/bundle`` of legacy layers."""
    return json.dumps(
        {
            "SignedEntryTimestamp": b64(entry.promise or b""),
            "Payload": {
                "body": b64(entry.body),
                "integratedTime": entry.integrated_time,
                "logIndex": entry.index,
                "logID": entry.log_id.hex(),
            },
        },
        separators=(",", ":"),
    )


def _hash(value: str) -> dict[str, str]:
    return {"algorithm": "sha256", "value": value}
