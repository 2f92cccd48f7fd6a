"""A trusted root out of a local TUF cache, believed only after the signatures over it were checked again.

Whoever can write the cache could otherwise replace the trusted root: sigstore-python's own offline mode
reads the cached file unchecked. The TUF specification 1.0, section 5, without its freshness steps (5.4,
5.5), for which there is no network; the caller says how old it is. Timestamp, snapshot and targets must
belong together, so that no single file of an older cache brings back what was trusted then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, Targets, Timestamp

from verifier.limits import TRUSTED_ROOT_BYTES
from verifier.local_files import read_regular

TARGET = "trusted_root.json"
_ROOTS = 1024  # root versions followed from the shipped one; python-tuf's bound is 256 per run


@dataclass(frozen=True, slots=True)
class CachedRoot:
    """A trusted root whose signatures hold. ``expires`` is when the first of its metadata does."""

    raw: bytes
    expires: datetime


def read_cached_root(directory: Path, bootstrap: bytes) -> CachedRoot | None:
    """The trusted root cached in ``directory``, or None where there is none that can be believed.

    ``bootstrap`` is TUF root metadata that is trusted already.
    """
    try:
        root = _current_root(directory, bootstrap)
        timestamp = Metadata[Timestamp].from_bytes(_read(directory / "timestamp.json"))
        root.signed.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
        raw = _read(directory / "snapshot.json")
        snapshot = Metadata[Snapshot].from_bytes(raw)
        root.signed.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
        _require_named(timestamp.signed.snapshot_meta, snapshot.signed, raw)
        raw = _read(directory / "targets.json")
        targets = Metadata[Targets].from_bytes(raw)
        root.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
        _require_named(snapshot.signed.meta["targets.json"], targets.signed, raw)
        raw = _read(directory / "targets" / TARGET)
        targets.signed.targets[TARGET].verify_length_and_hashes(raw)
    # A cache that is absent, half-written, damaged or forged is all the same: there is none. Parsing
    # hostile metadata raises ValueError, KeyError or TypeError besides TUF's own errors.
    except (OSError, RepositoryError, LengthOrHashMismatchError, ValueError, KeyError, TypeError):
        return None
    return CachedRoot(raw, min(part.signed.expires for part in (timestamp, snapshot, targets)))


def _require_named(named: MetaFile, found: Signed, raw: bytes) -> None:
    """Raise `ValueError` or a TUF error unless ``found`` is what the metadata before it names (5.5, 5.6)."""
    named.verify_length_and_hashes(raw)
    if named.version != found.version:
        raise ValueError(f"{found.type} metadata of another version")


def _current_root(directory: Path, bootstrap: bytes) -> Metadata[Root]:
    root = Metadata[Root].from_bytes(bootstrap)
    root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    first = root.signed.version + 1
    for version in range(first, first + _ROOTS):
        path = directory / "root_history" / f"{version}.root.json"
        try:
            raw = _read(path)
        except FileNotFoundError:
            break
        following = Metadata[Root].from_bytes(raw)
        # Signed by the keys of the version before and by its own (TUF 5.3.4), and of the next version.
        root.signed.verify_delegate(Root.type, following.signed_bytes, following.signatures)
        following.signed.verify_delegate(Root.type, following.signed_bytes, following.signatures)
        if following.signed.version != version:
            raise ValueError("root metadata of another version")
        root = following
    return root


def _read(path: Path) -> bytes:
    raw = read_regular(path, TRUSTED_ROOT_BYTES)
    if len(raw) > TRUSTED_ROOT_BYTES:
        raise ValueError("too large")
    return raw
