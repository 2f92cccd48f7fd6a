"""DSSE envelopes. DSSE 1.0, envelope.md."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import BundleError, LimitExceeded, StatementError
from verifier.limits import ENVELOPE_VALUES, EVIDENCE_BYTES
from verifier.model.statement import IN_TOTO_PAYLOAD_TYPE
from verifier.signature.encoding import decode_base64, pre_authentication_encoding
from verifier.strict_json import Json, JsonLimitError, StrictJsonError, loads_object
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class Envelope:
    """An in-toto envelope with exactly one signature."""

    payload_type: str
    payload: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature covers."""
        return pre_authentication_encoding(self.payload_type, self.payload)


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope document, or raise `BundleError` or `LimitExceeded`; see `envelope_of`."""
    try:
        document = loads_object(raw, limit=EVIDENCE_BYTES, values=ENVELOPE_VALUES)
    except JsonLimitError as error:
        raise LimitExceeded(f"the envelope is too large: {error}") from None
    except StrictJsonError as error:
        raise BundleError(f"the envelope is malformed: {safe(error)}") from None
    return envelope_of(document)


def envelope_of(document: Json) -> Envelope:
    """Give the envelope in ``document``.

    Raises `BundleError` where it is malformed or does not have exactly one signature, `StatementError`
    where its payload is no in-toto statement.
    """
    if not isinstance(document, dict):
        raise BundleError("the envelope is not an object")
    signatures = document.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1 or not isinstance(signatures[0], dict):
        count = len(signatures) if isinstance(signatures, list) else 0
        raise BundleError(f"the envelope has {count} signatures, not exactly one")
    signature = decode_base64(signatures[0].get("sig"), what="the envelope's signature")
    if not signature:
        raise BundleError("the envelope's signature is empty")
    payload_type = document.get("payloadType")
    if payload_type != IN_TOTO_PAYLOAD_TYPE:
        raise StatementError(f"the payload is of type {safe(payload_type)}, not {IN_TOTO_PAYLOAD_TYPE}")
    payload = decode_base64(document.get("payload"), what="the envelope's payload")
    return Envelope(IN_TOTO_PAYLOAD_TYPE, payload, signature)
