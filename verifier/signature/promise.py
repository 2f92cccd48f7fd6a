"""Signed entry timestamps: the log's promise, the only log evidence of cosign's classic format.

A ``dev.sigstore.cosign/bundle`` annotation; Rekor, openapi.yaml, ``LogEntry.verification``.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

from verifier.errors import BundleError, TimeError
from verifier.limits import ENVELOPE_VALUES, EVIDENCE_BYTES
from verifier.signature.encoding import decode_base64
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_LOG_ID = re.compile(r"[0-9a-f]{64}")
_LATEST = 2**32  # the year 2106; a later time is a lie that datetime may not even represent


@dataclass(frozen=True, slots=True)
class Promise:
    """One entry as the log promised to include it. ``time`` in seconds since 1970."""

    body: bytes
    time: int
    log_index: int
    log_id: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the log signed: the canonical JSON (RFC 8785) of the four members."""
        members = {
            "body": base64.b64encode(self.body).decode(),
            "integratedTime": self.time,
            "logID": self.log_id.hex(),
            "logIndex": self.log_index,
        }
        return json.dumps(members, separators=(",", ":"), sort_keys=True).encode()


def require_plausible(seconds: int) -> None:
    """Raise `TimeError` unless ``seconds`` since 1970 can be a time at which something was logged."""
    if not 0 < seconds < _LATEST:
        raise TimeError(f"the log entry's time is {seconds} seconds since 1970, which cannot be")


def parse_promise(text: str) -> Promise:
    """Read the annotation, or raise `BundleError` or `TimeError`."""
    try:
        document = loads_object(
            text.encode("utf-8", "surrogatepass"), limit=EVIDENCE_BYTES, values=ENVELOPE_VALUES
        )
    except StrictJsonError as error:
        raise BundleError(f"the log entry annotation is malformed: {safe(error)}") from None
    payload = document.get("Payload")
    if set(document) != {"SignedEntryTimestamp", "Payload"} or not isinstance(payload, dict):
        raise BundleError("the log entry annotation does not hold a signed entry timestamp and a payload")
    if set(payload) != {"body", "integratedTime", "logIndex", "logID"}:
        raise BundleError("the log entry annotation's payload does not have exactly its four members")
    time, index, log_id = payload["integratedTime"], payload["logIndex"], payload["logID"]
    # bool is an int to Python, and would canonicalise to another document.
    if type(time) is not int or type(index) is not int or index < 0:
        raise BundleError("the log entry annotation's time and index are not whole numbers")
    if not isinstance(log_id, str) or not _LOG_ID.fullmatch(log_id):
        raise BundleError("the log entry annotation's log id is not 64 hexadecimal digits")
    require_plausible(time)
    return Promise(
        body=decode_base64(payload["body"], what="the log entry's body"),
        time=time,
        log_index=index,
        log_id=bytes.fromhex(log_id),
        signature=decode_base64(document["SignedEntryTimestamp"], what="the signed entry timestamp"),
    )
