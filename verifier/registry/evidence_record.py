"""``evidence.json``: what a directory of saved evidence says of the run that it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from verifier.errors import (
    AmbiguousDocumentError,
    AuthError,
    DigestMismatch,
    LayoutError,
    LimitExceeded,
    OtherDocumentError,
    RedirectError,
    RegistryError,
    RejectedError,
    UnavailableError,
    UnsafeLayoutError,
)
from verifier.limits import EVIDENCE_RECORD_BYTES, REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.trust import TrustRoot
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe

EVIDENCE_FILE: Final = "evidence.json"
TRUST_ROOT_FILE: Final = "trusted_root.json"
_VERSION: Final = 1

Failure = RejectedError | UnavailableError
_FAILURES: Final[Mapping[str, type[Failure]]] = {
    kind.__name__: kind
    for kind in (
        AuthError,
        RedirectError,
        RegistryError,
        LimitExceeded,
        DigestMismatch,
        AmbiguousDocumentError,
        OtherDocumentError,
        UnsafeLayoutError,
        LayoutError,
    )
}


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of the run: ``reference`` as asked, ``name`` canonical (``docker.io/library/nginx``).

    ``failures`` are what could not be read, by the keys of `verifier.registry.recording`: without them the
    same evidence would look as if nothing had been there.
    """

    reference: str
    name: str | None
    digest: Digest
    failures: Mapping[str, Failure] = field(default_factory=dict)


def write_record(images: Sequence[ImageRecord], *, trust_root: TrustRoot, evaluated_at: datetime) -> bytes:
    """Encode ``evidence.json``."""
    record = {
        "schemaVersion": _VERSION,
        "evaluatedAt": evaluated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "trustRoot": {"source": trust_root.source, "digest": str(trust_root.digest), "file": TRUST_ROOT_FILE},
        "images": [
            {
                "reference": image.reference,
                "name": image.name,
                "digest": str(image.digest),
                "failures": {key: _failure(error) for key, error in image.failures.items()},
            }
            for image in images
        ],
    }
    return json.dumps(record, indent=2).encode() + b"\n"


def _failure(error: Failure) -> dict[str, Json]:
    name = next(kind.__name__ for kind in type(error).__mro__ if _is_known(kind))
    return {"error": name, "message": error.message, "hint": error.hint}


def _is_known(kind: type) -> bool:
    return kind.__name__ in _FAILURES or kind in {RejectedError, UnavailableError}


def recorded_name(raw: bytes, digest: Digest) -> str | None:
    """Give the name that an ``evidence.json`` states for ``digest``; None where it has none to give."""
    for image in _images(raw):
        if image.get("digest") == str(digest):
            name = image.get("name")
            return name if isinstance(name, str) and 0 < len(name) <= REFERENCE_LENGTH else None
    return None


def recorded_failures(raw: bytes) -> dict[str, Failure]:
    """Give what an ``evidence.json`` says could not be read. It can only take away, so it is believed."""
    found: dict[str, Failure] = {}
    for image in _images(raw):
        failures = image.get("failures")
        for key, value in failures.items() if isinstance(failures, dict) else ():
            if isinstance(value, dict):
                found[key] = _error(value)
    return found


def recorded_time(raw: bytes) -> datetime | None:
    """Give the time that an ``evidence.json`` says its run judged for; None where it has none to give."""
    try:
        text = loads_object(raw, limit=EVIDENCE_RECORD_BYTES).get("evaluatedAt")
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if time is None or time.tzinfo is None else time.astimezone(UTC)
    except (StrictJsonError, ValueError, OverflowError):
        return None


def _error(value: Mapping[str, Json]) -> Failure:
    kind = _FAILURES.get(str(value.get("error")), RegistryError)
    hint = value.get("hint")
    return kind(safe(value.get("message")), hint=safe(hint) if isinstance(hint, str) else None)


def _images(raw: bytes) -> list[Mapping[str, Json]]:
    try:
        images = loads_object(raw, limit=EVIDENCE_RECORD_BYTES).get("images")
    except StrictJsonError:
        return []
    return [image for image in images if isinstance(image, dict)] if isinstance(images, list) else []
