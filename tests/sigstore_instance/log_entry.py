"""What a transparency log hands out, and how it can be wrong."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sigstore_instance.canonical import b64
from tests.sigstore_instance.checkpoint import CheckpointShape
from tests.sigstore_instance.keys import Key

_RIGHT = CheckpointShape()


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in a tree."""

    index: int
    tree_size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str | None

    def document(self) -> dict[str, object]:
        """The proof as in a Sigstore bundle."""
        document: dict[str, object] = {
            "logIndex": str(self.index),
            "rootHash": b64(self.root),
            "treeSize": str(self.tree_size),
            "hashes": [b64(item) for item in self.hashes],
        }
        if self.checkpoint is not None:
            document["checkpoint"] = {"envelope": self.checkpoint}
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry with its evidence. Use `dataclasses.replace` to break what `LogShape` does not."""

    kind: str
    version: str
    body: bytes
    log_id: bytes
    index: int
    integrated_time: int | None = None
    promise: bytes | None = None
    proof: Proof | None = None

    def document(self) -> dict[str, object]:
        """The entry as in a Sigstore bundle (protobuf-specs, ``TransparencyLogEntry``)."""
        document: dict[str, object] = {
            "logIndex": str(self.index),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": self.kind, "version": self.version},
        }
        if self.integrated_time is not None:
            document["integratedTime"] = str(self.integrated_time)
        if self.promise is not None:
            document["inclusionPromise"] = {"signedEntryTimestamp": b64(self.promise)}
        if self.proof is not None:
            document["inclusionProof"] = self.proof.document()
        return document | {"canonicalizedBody": b64(self.body)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogShape:
    """How a log answers; every default is right.

    ``time`` is the integrated time in seconds (Rekor v1). ``promise_time`` and ``promise_body`` are what the
    signed entry timestamp is made over in place of the truth. ``root``, ``size`` and ``index`` stand in the
    proof alone, not in the checkpoint. ``other_tree`` proves and signs a tree that lacks the entry.
    """

    time: int | None = None
    kind: str | None = None
    version: str | None = None
    log_id: bytes | None = None
    promise: bool = True
    promise_key: Key | None = None
    promise_time: int | None = None
    promise_body: bytes | None = None
    proof: bool = True
    flip_hash: bool = False
    index: int | None = None
    size: int | None = None
    root: bytes | None = None
    other_tree: bool = False
    checkpoint: CheckpointShape | None = _RIGHT
