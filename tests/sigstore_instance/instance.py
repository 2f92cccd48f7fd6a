"""All parts of a private Sigstore together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Unpack

from tests.sigstore_instance import bundles, legacy, trusted_root
from tests.sigstore_instance.authority import AlternativeName, CertificateAuthority, LeafShape, uri
from tests.sigstore_instance.bundles import BundleOptions, EntryKind
from tests.sigstore_instance.canonical import b64, compact
from tests.sigstore_instance.ct_log import CtLog
from tests.sigstore_instance.identity import GITHUB, SUBJECT, github_claims
from tests.sigstore_instance.keys import Key, KeyKind
from tests.sigstore_instance.legacy import Layer
from tests.sigstore_instance.log_entry import LogEntry, LogShape
from tests.sigstore_instance.rekor1 import Rekor1
from tests.sigstore_instance.rekor2 import Rekor2
from tests.sigstore_instance.signing import IN_TOTO, Envelope, Signer, envelope
from tests.sigstore_instance.timestamp import StampShape, TimestampAuthority
from tests.sigstore_instance.trusted_root import Window
from tests.sigstore_instance.x509 import pem

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SIGN_V1 = "https://sigstore.dev/cosign/sign/v1"
STATEMENT_V1 = "https://in-toto.io/Statement/v1"
STATEMENT_V01 = "https://in-toto.io/Statement/v0.1"
DEMO_REPOSITORY = "demo.example/verifier/hello"

_RIGHT = LogShape()

Windows = Window | Sequence[Window]


class SigstoreInstance:
    """A certificate authority, a CT log, Rekor v1 and v2, and a timestamp authority.

    The same ``seed``, ``now`` and calls give the same bytes. The parts are attributes and may be replaced.
    """

    def __init__(self, seed: str = "sigstore", now: datetime = NOW) -> None:
        self.seed = seed
        self.now = now
        self.created = now - timedelta(days=365)
        self.ca = CertificateAuthority(f"{seed}/ca", self.created)
        self.ct_log = CtLog(Key(f"{seed}/ct"))
        self.rekor1 = Rekor1(Key(f"{seed}/rekor1"))
        self.rekor2 = Rekor2(Key(f"{seed}/rekor2", KeyKind.ED25519))
        self.tsa = TimestampAuthority(f"{seed}/tsa", self.created)
        self._signers = 0

    # --- who signs ---

    def signer(
        self,
        subject: str | AlternativeName = SUBJECT,
        *,
        issuer: str = GITHUB,
        claims: Mapping[int, str | bytes] | None = None,
        at: datetime | None = None,
        key: KeyKind = KeyKind.P256,
        shape: LeafShape | None = None,
    ) -> Signer:
        """A new key with a leaf certificate that is valid for ten minutes from ``at`` (default: now).

        The default is a GitHub workflow with the claims that go with it; text is a URI name.
        """
        if claims is None:
            claims = github_claims() if subject == SUBJECT else {}
        shape = shape or LeafShape()
        shape = replace(shape, claims={**claims, **shape.claims})
        self._signers += 1
        private = Key(f"{self.seed}/signer {self._signers}", key)
        name = uri(subject) if isinstance(subject, str) else subject
        leaf = self.ca.issue(private, name, issuer, at or self.now, shape=shape, log=self.ct_log)
        return Signer(private, leaf)

    def managed_signer(self, name: str = "managed", kind: KeyKind = KeyKind.P256) -> Signer:
        """A key without a certificate; ``.key.pem`` is its public half."""
        return Signer(Key(f"{self.seed}/{name}", kind))

    # --- what is signed ---

    def statement(
        self,
        digests: str | Sequence[str],
        predicate_type: str = "https://slsa.dev/provenance/v1",
        predicate: object = None,
        *,
        statement_type: str = STATEMENT_V1,
        name: str = DEMO_REPOSITORY,
    ) -> bytes:
        """An in-toto statement about the ``sha256:…`` ``digests``."""
        digests = (digests,) if isinstance(digests, str) else digests
        return compact(
            {
                "_type": statement_type,
                "subject": [{"name": name, "digest": {"sha256": d.removeprefix("sha256:")}} for d in digests],
                "predicateType": predicate_type,
                "predicate": {} if predicate is None else predicate,
            }
        )

    def envelope(self, payload: bytes, signer: Signer, *, payload_type: str = IN_TOTO) -> Envelope:
        """A DSSE envelope."""
        return envelope(payload, signer.key, payload_type=payload_type)

    # --- bundles ---

    def bundle_dsse(
        self, payload: bytes | Envelope, signer: Signer | None = None, **options: Unpack[BundleOptions]
    ) -> bytes:
        """A bundle with a DSSE envelope: around ``payload``, or the given one, whoever signed it."""
        signer = signer or self.signer()
        signed = payload if isinstance(payload, Envelope) else self.envelope(payload, signer)
        entries = options.get("entries")
        if entries is None:
            entries = self._dsse_entries(signed, signer, options)
        stamps = self._stamps(signed.signatures[0] if signed.signatures else b"", options)
        return bundles.assemble({"dsseEnvelope": signed.document()}, signer, entries, stamps, options)

    def bundle_message(
        self, artifact: bytes, signer: Signer | None = None, **options: Unpack[BundleOptions]
    ) -> bytes:
        """A bundle with a plain signature over ``artifact``."""
        signer = signer or self.signer()
        signature = signer.key.sign(artifact)
        digest = hashlib.sha256(artifact)
        entries = options.get("entries")
        if entries is None:
            entries = self._message_entries(artifact, signature, signer, options)
        content = {
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": b64(digest.digest())},
                "signature": b64(signature),
            }
        }
        return bundles.assemble(content, signer, entries, self._stamps(signature, options), options)

    def cosign_v3_signature(
        self, digest: str, signer: Signer | None = None, **options: Unpack[BundleOptions]
    ) -> bytes:
        """The bundle by which cosign 3 signs an image."""
        statement = {
            "_type": STATEMENT_V1,
            "subject": [{"digest": {"sha256": digest.removeprefix("sha256:")}}],
            "predicateType": SIGN_V1,
            "predicate": {},
        }
        return self.bundle_dsse(compact(statement), signer, **options)

    # --- cosign's layers ---

    def legacy_signature(
        self,
        digest: str,
        signer: Signer | None = None,
        *,
        log_shape: LogShape | None = _RIGHT,
        payload: bytes | None = None,
        repository: str = DEMO_REPOSITORY,
        optional: Mapping[str, object] | None = None,
        entry: LogEntry | None = None,
        stamp: StampShape | None = None,
    ) -> Layer:
        """A ``.sig`` layer for the image with ``digest``.

        Over ``payload`` if given, logged as ``entry`` if given, and not logged if ``log_shape`` is None.
        """
        signer = signer or self.signer()
        payload = payload or legacy.simple_signing(digest, repository=repository, optional=optional)
        signature = signer.key.sign(payload)
        if entry is None and log_shape is not None:
            digest_hex = hashlib.sha256(payload).hexdigest()
            entry = self.rekor1.hashedrekord(digest_hex, signature, signer, self.now, log_shape)
        return Layer(payload, self._annotations(signer, signature, entry, signature, stamp))

    def legacy_attestation(
        self,
        payload: bytes | Envelope,
        signer: Signer | None = None,
        *,
        entry_kind: EntryKind = "dsse-0.0.1",
        log_shape: LogShape | None = _RIGHT,
        predicate_type: str | None = None,
        entry: LogEntry | None = None,
        stamp: StampShape | None = None,
    ) -> Layer:
        """An ``.att`` layer around a statement.

        ``predicate_type`` is the annotation, a hint that nobody signed.
        """
        signer = signer or self.signer()
        signed = payload if isinstance(payload, Envelope) else envelope(payload, signer.key, key_ids=True)
        if entry is None and log_shape is not None:
            entry = self.log_envelope(signed, signer, entry_kind=entry_kind, shape=log_shape)
        annotations = self._annotations(signer, b"", entry, signed.raw, stamp)
        if predicate_type is not None:
            annotations[legacy.PREDICATE_TYPE] = predicate_type
        return Layer(signed.raw, annotations)

    # --- parts ---

    def log_envelope(
        self,
        signed: Envelope,
        signer: Signer,
        *,
        entry_kind: EntryKind = "dsse-0.0.1",
        shape: LogShape | None = None,
    ) -> LogEntry:
        """Log an envelope on Rekor v1."""
        add = {
            "dsse-0.0.1": self.rekor1.dsse,
            "intoto-0.0.1": self.rekor1.intoto1,
            "intoto-0.0.2": self.rekor1.intoto2,
        }[entry_kind]
        return add(signed, signer, self.now, shape or _RIGHT)

    def trusted_root(
        self,
        *,
        ca: Windows | None = None,
        ct: Windows | None = None,
        rekor1: Windows | None = None,
        rekor2: Windows | None = None,
        tsa: Windows | None = None,
    ) -> bytes:
        """``trusted_root.json``. Each part is listed once per window; an empty tuple leaves it out.

        The default window starts when the instance was created and has no end.
        """

        def windows(given: Windows | None) -> Sequence[Window]:
            if given is None:
                return (Window(self.created),)
            return (given,) if isinstance(given, Window) else given

        logs = ((self.rekor1.log, rekor1), (self.rekor2.log, rekor2))
        return trusted_root.document(
            tlogs=[trusted_root.log(x.key, x.id, x.url, w) for x, given in logs for w in windows(given)],
            authorities=[
                trusted_root.authority(self.ca.chain, "sigstore", self.ca.url, w) for w in windows(ca)
            ],
            ctlogs=[
                trusted_root.log(self.ct_log.key, self.ct_log.key.id, self.ct_log.url, w) for w in windows(ct)
            ],
            timestamp_authorities=[
                trusted_root.authority(self.tsa.chain, "sigstore-tsa", self.tsa.url, w) for w in windows(tsa)
            ],
        )

    def _dsse_entries(self, signed: Envelope, signer: Signer, options: BundleOptions) -> Sequence[LogEntry]:
        log, shape = options.get("log", "rekor1"), options.get("log_shape", _RIGHT)
        if log is None:
            return ()
        if log == "rekor2":
            return (self.rekor2.hashedrekord(signed.pae, signed.signatures[0], signer, shape),)
        kind = options.get("entry_kind", "dsse-0.0.1")
        return (self.log_envelope(signed, signer, entry_kind=kind, shape=shape),)

    def _message_entries(
        self, artifact: bytes, signature: bytes, signer: Signer, options: BundleOptions
    ) -> Sequence[LogEntry]:
        log, shape = options.get("log", "rekor1"), options.get("log_shape", _RIGHT)
        if log is None:
            return ()
        if log == "rekor2":
            return (self.rekor2.hashedrekord(artifact, signature, signer, shape),)
        digest = hashlib.sha256(artifact).hexdigest()
        return (self.rekor1.hashedrekord(digest, signature, signer, self.now, shape),)

    def _stamps(self, signature: bytes, options: BundleOptions) -> list[bytes]:
        default = () if options.get("log", "rekor1") == "rekor1" else (StampShape(),)
        shapes = options.get("stamps", default)
        return [self._stamp(signature, shape) for shape in shapes]

    def _stamp(self, message: bytes, shape: StampShape) -> bytes:
        return (shape.authority or self.tsa).stamp(message, self.now, shape)

    def _annotations(
        self,
        signer: Signer,
        signature: bytes,
        entry: LogEntry | None,
        stamped: bytes,
        stamp: StampShape | None,
    ) -> dict[str, str]:
        return legacy.layer_annotations(
            signer,
            signature=signature,
            entry=entry,
            chain="".join(pem("CERTIFICATE", certificate) for certificate in self.ca.chain),
            stamp=None if stamp is None else self._stamp(stamped, stamp),
        )
