"""A complete private Sigstore for tests, written from the specifications.

It shares no code with the program under test, nor with the ``sigstore`` package. The same seed, time and
calls give the same bytes. Every part can be broken alone: by a *shape* (a dataclass whose defaults are
right), by `dataclasses.replace` on a finished part, or by ``edit`` on the finished JSON::

    from tests.sigstore_instance import LeafShape, LogShape, SigstoreInstance, StampShape, Window, email

    sigstore = SigstoreInstance()                    # signs at sigstore.now, 2026-11-01T12:00:00Z
    (tmp_path / "root.json").write_bytes(sigstore.trusted_root())
    signer = sigstore.signer()                       # GitHub workflow `SUBJECT`, issuer `GITHUB`, its claims

    # cosign's formats: Layer(blob, annotations)
    layer = sigstore.legacy_signature("sha256:…", signer)
    statement = sigstore.statement("sha256:…", "https://spdx.dev/Document", {"spdxVersion": "SPDX-2.3"})
    layer = sigstore.legacy_attestation(statement, signer, entry_kind="intoto-0.0.1")

    # bundles: bytes
    bundle = sigstore.bundle_dsse(statement, signer)  # v0.3, Rekor v1 with promise, proof and checkpoint
    bundle = sigstore.bundle_dsse(statement, signer, log="rekor2")  # with an RFC 3161 timestamp
    bundle = sigstore.bundle_message(b"artifact", version="0.2")
    bundle = sigstore.cosign_v3_signature("sha256:…")
    bundle = sigstore.bundle_message(b"artifact", sigstore.managed_signer(), log="rekor2")

    # one thing wrong
    sigstore.signer(email("someone@example.com"), issuer="https://accounts.example.com")
    sigstore.signer(shape=LeafShape(purposes=(), issuer_v2="https://evil.example"))
    sigstore.signer(shape=LeafShape(scts=()))         # or (SctShape(flip=True),), or two of them
    sigstore.signer(at=sigstore.now - timedelta(hours=1))  # expired when it was used
    sigstore.legacy_signature("sha256:…", log_shape=LogShape(promise_time=1))
    sigstore.bundle_dsse(statement, log_shape=LogShape(flip_hash=True))
    sigstore.bundle_dsse(statement, log_shape=LogShape(checkpoint=CheckpointShape(witnesses_first=2)))
    sigstore.bundle_dsse(statement, log="rekor2", stamps=[StampShape(message=b"other")])
    sigstore.bundle_dsse(statement, edit=lambda bundle: bundle.update(mediaType="x"))
    envelope = sigstore.envelope(statement, signer)
    sigstore.bundle_dsse(replace(envelope, payload=b"{}"), signer)  # the payload is not what was signed
    sigstore.bundle_dsse(statement, signer, entries=[sigstore.log_envelope(envelope, other_signer)])
    sigstore.trusted_root(rekor1=Window(sigstore.created, sigstore.now), ct=())  # () leaves a part out
    merged(sigstore.trusted_root(), SigstoreInstance("other").trusted_root())
    SigstoreInstance("stranger").signer()             # nobody trusts its authority

Defaults: the leaf is valid from ``now`` to ``now`` + 10 minutes, Rekor's and the timestamp's time is ``now``.
"""

from __future__ import annotations

from tests.sigstore_instance.authority import (
    AlternativeName,
    CertificateAuthority,
    LeafShape,
    email,
    other_name,
    uri,
)
from tests.sigstore_instance.checkpoint import CheckpointShape
from tests.sigstore_instance.ct_log import SctShape
from tests.sigstore_instance.identity import GITHUB, SUBJECT, github_claims
from tests.sigstore_instance.instance import NOW, SIGN_V1, STATEMENT_V01, STATEMENT_V1, SigstoreInstance
from tests.sigstore_instance.keys import Key, KeyKind
from tests.sigstore_instance.legacy import Layer, simple_signing
from tests.sigstore_instance.log_entry import LogEntry, LogShape, Proof
from tests.sigstore_instance.signing import IN_TOTO, Envelope, Signer
from tests.sigstore_instance.timestamp import StampShape, TimestampAuthority
from tests.sigstore_instance.trusted_root import Window, merged
from tests.sigstore_instance.x509 import Extension

__all__ = [
    "GITHUB",
    "IN_TOTO",
    "NOW",
    "SIGN_V1",
    "STATEMENT_V01",
    "STATEMENT_V1",
    "SUBJECT",
    "AlternativeName",
    "CertificateAuthority",
    "CheckpointShape",
    "Envelope",
    "Extension",
    "Key",
    "KeyKind",
    "Layer",
    "LeafShape",
    "LogEntry",
    "LogShape",
    "Proof",
    "SctShape",
    "Signer",
    "SigstoreInstance",
    "StampShape",
    "TimestampAuthority",
    "Window",
    "email",
    "github_claims",
    "merged",
    "other_name",
    "simple_signing",
    "uri",
]
