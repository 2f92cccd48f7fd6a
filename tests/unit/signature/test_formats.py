"""Every format that must verify does, and says what was established."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sigstore_instance import (
    GITHUB,
    NOW,
    STATEMENT_V01,
    SUBJECT,
    KeyKind,
    LogShape,
    StampShape,
    email,
    other_name,
)
from tests.sigstore_instance.bundles import EntryKind, LogName, Version
from tests.unit.signature.material import (
    ARTIFACT,
    IMAGE,
    OTHER,
    SIGSTORE,
    STATEMENT,
    attestation,
    bundle,
    signature,
    verifier,
    verify,
    verify_artifact,
)
from verifier.errors import BundleError, SubjectError
from verifier.model.bundle import Format
from verifier.model.digest import Digest
from verifier.model.statement import MessageSignature, SimpleSigning, Statement
from verifier.model.verified import CertificateSigner, KeySigner, LogEntry, Proof

REKOR1, REKOR2 = SIGSTORE.rekor1.log.id.hex(), SIGSTORE.rekor2.log.id.hex()


def test_a_classic_signature() -> None:
    material = signature(SIGSTORE.legacy_signature(str(IMAGE), optional={"team": "a"}))
    verified = verify(material)
    assert isinstance(verified.content, SimpleSigning)
    assert verified.content.annotations == {"team": "a"}
    assert verified.is_image_signature
    assert verified.about == (IMAGE,)
    assert verified.signed_at == NOW
    assert verified.format is Format.SIMPLE_SIGNING
    assert verified.evidence == material.digest
    assert verified.log == LogEntry("hashedrekord/0.0.1", verified.log.index, REKOR1, Proof.PROMISE)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["dsse-0.0.1", "intoto-0.0.1", "intoto-0.0.2"])
def test_a_classic_attestation(kind: EntryKind) -> None:
    verified = verify(attestation(SIGSTORE.legacy_attestation(STATEMENT, entry_kind=kind)))
    assert isinstance(verified.content, Statement)
    assert verified.content.payload == STATEMENT
    assert not verified.is_image_signature
    assert verified.log is not None
    assert verified.log.kind == kind.replace("-", "/")
    assert verified.log.proof is Proof.PROMISE


# Version 0.1 demands a promise, which Rekor v2 does not make.
@pytest.mark.parametrize(
    ("version", "log"),
    [
        *((version, "rekor1") for version in ("0.1", "0.2", "0.3", "0.3-alternative")),
        *((version, "rekor2") for version in ("0.2", "0.3", "0.3-alternative")),
    ],
)
def test_a_bundle(version: Version, log: LogName) -> None:
    verified = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, version=version, log=log)))
    assert verified.signed_at == NOW
    assert verified.log is not None
    assert verified.log.proof is Proof.INCLUSION
    assert verified.log.log_id == (REKOR1 if log == "rekor1" else REKOR2)


@pytest.mark.parametrize("kind", ["dsse-0.0.1", "intoto-0.0.2"])
@pytest.mark.parametrize("stamps", [(), (StampShape(),)])
def test_a_bundle_with_and_without_a_timestamp_beside_the_promise(
    kind: EntryKind, stamps: tuple[StampShape, ...]
) -> None:
    verified = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, entry_kind=kind, stamps=stamps)))
    assert verified.signed_at == NOW


def test_a_cosign_3_image_signature_is_one_and_any_other_statement_is_not() -> None:
    assert verify(bundle(SIGSTORE.cosign_v3_signature(str(IMAGE)))).is_image_signature
    assert not verify(bundle(SIGSTORE.bundle_dsse(STATEMENT))).is_image_signature


def test_a_statement_of_the_old_type() -> None:
    statement = SIGSTORE.statement(str(IMAGE), statement_type=STATEMENT_V01)
    verified = verify(bundle(SIGSTORE.bundle_dsse(statement)))
    assert isinstance(verified.content, Statement)
    assert verified.content.type == STATEMENT_V01


def test_a_statement_about_several_of_the_digests_asked_for() -> None:
    statement = SIGSTORE.statement([str(OTHER), str(IMAGE)])
    verified = verifier().verify(bundle(SIGSTORE.bundle_dsse(statement)), about=(IMAGE, OTHER))
    assert verified.about == (IMAGE, OTHER)
    third = Digest.of(b"a third")
    assert verifier().verify(bundle(SIGSTORE.bundle_dsse(statement)), about=(third, OTHER)).about == (OTHER,)


@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.P384, KeyKind.ED25519, KeyKind.RSA])
@pytest.mark.parametrize("log", ["rekor1", "rekor2", None])
def test_a_bundle_by_a_managed_key(kind: KeyKind, log: LogName | None) -> None:
    signer = SIGSTORE.managed_signer(kind=kind)
    raw = SIGSTORE.bundle_dsse(STATEMENT, signer, log=log, stamps=[] if log is None else [StampShape()])
    verified = verify(bundle(raw), keys=[signer.key])
    assert verified.signer == KeySigner(f"sha256:{signer.key.id.hex()}")
    assert (verified.log is None) == (log is None)
    assert verified.signed_at == (None if log is None else NOW)


@pytest.mark.parametrize("logged", [True, False])
def test_classic_material_by_a_managed_key(*, logged: bool) -> None:
    signer = SIGSTORE.managed_signer()
    shape = LogShape() if logged else None
    for material in (
        signature(SIGSTORE.legacy_signature(str(IMAGE), signer, log_shape=shape)),
        attestation(SIGSTORE.legacy_attestation(STATEMENT, signer, log_shape=shape)),
    ):
        verified = verify(material, keys=[SIGSTORE.managed_signer("another").key, signer.key])
        assert verified.signer == KeySigner(f"sha256:{signer.key.id.hex()}")
        assert verified.signed_at == (NOW if logged else None)


@pytest.mark.parametrize("log", ["rekor1", "rekor2"])
def test_a_signature_over_a_file(log: LogName) -> None:
    verified = verify_artifact(SIGSTORE.bundle_message(ARTIFACT, log=log))
    assert verified.content == MessageSignature(Digest.of(ARTIFACT))
    assert not verified.is_image_signature


def test_a_signature_over_a_file_by_a_managed_key() -> None:
    signer = SIGSTORE.managed_signer()
    raw = SIGSTORE.bundle_message(ARTIFACT, signer)
    assert verify_artifact(raw, keys=[signer.key]).signer == KeySigner(f"sha256:{signer.key.id.hex()}")


def test_a_statement_about_a_file() -> None:
    statement = SIGSTORE.statement(str(Digest.of(ARTIFACT)))
    assert isinstance(verify_artifact(SIGSTORE.bundle_dsse(statement)).content, Statement)
    with pytest.raises(SubjectError):
        verify_artifact(SIGSTORE.bundle_dsse(statement), artifact=b"another file")


def test_a_signature_over_bytes_is_no_statement_about_an_image() -> None:
    """SIG-02: even where the bytes are the image's manifest."""
    with pytest.raises(BundleError, match="no statement"):
        verify(bundle(SIGSTORE.bundle_message(b"the image's manifest")))


def test_the_signer_is_read_from_the_certificate() -> None:
    verified = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT)))
    assert isinstance(verified.signer, CertificateSigner)
    assert (verified.signer.issuer, verified.signer.subject) == (GITHUB, SUBJECT)
    assert verified.signer.subject_kind == "uri"
    assert verified.signer.claims["sourceRepositoryRef"] == "refs/heads/main"
    assert verified.signer.claims["runnerEnvironment"] == "github-hosted"


@pytest.mark.parametrize(
    ("name", "kind"), [(email("someone@example.com"), "email"), (other_name("someone!example"), "other-name")]
)
def test_other_kinds_of_subject(name: object, kind: str) -> None:
    signer = SIGSTORE.signer(name, issuer="https://accounts.example.com")  # type: ignore[arg-type]
    verified = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, signer)))
    assert isinstance(verified.signer, CertificateSigner)
    assert verified.signer.subject_kind == kind
    assert verified.signer.subject.startswith("someone")


def test_the_earliest_trusted_time_is_the_time_of_signing() -> None:
    earlier = datetime(2026, 11, 1, 12, 1, tzinfo=UTC)
    raw = SIGSTORE.bundle_dsse(
        STATEMENT,
        log_shape=LogShape(time=int(earlier.timestamp()) + 60),
        stamps=[StampShape(time=earlier)],
    )
    assert verify(bundle(raw)).signed_at == earlier
