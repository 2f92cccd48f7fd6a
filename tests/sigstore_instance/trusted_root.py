"""``trusted_root.json`` (protobuf-specs, ``sigstore_trustroot.proto``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.sigstore_instance.canonical import b64
from tests.sigstore_instance.keys import Key

MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"


@dataclass(frozen=True, slots=True)
class Window:
    """When a part may be used; the member is left out where it is None."""

    start: datetime | None = None
    end: datetime | None = None

    def document(self) -> dict[str, str]:
        """The window as ``validFor``."""
        ends = {"start": self.start, "end": self.end}
        return {name: _rfc3339(moment) for name, moment in ends.items() if moment is not None}


def log(key: Key, log_id: bytes, url: str, window: Window) -> dict[str, object]:
    """A ``TransparencyLogInstance``."""
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(key.spki),
            "keyDetails": key.kind.value,
            "validFor": window.document(),
        },
        "logId": {"keyId": b64(log_id)},
    }


def authority(chain: Sequence[bytes], common_name: str, url: str, window: Window) -> dict[str, object]:
    """A ``CertificateAuthority``."""
    return {
        "subject": {"organization": "sigstore.test", "commonName": common_name},
        "uri": url,
        "certChain": {"certificates": [{"rawBytes": b64(certificate)} for certificate in chain]},
        "validFor": window.document(),
    }


def document(
    *,
    tlogs: Sequence[object],
    authorities: Sequence[object],
    ctlogs: Sequence[object],
    timestamp_authorities: Sequence[object],
) -> bytes:
    """The file."""
    members: dict[str, Any] = {
        "mediaType": MEDIA_TYPE,
        "tlogs": tlogs,
        "certificateAuthorities": authorities,
        "ctlogs": ctlogs,
        "timestampAuthorities": timestamp_authorities,
    }
    return _dump(members)


def merged(*roots: bytes) -> bytes:
    """One file with the parts of all ``roots``."""
    result: dict[str, Any] = {}
    for root in roots:
        for name, value in json.loads(root).items():
            if isinstance(value, list):
                result.setdefault(name, []).extend(value)
            else:
                result[name] = value
    return _dump(result)


def _dump(document: object) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
