"""What a transparency log entry must have in common with the material it is presented with.

A log entry that is genuine but about something else proves nothing (CVE-2022-36056,
GHSA-whqx-f9j3-ch6m): every member of its body that ties it to a signature, a payload or a signer is
compared. Rekor, types/*/v0.0.*; rekor-tiles, api/proto (hashedrekord 0.0.2).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from verifier.errors import BundleError, TransparencyError
from verifier.limits import ENVELOPE_VALUES, EVIDENCE_BYTES
from verifier.signature.encoding import decode_base64, decode_pem
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe

_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {
    "SHA2_256": hashlib.sha256,
    "SHA2_384": hashlib.sha384,
    "SHA2_512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMaterial:
    """What was signed, by whom, and with which result.

    ``signed`` are the bytes under the signature (a payload, a DSSE pre-authentication encoding), or None
    where only their SHA-256 ``signed_sha256`` (hexadecimal) is known. ``payload`` and ``payload_type`` are
    those of a DSSE envelope, ``envelope`` its bytes as they were logged, where they still exist.
    ``signer`` is the DER of the certificate, or of the public key's SubjectPublicKeyInfo.
    """

    signature: bytes
    signer: bytes
    signer_label: str
    signed: bytes | None
    signed_sha256: str
    payload: bytes | None = None
    payload_type: str | None = None
    envelope: bytes | None = None


def require_same(kind: str, version: str, body: bytes, material: SignedMaterial) -> None:
    """Raise `TransparencyError` unless the entry ``body`` is about ``material``.

    ``kind`` and ``version`` are those that the material claims; the body must say the same.
    Raises `BundleError` for a kind that is not supported.
    """
    compare = _COMPARISONS.get((kind, version))
    if compare is None:
        raise BundleError(f"log entries of kind {safe(kind)} {safe(version)} are not supported")
    try:
        document = loads_object(body, limit=EVIDENCE_BYTES, values=ENVELOPE_VALUES)
    except StrictJsonError as error:
        raise TransparencyError(f"the log entry's body is malformed: {safe(error)}") from None
    if (document.get("kind"), document.get("apiVersion")) != (kind, version):
        raise TransparencyError("the log entry is of another kind than the material says")
    compare(_Body(document), material)


class _Body:
    """Reads members of an entry body; what is missing or of another type is a `TransparencyError`."""

    def __init__(self, value: Json) -> None:
        self._value = value

    def __getitem__(self, name: str) -> _Body:
        if not isinstance(self._value, dict) or name not in self._value:
            raise TransparencyError(f"the log entry's body has no {name}")
        return _Body(self._value[name])

    def get(self, name: str) -> _Body | None:
        return self[name] if isinstance(self._value, dict) and self._value.get(name) is not None else None

    def only(self) -> _Body:
        if not isinstance(self._value, list) or len(self._value) != 1:
            raise TransparencyError("the log entry does not hold exactly one signature")
        return _Body(self._value[0])

    @property
    def text(self) -> str:
        if not isinstance(self._value, str):
            raise TransparencyError("the log entry's body has a member that is not text")
        return self._value

    @property
    def binary(self) -> bytes:
        try:
            return decode_base64(self.text, what="a member of the log entry's body")
        except BundleError as error:
            raise TransparencyError(str(error)) from None

    def require_sha256(self, expected: str, *, what: str) -> None:
        if self["algorithm"].text != "sha256" or self["value"].text != expected:
            raise TransparencyError(f"the log entry is about another {what}")

    def require_signature(self, signature: bytes) -> None:
        if self.binary != signature:
            raise TransparencyError("the log entry is about another signature")

    def require_signer(self, material: SignedMaterial) -> None:
        try:
            text = self.binary.decode("ascii")
            der = decode_pem(text, label=material.signer_label, what="the log entry's signer")
        except (UnicodeDecodeError, BundleError):
            raise TransparencyError("the log entry names another signer") from None
        if der != material.signer:
            raise TransparencyError("the log entry names another signer")


def _payload_sha256(material: SignedMaterial) -> str:
    if material.payload is None:
        raise TransparencyError("the log entry is about an envelope, the material is none")
    return hashlib.sha256(material.payload).hexdigest()


def _hashedrekord_1(body: _Body, material: SignedMaterial) -> None:
    spec = body["spec"]
    spec["data"]["hash"].require_sha256(material.signed_sha256, what="artifact")
    spec["signature"]["content"].require_signature(material.signature)
    spec["signature"]["publicKey"]["content"].require_signer(material)


def _hashedrekord_2(body: _Body, material: SignedMaterial) -> None:
    spec = body["spec"]["hashedRekordV002"]
    algorithm = spec["data"]["algorithm"].text
    if material.signed is not None and algorithm in _HASHES:
        expected = _HASHES[algorithm](material.signed).digest()
    elif algorithm == "SHA2_256":
        expected = bytes.fromhex(material.signed_sha256)
    else:
        raise TransparencyError("the log entry uses an unsupported hash")
    if spec["data"]["digest"].binary != expected:
        raise TransparencyError("the log entry is about another artifact")
    spec["signature"]["content"].require_signature(material.signature)
    verifier = spec["signature"]["verifier"]
    member = "x509Certificate" if material.signer_label == "CERTIFICATE" else "publicKey"
    if verifier[member]["rawBytes"].binary != material.signer:
        raise TransparencyError("the log entry names another signer")


def _dsse_1(body: _Body, material: SignedMaterial) -> None:
    spec = body["spec"]
    spec["payloadHash"].require_sha256(_payload_sha256(material), what="payload")
    if material.envelope is not None:
        spec["envelopeHash"].require_sha256(hashlib.sha256(material.envelope).hexdigest(), what="envelope")
    entry = spec["signatures"].only()
    entry["signature"].require_signature(material.signature)
    entry["verifier"].require_signer(material)


def _intoto_1(body: _Body, material: SignedMaterial) -> None:
    if material.envelope is None:
        # The hash of the envelope is this kind's only tie to the signature.
        raise BundleError("log entries of kind intoto 0.0.1 prove nothing about a re-written envelope")
    content = body["spec"]["content"]
    content["hash"].require_sha256(hashlib.sha256(material.envelope).hexdigest(), what="envelope")
    payload_hash = content.get("payloadHash")
    if payload_hash is not None:
        payload_hash.require_sha256(_payload_sha256(material), what="payload")
    body["spec"]["publicKey"].require_signer(material)


def _intoto_2(body: _Body, material: SignedMaterial) -> None:
    content = body["spec"]["content"]
    content["payloadHash"].require_sha256(_payload_sha256(material), what="payload")
    envelope = content["envelope"]
    if envelope["payloadType"].text != material.payload_type:
        raise TransparencyError("the log entry is about another payload type")
    entry = envelope["signatures"].only()
    # This kind encodes the signature, which is base64 already, once more.
    if entry["sig"].binary != base64.b64encode(material.signature):
        raise TransparencyError("the log entry is about another signature")
    entry["publicKey"].require_signer(material)


_COMPARISONS: dict[tuple[str, str], Callable[[_Body, SignedMaterial], None]] = {
    ("hashedrekord", "0.0.1"): _hashedrekord_1,
    ("hashedrekord", "0.0.2"): _hashedrekord_2,
    ("dsse", "0.0.1"): _dsse_1,
    ("intoto", "0.0.1"): _intoto_1,
    ("intoto", "0.0.2"): _intoto_2,
}
