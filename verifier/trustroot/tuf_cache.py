"""A trusted root out of a local TUF cache, believed only after the signatures over it were checked again.

Whoever can write the cache could otherwise replace the trusted root: sigstore-python's own offline mode
reads the cached file unchecked. The TUF specification 1.0, section 5, without its freshness steps (5.4,
5.5), for which there is no network; the caller says how old it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Metadata, Root, Targets, Timestamp

from verifier.limits import TRUSTED_ROOT_BYTES

TARGET = "trusted_root.json"
_ROOTS = 1024  # root versions followed from the shipped one; python-tuf's bound is 256 per run


@dataclass(frozen=True, slots=True)
class CachedRoot:
    """A trusted root whose signatures hold. ``expires`` is when its timestamp metadata does."""

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
        targets = Metadata[Targets].from_bytes(_read(directory / "targets.json"))
        root.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
        raw = _read(directory / "targets" / TARGET)
        targets.signed.targets[TARGET].verify_length_and_hashes(raw)
    # A cache that is absent, half-written, damaged or forged is all the same: there is none. Parsing
    # hostile metadata raises ValueError, KeyError or TypeError besides TUF's own errors.
    except (OSError, RepositoryError, LengthOrHashMismatchError, ValueError, KeyError, TypeError):
        return None
    return CachedRoot(raw, timestamp.signed.expires)


def _current_root(directory: Path, bootstrap: bytes) -> Metadata[Root]:
    root = Metadata[Root].from_bytes(bootstrap)
    root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    first = root.signed.version + 1
    for version in range(first, first + _ROOTS):
        path = directory / "root_history" / f"{version}.root.json"
        if not path.exists():
            break
        following = Metadata[Root].from_bytes(_read(path))
        # Signed by the keys of the version before and by its own (TUF 5.3.4), and of the next version.
        root.signed.verify_delegate(Root.type, following.signed_bytes, following.signatures)
        following.signed.verify_delegate(Root.type, following.signed_bytes, following.signatures)
        if following.signed.version != version:
            raise ValueError("root metadata of another version")
        root = following
    return root


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(TRUSTED_ROOT_BYTES + 1)
    if len(raw) > TRUSTED_ROOT_BYTES:
        raise ValueError("too large")
    return raw
