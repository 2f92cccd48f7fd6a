"""cosign's classic format: signature, certificate and log entry in the annotations of a layer.

cosign, specs/SIGNATURE_SPEC.md and pkg/cosign/verify.go. The only log evidence is the log's promise
(`verifier.signature.promise`); sigstore-python cannot read this format, so the steps stand here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate

from verifier.errors import BundleError, SignatureError, TimeError, TransparencyError
from verifier.model.bundle import Bundle, Format
from verifier.model.trust import PublicKey
from verifier.model.verified import KeySigner, LogEntry, Proof
from verifier.signature.certificate import load_certificate, require_code_signing, sct_log_id, signer_of
from verifier.signature.encoding import decode_base64, decode_pem
from verifier.signature.envelope import parse_envelope
from verifier.signature.facts import Facts
from verifier.signature.foreign import stopped
from verifier.signature.log_body import SignedMaterial, require_same
from verifier.signature.managed_key import signing_key
from verifier.signature.promise import Promise, parse_promise
from verifier.signature.sigstore_private import RecordingVerifier
from verifier.signature.trust import Trust
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import rfc3339, safe

_SIGNATURE = "dev.cosignproject.cosign/signature"
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_PROMISE = "dev.sigstore.cosign/bundle"

_KINDS = {
    Format.SIMPLE_SIGNING: {("hashedrekord", "0.0.1")},
    Format.DSSE: {("dsse", "0.0.1"), ("intoto", "0.0.1"), ("intoto", "0.0.2")},
}


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer, read: what is signed, the signature, and what lies beside it."""

    signed: bytes
    signature: bytes
    payload: bytes
    payload_type: str | None
    envelope: bytes | None
    certificate: bytes | None
    promise: Promise | None


def _read(bundle: Bundle) -> _Layer:
    annotations = bundle.annotations
    certificate = _certificate(annotations)
    promise = parse_promise(annotations[_PROMISE]) if annotations.get(_PROMISE) else None
    if bundle.format is Format.DSSE:
        envelope = parse_envelope(bundle.raw)
        return _Layer(
            signed=envelope.signed,
            signature=envelope.signature,
            payload=envelope.payload,
            payload_type=envelope.payload_type,
            envelope=bundle.raw,
            certificate=certificate,
            promise=promise,
        )
    signature = decode_base64(annotations.get(_SIGNATURE), what="the layer's signature annotation")
    if not signature:
        raise BundleError("the layer's signature annotation is empty")
    return _Layer(
        signed=bundle.raw,
        signature=signature,
        payload=bundle.raw,
        payload_type=None,
        envelope=None,
        certificate=certificate,
        promise=promise,
    )


def _certificate(annotations: Mapping[str, str]) -> bytes | None:
    text = annotations.get(_CERTIFICATE, "")
    # Blank annotations exist in the wild; they mean that there is no certificate.
    return decode_pem(text, label="CERTIFICATE", what="the certificate annotation") if text.strip() else None


def verify_legacy(bundle: Bundle, trust: Trust, keys: Sequence[PublicKey]) -> tuple[Facts, bytes]:
    """Verify a ``.sig`` or ``.att`` layer. Gives the facts and the signed payload.

    Raises `RejectedError`.
    """
    layer = _read(bundle)
    if layer.certificate is None:
        key = signing_key(keys, layer.signature, layer.signed)
        facts = _with_key(bundle, layer, key, trust)
    else:
        facts = _with_certificate(bundle, layer, load_certificate(layer.certificate), trust)
    return facts, layer.payload


def _with_certificate(bundle: Bundle, layer: _Layer, certificate: Certificate, trust: Trust) -> Facts:
    require_code_signing(certificate)
    signer = signer_of(certificate)
    _require_signature(certificate, layer)
    if layer.promise is None:
        raise TransparencyError(
            "it has no transparency log entry",
            hint="it was signed without uploading to the log; a short-lived certificate alone proves no time",
        )
    # The time is a fact only after the promise is verified; each step below fails closed without it.
    time = datetime.fromtimestamp(layer.promise.time, tz=UTC)
    if not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
        raise TimeError(
            f"the certificate was valid from {rfc3339(certificate.not_valid_before_utc)} to"
            f" {rfc3339(certificate.not_valid_after_utc)}, this was logged at"
            f" {rfc3339(time)}"
        )
    ct_log = trust.ct_log(sct_log_id(certificate))
    log = trust.log(layer.promise.log_id)
    entry = _log_entry(bundle, layer, layer.promise, layer.certificate or b"", "CERTIFICATE")
    verifier = trust.verifier(log, ct_log)
    _require_promise(verifier, layer.promise)
    with stopped("the signing certificate"):
        verifier.verify_certificate(certificate, integrated_time=layer.promise.time)
    trust.require_valid(log, time)
    trust.require_valid(ct_log, time, what="certificate transparency log")
    (_, chain) = verifier.established[0]
    trust.require_valid_issuer(chain, time)
    return Facts(signer, entry, time)


def _with_key(bundle: Bundle, layer: _Layer, key: PublicKey, trust: Trust) -> Facts:
    signer = KeySigner(key.fingerprint)
    if layer.promise is None:
        return Facts(signer, None, None)
    log = trust.log(layer.promise.log_id)
    entry = _log_entry(bundle, layer, layer.promise, key.der, "PUBLIC KEY")
    _require_promise(trust.verifier(log), layer.promise)
    time = datetime.fromtimestamp(layer.promise.time, tz=UTC)
    trust.require_valid(log, time)
    return Facts(signer, entry, time)


def _require_signature(certificate: Certificate, layer: _Layer) -> None:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BundleError("the signing certificate's key is not ECDSA")
    with stopped("the signature"):
        key.verify(layer.signature, layer.signed, ec.ECDSA(hashes.SHA256()))


def _require_promise(verifier: RecordingVerifier, promise: Promise) -> None:
    try:
        with stopped("the signed entry timestamp"):
            verifier.verify_promise(log_id=promise.log_id, signed=promise.signed, signature=promise.signature)
    except (SignatureError, TransparencyError) as error:
        raise TimeError(
            "the log's signed entry timestamp does not cover this entry at the time it states"
        ) from error


def _log_entry(bundle: Bundle, layer: _Layer, promise: Promise, signer: bytes, signer_label: str) -> LogEntry:
    """The entry, after its body was compared with everything it must be about."""
    kind, version = _kind_of(promise.body)
    if (kind, version) not in _KINDS[bundle.format]:
        raise BundleError(f"a log entry of kind {safe(kind)} {safe(version)} cannot stand for this format")
    material = SignedMaterial(
        signature=layer.signature,
        signer=signer,
        signer_label=signer_label,
        signed=layer.signed,
        signed_sha256=hashlib.sha256(layer.signed).hexdigest(),
        payload=layer.payload,
        payload_type=layer.payload_type,
        envelope=layer.envelope,
    )
    require_same(kind, version, promise.body, material)
    return LogEntry(f"{kind}/{version}", promise.log_index, promise.log_id.hex(), Proof.PROMISE)


def _kind_of(body: bytes) -> tuple[str, str]:
    try:
        document: dict[str, Json] = loads_object(body, limit=len(body))
    except StrictJsonError:
        raise TransparencyError("the log entry's body is malformed") from None
    kind, version = document.get("kind"), document.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str):
        raise TransparencyError("the log entry's body does not say what kind it is")
    return kind, version
