"""Sigstore bundles, versions 0.1 to 0.3. protobuf-specs, sigstore_bundle.proto."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import decode_timestamp_response
from sigstore.hashes import Hashed
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import TransparencyLogEntry
from sigstore_models.bundle.v1 import Bundle as BundleModel
from sigstore_models.common.v1 import HashAlgorithm
from sigstore_models.rekor.v1 import TransparencyLogEntry as EntryModel

from verifier.errors import BundleError, LimitExceeded, SubjectError, TimeError, TransparencyError
from verifier.limits import ENVELOPE_VALUES, EVIDENCE_BYTES, TIMESTAMPS
from verifier.model.digest import Digest
from verifier.model.trust import PublicKey
from verifier.model.verified import KeySigner, LogEntry, Proof
from verifier.signature.certificate import require_code_signing, require_readable, sct_log_id, signer_of
from verifier.signature.encoding import decode_base64
from verifier.signature.envelope import Envelope, envelope_of
from verifier.signature.facts import Facts
from verifier.signature.foreign import stopped
from verifier.signature.log_body import SignedMaterial, require_same
from verifier.signature.managed_key import signing_key
from verifier.signature.promise import require_plausible
from verifier.signature.sigstore_private import AnyIdentity, bundle_model, entry_model
from verifier.signature.trust import Trust
from verifier.strict_json import Json, JsonLimitError, StrictJsonError, loads_object
from verifier.text import safe
from verifier.trustroot.authorities import Log


@dataclass(frozen=True, slots=True)
class ParsedBundle:
    """A bundle's JSON and what it signs: an envelope, or (None) a message with this signature."""

    document: dict[str, Json]
    raw: bytes
    envelope: Envelope | None
    message_signature: bytes

    @property
    def signature(self) -> bytes:
        return self.envelope.signature if self.envelope else self.message_signature


def parse_bundle(raw: bytes) -> ParsedBundle:
    """Read a bundle strictly, or raise `BundleError`, `StatementError` or `LimitExceeded`."""
    try:
        document = loads_object(raw, limit=EVIDENCE_BYTES, values=ENVELOPE_VALUES)
    except JsonLimitError as error:
        raise LimitExceeded(f"the bundle is too large: {error}") from None
    except StrictJsonError as error:
        raise BundleError(f"the bundle is malformed: {safe(error)}") from None
    if "dsseEnvelope" in document:
        return ParsedBundle(document, raw, envelope_of(document["dsseEnvelope"]), b"")
    message = document.get("messageSignature")
    if not isinstance(message, dict):
        raise BundleError("the bundle holds neither an envelope nor a message signature")
    signature = decode_base64(message.get("signature"), what="the message signature")
    return ParsedBundle(document, raw, None, signature)


def verify_bundle(
    bundle: ParsedBundle, trust: Trust, keys: Sequence[PublicKey], *, artifact: Digest | None
) -> Facts:
    """Verify the signature, the signer, the log entry and the time. ``artifact`` is what a message signs.

    Raises `RejectedError`. What an envelope's payload says is the caller's to judge.
    """
    if bundle.envelope is None and artifact is None:
        raise BundleError("it signs bytes, and makes no statement")
    material = bundle.document.get("verificationMaterial")
    if isinstance(material, dict) and "publicKey" in material:
        return _with_key(bundle, material, trust, keys, artifact)
    return _with_certificate(bundle, trust, artifact)


def _with_certificate(bundle: ParsedBundle, trust: Trust, artifact: Digest | None) -> Facts:
    with stopped("the bundle"):
        parsed = SigstoreBundle.from_json(bundle.raw)
        _require_same_reading(bundle, parsed)
        der = _certificate_der(parsed)
        entry = entry_model(parsed)
    # The very object that sigstore verifies: it is parsed once, and there is no second reading of it.
    certificate = require_readable(parsed.signing_certificate)
    if certificate.public_bytes(Encoding.DER) != der:
        raise BundleError("the bundle can be read in two ways")
    require_code_signing(certificate)
    signer = signer_of(certificate)
    # Zero is absent (proto3, and sigstore reads it so); then a timestamp is needed.
    if entry.integrated_time:
        require_plausible(entry.integrated_time)
    log, ct_log = trust.log(entry.log_id.key_id), trust.ct_log(sct_log_id(certificate))
    verifier = trust.verifier(log, ct_log)
    with stopped("the bundle"):
        if bundle.envelope is not None:
            verifier.verify_envelope(parsed)
        elif artifact is not None:
            verifier.verify_artifact(_hashed(artifact), parsed, AnyIdentity())
    fact = _log_entry(bundle, entry, der, "CERTIFICATE", artifact)
    if not verifier.established:
        raise TimeError("the bundle proves no time of signing")
    for time, chain in verifier.established:
        trust.require_valid(log, time)
        trust.require_valid(ct_log, time, what="certificate transparency log")
        trust.require_valid_issuer(chain, time)
    return Facts(signer, fact, min(time for time, _ in verifier.established))


def _require_same_reading(bundle: ParsedBundle, parsed: SigstoreBundle) -> None:
    """What sigstore verifies must be what is evaluated afterwards.

    Its models also take a member under its Python name, so one document could hold two envelopes.
    """
    envelope = bundle_model(parsed).dsse_envelope
    theirs = None if envelope is None else (envelope.payload_type, envelope.payload)
    ours = None if bundle.envelope is None else (bundle.envelope.payload_type, bundle.envelope.payload)
    if theirs != ours or parsed.signature != bundle.signature:
        raise BundleError("the bundle can be read in two ways")


def _certificate_der(parsed: SigstoreBundle) -> bytes:
    material = bundle_model(parsed).verification_material
    if material.certificate is not None:
        return material.certificate.raw_bytes
    if material.x509_certificate_chain is not None:
        return material.x509_certificate_chain.certificates[0].raw_bytes
    raise BundleError("the bundle holds no certificate")


def _hashed(artifact: Digest) -> Hashed:
    return Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(artifact.hex))


def _with_key(
    bundle: ParsedBundle,
    material: dict[str, Json],
    trust: Trust,
    keys: Sequence[PublicKey],
    artifact: Digest | None,
) -> Facts:
    if bundle.envelope is not None:
        key = signing_key(keys, bundle.signature, bundle.envelope.signed)
    elif artifact is not None:
        _require_message_digest(bundle, artifact)
        key = signing_key(keys, bundle.signature, bytes.fromhex(artifact.hex), prehashed=True)
    else:
        raise BundleError("it signs bytes, and makes no statement")
    with stopped("the bundle"):
        # protobuf's JSON form omits an empty list, which the model wants to see.
        complete = {**bundle.document, "verificationMaterial": {"tlogEntries": [], **material}}
        model = BundleModel.from_json(json.dumps(complete))
        entries = model.verification_material.tlog_entries
    signer = KeySigner(key.fingerprint)
    if not entries:
        return Facts(signer, None, None)
    if len(entries) != 1:
        raise TransparencyError(f"the bundle has {len(entries)} log entries, not exactly one")
    entry = entries[0]
    log = trust.log(entry.log_id.key_id)
    with stopped("the bundle's log entry"):
        trust.verifier(log).verify_entry(TransparencyLogEntry(entry))
    fact = _log_entry(bundle, entry, key.der, "PUBLIC KEY", artifact)
    times = _times_without_certificate(bundle, model, entry, log, trust)
    for time in times:
        trust.require_valid(log, time)
    return Facts(signer, fact, min(times, default=None))


def _require_message_digest(bundle: ParsedBundle, artifact: Digest) -> None:
    """What the bundle says it signs is only a hint, but a hint to something else is worth its own words."""
    message = bundle.document.get("messageSignature")
    stated = message.get("messageDigest") if isinstance(message, dict) else None
    if isinstance(stated, dict) and stated.get("algorithm") == "SHA2_256":
        digest = decode_base64(stated.get("digest"), what="the message digest")
        if digest != bytes.fromhex(artifact.hex):
            raise SubjectError(f"it signs sha256:{digest.hex()}, not {artifact}")


def _times_without_certificate(
    bundle: ParsedBundle, model: BundleModel, entry: EntryModel, log: Log, trust: Trust
) -> list[datetime]:
    times: list[datetime] = []
    if entry.integrated_time and entry.inclusion_promise:
        require_plausible(entry.integrated_time)
        times.append(datetime.fromtimestamp(entry.integrated_time, tz=UTC))
    data = model.verification_material.timestamp_verification_data
    stamps = data.rfc3161_timestamps if data else []
    if len(stamps) > TIMESTAMPS:
        raise TimeError(f"the bundle has {len(stamps)} timestamps, more than {TIMESTAMPS}")
    with stopped("the bundle's timestamps"):
        for stamp in stamps:
            response = decode_timestamp_response(stamp.signed_timestamp)
            time = trust.verifier(log).verify_timestamp(response, bundle.signature)
            if time is not None:
                times.append(time)
    if not times:
        raise TimeError("the bundle has a log entry but proves no time of signing")
    return times


def _log_entry(
    bundle: ParsedBundle, entry: EntryModel, signer: bytes, signer_label: str, artifact: Digest | None
) -> LogEntry:
    """The entry, after its body and its checkpoint were compared with everything they must be about."""
    envelope = bundle.envelope
    signed = envelope.signed if envelope else None
    sha256 = hashlib.sha256(signed).hexdigest() if signed is not None else (artifact.hex if artifact else "")
    material = SignedMaterial(
        signature=bundle.signature,
        signer=signer,
        signer_label=signer_label,
        signed=signed,
        signed_sha256=sha256,
        payload=envelope.payload if envelope else None,
        payload_type=envelope.payload_type if envelope else None,
    )
    kind, version = entry.kind_version.kind, entry.kind_version.version
    require_same(kind, version, entry.canonicalized_body, material)
    _require_checkpoint_size(entry)
    # Without a promise nothing signs the entry's own index; the proof's was verified. A promise without a
    # time promises nothing, and sigstore does not verify it.
    promised = entry.inclusion_promise and entry.integrated_time
    index = entry.log_index if promised else entry.inclusion_proof.log_index
    return LogEntry(f"{kind}/{version}", index, entry.log_id.key_id.hex(), Proof.INCLUSION)


def _require_checkpoint_size(entry: EntryModel) -> None:
    """The signed checkpoint must speak of the tree that the proof is about; sigstore compares only its root.

    C2SP tlog-checkpoint: the second line is the size of the tree in decimal.
    """
    checkpoint = entry.inclusion_proof.checkpoint
    lines = checkpoint.envelope.split("\n") if checkpoint else []
    if len(lines) < 3 or lines[1] != str(entry.inclusion_proof.tree_size):
        raise TransparencyError("the log's checkpoint is about a tree of another size than the proof")
