"""``evidence.json``: what a directory of saved evidence says of the run that it comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from verifier.limits import LAYOUT_FILE_BYTES, REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.trust import TrustRoot
from verifier.strict_json import StrictJsonError, loads_object

EVIDENCE_FILE: Final = "evidence.json"
TRUST_ROOT_FILE: Final = "trusted_root.json"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of the run: ``reference`` as asked, ``name`` canonical (``docker.io/library/nginx``)."""

    reference: str
    name: str | None
    digest: Digest


def write_record(images: Sequence[ImageRecord], *, trust_root: TrustRoot, evaluated_at: datetime) -> bytes:
    """Encode ``evidence.json``."""
    record = {
        "schemaVersion": _VERSION,
        "evaluatedAt": evaluated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "trustRoot": {"source": trust_root.source, "digest": str(trust_root.digest), "file": TRUST_ROOT_FILE},
        "images": [
            {"reference": image.reference, "name": image.name, "digest": str(image.digest)}
            for image in images
        ],
    }
    return json.dumps(record, indent=2).encode() + b"\n"


def recorded_name(raw: bytes, digest: Digest) -> str | None:
    """Give the name that an ``evidence.json`` states for ``digest``; None where it has none to give."""
    try:
        images = loads_object(raw, limit=LAYOUT_FILE_BYTES).get("images")
    except StrictJsonError:
        return None
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict) and image.get("digest") == str(digest):
            name = image.get("name")
            return name if isinstance(name, str) and 0 < len(name) <= REFERENCE_LENGTH else None
    return None
