"""A TUF repository made with python-tuf's metadata API, served from memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from verifier.errors import UnavailableError
from verifier.trustroot.instances import Instance

URL = "https://tuf.example"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ExampleInstance(Instance):
    """An instance whose shipped files are given."""

    root: bytes = b""
    trusted_root: bytes = b""

    def bootstrap(self) -> bytes:
        return self.root

    def shipped_trusted_root(self) -> bytes:
        return self.trusted_root


@dataclass
class TufRepository:
    """One repository with one key for all roles; ``fetch`` answers like a web server."""

    # python-tuf judges expiry by its own clock, so it lies far ahead of any.
    expires: datetime = NOW + timedelta(days=36_500)
    signer: CryptoSigner = field(default_factory=CryptoSigner.generate_ecdsa)
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    down: bool = False

    def root(self, version: int = 1, signers: Iterable[CryptoSigner] | None = None) -> bytes:
        """Root metadata naming this repository's key, by default signed with it."""
        root = Root(version=version, expires=self.expires, consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self.signer.public_key, role)
        metadata = Metadata(root)
        for signer in signers or (self.signer,):
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def publish(self, trusted_root: bytes, version: int = 1) -> None:
        """Make ``trusted_root`` the current target."""
        target = TargetFile.from_data("trusted_root.json", trusted_root, ["sha256"])
        targets = Targets(version=version, expires=self.expires, targets={target.path: target})
        snapshot = Snapshot(version=version, expires=self.expires, meta={"targets.json": MetaFile(version)})
        timestamp = Timestamp(version=version, expires=self.expires, snapshot_meta=MetaFile(version))
        self.files[f"targets/{target.hashes['sha256']}.trusted_root.json"] = trusted_root
        self.files[f"{version}.targets.json"] = self._signed(targets)
        self.files[f"{version}.snapshot.json"] = self._signed(snapshot)
        self.files["timestamp.json"] = self._signed(timestamp)

    def _signed(self, content: Targets | Snapshot | Timestamp) -> bytes:
        metadata: Metadata[Any] = Metadata(content)
        metadata.sign(self.signer)
        return metadata.to_bytes()

    def fetch(self, url: str) -> tuple[int, bytes]:
        """What the server answers."""
        self.requests.append(url)
        if self.down:
            raise UnavailableError("connection refused")
        body = self.files.get(url.removeprefix(f"{URL}/"))
        return (404, b"") if body is None else (200, body)
