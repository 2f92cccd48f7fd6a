"""Material with one fault is refused with the class that the fault has; its twin without it passes.

The twins are in `test_formats`: every case here is one of those with one argument more.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.sigstore_instance import (
    NOW,
    CheckpointShape,
    Key,
    KeyKind,
    Layer,
    LeafShape,
    LogShape,
    SctShape,
    SigstoreInstance,
    StampShape,
    email,
    uri,
)
from tests.sigstore_instance.legacy import BUNDLE, CERTIFICATE, SIGNATURE
from tests.unit.signature.material import (
    ARTIFACT,
    IMAGE,
    OTHER,
    SIGSTORE,
    STATEMENT,
    attestation,
    bundle,
    signature,
    verify,
    verify_artifact,
)
from verifier.errors import (
    BundleError,
    IdentityError,
    RejectedError,
    SignatureError,
    StatementError,
    SubjectError,
    TimeError,
    TransparencyError,
    UntrustedTimeWindowError,
)
from verifier.model.bundle import Bundle

SECOND = int(NOW.timestamp())
STRANGER = Key("stranger")
HOUR = timedelta(hours=1)

Error = type[RejectedError]


def dsse(**options: Any) -> Bundle:
    return bundle(SIGSTORE.bundle_dsse(STATEMENT, **options))


def by(shape: LeafShape) -> list[Bundle]:
    """The same fault of the certificate in each format."""
    signer = SIGSTORE.signer(shape=shape)
    return [
        bundle(SIGSTORE.bundle_dsse(STATEMENT, signer)),
        bundle(SIGSTORE.bundle_dsse(STATEMENT, signer, log="rekor2")),
        bundle(SIGSTORE.bundle_dsse(STATEMENT, signer, entry_kind="intoto-0.0.2")),
        signature(SIGSTORE.legacy_signature(str(IMAGE), signer)),
        attestation(SIGSTORE.legacy_attestation(STATEMENT, signer)),
    ]


CERTIFICATES: dict[str, tuple[LeafShape, Error]] = {
    "two names": (LeafShape(names=(uri("https://a.example"), uri("https://b.example"))), IdentityError),
    "no name": (LeafShape(names=()), IdentityError),
    "issuers differ": (LeafShape(issuer_v2="https://evil.example"), IdentityError),
    "no issuer": (LeafShape(issuer_v1=None, issuer_v2=None), IdentityError),
    "issuer is not text": (LeafShape(issuer_v2=b"\xff"), IdentityError),
    "issuer is not DER": (LeafShape(issuer_v2=b"\x0c\x7fshort"), IdentityError),
    "a claim is not DER": (LeafShape(claims={12: b"\xff"}), IdentityError),
    "no key usage": (LeafShape(key_usage=None), IdentityError),
    "key may not sign": (LeafShape(key_usage=()), IdentityError),
    "no purposes": (LeafShape(purposes=None), IdentityError),
    "client authentication": (LeafShape(purposes=("1.3.6.1.5.5.7.3.2",)), IdentityError),
    "an authority": (LeafShape(ca=True), IdentityError),
    "no certificate timestamp": (LeafShape(scts=()), IdentityError),
    "two certificate timestamps": (LeafShape(scts=(SctShape(), SctShape())), IdentityError),
    "forged certificate timestamp": (LeafShape(scts=(SctShape(flip=True),)), IdentityError),
    "timestamp by a stranger": (LeafShape(scts=(SctShape(key=STRANGER),)), UntrustedTimeWindowError),
    "timestamp under a false id": (
        LeafShape(scts=(SctShape(key=STRANGER, log_id=SIGSTORE.ct_log.key.id),)),
        IdentityError,
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_with_one_fault(name: str) -> None:
    shape, error = CERTIFICATES[name]
    for material in by(shape):
        with pytest.raises(error):
            verify(material)


@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.ED25519])
def test_a_certificate_with_an_unsupported_key(kind: KeyKind) -> None:
    signer = SIGSTORE.signer(key=kind)
    with pytest.raises(BundleError, match="only ECDSA"):
        verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, signer)))


def test_a_certificate_of_another_authority() -> None:
    stranger = SigstoreInstance("stranger")
    # The stranger's leaf, logged here, with a timestamp of the certificate log here.
    stranger.ct_log = SIGSTORE.ct_log
    signer = stranger.signer()
    for material in (
        bundle(SIGSTORE.bundle_dsse(STATEMENT, signer)),
        attestation(SIGSTORE.legacy_attestation(STATEMENT, signer)),
    ):
        with pytest.raises(UntrustedTimeWindowError):
            verify(material)


def test_material_of_another_instance() -> None:
    stranger = SigstoreInstance("stranger")
    for material in (
        bundle(stranger.bundle_dsse(STATEMENT)),
        bundle(stranger.bundle_dsse(STATEMENT, log="rekor2")),
        signature(stranger.legacy_signature(str(IMAGE))),
    ):
        with pytest.raises(UntrustedTimeWindowError, match="trust root knows no") as caught:
            verify(material)
        assert "may be older" in str(caught.value.hint)
        verify(material, root=stranger.trusted_root())


BUNDLES: dict[str, tuple[dict[str, Any], Error]] = {
    "entry by another key": ({"log_shape": LogShape(promise_key=STRANGER)}, TimeError),
    "promise over another time": ({"log_shape": LogShape(promise_time=SECOND + 5)}, TimeError),
    "promise over another body": ({"log_shape": LogShape(promise_body=b"{}")}, TimeError),
    "no promise and no timestamp": ({"log_shape": LogShape(promise=False)}, TimeError),
    "no proof": ({"log_shape": LogShape(proof=False)}, BundleError),
    "no checkpoint": ({"log_shape": LogShape(checkpoint=None)}, TransparencyError),
    "proof of another tree": ({"log_shape": LogShape(other_tree=True)}, TransparencyError),
    "flipped proof": ({"log_shape": LogShape(flip_hash=True)}, TransparencyError),
    "another root": ({"log_shape": LogShape(root=b"\0" * 32)}, TransparencyError),
    "another index": ({"log_shape": LogShape(index=0)}, TransparencyError),
    "index beyond the tree": ({"log_shape": LogShape(index=10_000)}, BundleError),
    "checkpoint by another key": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(key=STRANGER))},
        TransparencyError,
    ),
    "checkpoint with another hint": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(hint=b"1234"))},
        TransparencyError,
    ),
    "unsigned checkpoint": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(signed=False))},
        TransparencyError,
    ),
    "checkpoint without end": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(final_newline=False))},
        TransparencyError,
    ),
    "checkpoint of another size": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(size=1))},
        TransparencyError,
    ),
    "checkpoint whose size is text": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(size="many"))},
        TransparencyError,
    ),
    "checkpoint of another root": (
        {"log_shape": LogShape(checkpoint=CheckpointShape(root=b"\0" * 32))},
        TransparencyError,
    ),
    "unknown kind": ({"log_shape": LogShape(kind="rekord")}, BundleError),
    "false version": ({"log_shape": LogShape(version="0.0.2")}, BundleError),
    "unknown log": ({"log_shape": LogShape(log_id=b"\0" * 32)}, UntrustedTimeWindowError),
    "log entry under the other log's id": (
        {"log_shape": LogShape(log_id=SIGSTORE.rekor2.log.id)},
        TransparencyError,
    ),
    "no entry": ({"entries": ()}, BundleError),
    "logged after the certificate ended": ({"log_shape": LogShape(time=SECOND + 3600)}, TimeError),
    "logged before the certificate began": ({"log_shape": LogShape(time=SECOND - 3600)}, TimeError),
    "logged at a time that cannot be": ({"log_shape": LogShape(time=10**18)}, TimeError),
    "no timestamp on Rekor v2": ({"log": "rekor2", "stamps": []}, TimeError),
    "timestamp over something else": ({"log": "rekor2", "stamps": [StampShape(message=b"x")]}, TimeError),
    "forged timestamp": ({"log": "rekor2", "stamps": [StampShape(flip=True)]}, TimeError),
    "timestamp after the certificate ended": (
        {"log": "rekor2", "stamps": [StampShape(time=NOW + HOUR)]},
        TimeError,
    ),
    "twice the same timestamp": ({"log": "rekor2", "stamps": [StampShape(), StampShape()]}, TimeError),
    "33 timestamps": (
        {
            "log": "rekor2",
            "stamps": [StampShape(time=NOW + timedelta(seconds=second)) for second in range(33)],
        },
        TimeError,
    ),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_with_one_fault(name: str) -> None:
    options, error = BUNDLES[name]
    with pytest.raises(RejectedError) as caught:
        verify(dsse(**options))
    assert type(caught.value) is error, caught.value


def test_a_bundle_with_two_entries() -> None:
    signer = SIGSTORE.signer()
    envelope = SIGSTORE.envelope(STATEMENT, signer)
    entry = SIGSTORE.log_envelope(envelope, signer)
    verify(bundle(SIGSTORE.bundle_dsse(envelope, signer, entries=[entry])))
    with pytest.raises(TransparencyError):
        verify(bundle(SIGSTORE.bundle_dsse(envelope, signer, entries=[entry, entry])))


def test_unknown_witnesses_do_not_disturb() -> None:
    for shape in (CheckpointShape(witnesses_first=2), CheckpointShape(witnesses_last=2)):
        verify(dsse(log_shape=LogShape(checkpoint=shape)))


@pytest.mark.parametrize("log", ["rekor1", "rekor2"])
@pytest.mark.parametrize("what", ["other payload", "other signer", "second signature"])
def test_a_genuine_entry_about_something_else(log: Any, what: str) -> None:
    """TLG-01: the entry of another bundle is stapled to this one."""
    signer, stranger = SIGSTORE.signer(), SIGSTORE.signer()
    envelope = SIGSTORE.envelope(STATEMENT, signer)
    other = SIGSTORE.statement(str(IMAGE), "https://example.com/other")
    logged = {
        "other payload": (SIGSTORE.envelope(other, signer), signer),
        "other signer": (SIGSTORE.envelope(STATEMENT, stranger), stranger),
        # The same key and payload, signed again: only the signature differs.
        "second signature": (
            dataclasses.replace(envelope, signatures=(_signed_again(signer.key, envelope.pae),)),
            signer,
        ),
    }
    staple, owner = logged[what]
    entry = (
        SIGSTORE.log_envelope(staple, owner)
        if log == "rekor1"
        else SIGSTORE.rekor2.hashedrekord(staple.pae, staple.signatures[0], owner, LogShape())
    )
    with pytest.raises(TransparencyError):
        verify(bundle(SIGSTORE.bundle_dsse(envelope, signer, log=log, entries=[entry])))


def _signed_again(key: Key, message: bytes) -> bytes:
    """Another valid signature: not the deterministic one."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    private = key.private
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private.sign(message, ec.ECDSA(hashes.SHA256()))


def edited(change: Callable[[dict[str, Any]], object]) -> Bundle:
    return dsse(edit=lambda document: change(document) and None)


ENVELOPES: dict[str, tuple[Callable[[dict[str, Any]], object], Error]] = {
    "flipped payload": (lambda d: d["dsseEnvelope"].update(payload="e30="), SignatureError),
    "flipped signature": (
        lambda d: d["dsseEnvelope"]["signatures"][0].update(sig="MAYCAQECAQE="),
        SignatureError,
    ),
    "no signature": (lambda d: d["dsseEnvelope"].update(signatures=[]), BundleError),
    "two signatures": (
        lambda d: d["dsseEnvelope"].update(signatures=d["dsseEnvelope"]["signatures"] * 2),
        BundleError,
    ),
    "empty signature": (lambda d: d["dsseEnvelope"]["signatures"][0].update(sig=""), BundleError),
    "other payload type": (lambda d: d["dsseEnvelope"].update(payloadType="text/plain"), StatementError),
    "no envelope": (lambda d: d.pop("dsseEnvelope"), BundleError),
    "second content": (lambda d: d.update(messageSignature={"signature": "MAA="}), BundleError),
    "second envelope under another name": (
        lambda d: d.update(dsse_envelope={**d["dsseEnvelope"], "payload": "e30="}),
        BundleError,
    ),
    "unknown version": (
        lambda d: d.update(mediaType="application/vnd.dev.sigstore.bundle.v0.9+json"),
        BundleError,
    ),
    "unknown member": (lambda d: d.update(extra=1), BundleError),
    "no material": (lambda d: d.pop("verificationMaterial"), BundleError),
    "no certificate": (lambda d: d["verificationMaterial"].pop("certificate"), BundleError),
    "certificate is junk": (
        lambda d: d["verificationMaterial"]["certificate"].update(rawBytes="MAA="),
        BundleError,
    ),
    "negative index": (
        lambda d: d["verificationMaterial"]["tlogEntries"][0].update(logIndex="-1"),
        BundleError,
    ),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_bundle_edited_in_one_place(name: str) -> None:
    change, error = ENVELOPES[name]
    with pytest.raises(RejectedError) as caught:
        verify(edited(change))
    assert type(caught.value) is error, caught.value


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"mediaType":"a","mediaType":"b"}', b'{"a":NaN}', b"\xff\xfe", b"[" * 5000]
)
def test_what_is_no_bundle(raw: bytes) -> None:
    with pytest.raises(BundleError):
        verify(bundle(raw))


LAYERS: dict[str, tuple[dict[str, Any], Error]] = {
    "not logged": ({"log_shape": None}, TransparencyError),
    "promise by another key": ({"log_shape": LogShape(promise_key=STRANGER)}, TimeError),
    "promise over another time": ({"log_shape": LogShape(promise_time=SECOND + 5)}, TimeError),
    "promise over another body": ({"log_shape": LogShape(promise_body=b"{}")}, TimeError),
    "unknown log": ({"log_shape": LogShape(log_id=b"\0" * 32)}, UntrustedTimeWindowError),
    "logged after the certificate ended": ({"log_shape": LogShape(time=SECOND + 3600)}, TimeError),
    "logged before the certificate began": ({"log_shape": LogShape(time=SECOND - 3600)}, TimeError),
    "logged at a time that cannot be": ({"log_shape": LogShape(time=10**18)}, TimeError),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_classic_layer_with_one_fault(name: str) -> None:
    options, error = LAYERS[name]
    for material in (
        signature(SIGSTORE.legacy_signature(str(IMAGE), **options)),
        attestation(SIGSTORE.legacy_attestation(STATEMENT, **options)),
    ):
        with pytest.raises(RejectedError) as caught:
            verify(material)
        assert type(caught.value) is error, caught.value


def layer(change: Callable[[dict[str, str]], object]) -> Layer:
    made = SIGSTORE.legacy_signature(str(IMAGE))
    annotations = dict(made.annotations)
    change(annotations)
    return Layer(made.blob, annotations)


ANNOTATIONS: dict[str, tuple[Callable[[dict[str, str]], object], Error]] = {
    "no signature": (lambda a: a.pop(SIGNATURE), BundleError),
    "empty signature": (lambda a: a.update({SIGNATURE: ""}), BundleError),
    "other signature": (lambda a: a.update({SIGNATURE: "MAYCAQECAQE="}), SignatureError),
    "blank certificate": (lambda a: a.update({CERTIFICATE: " \n"}), IdentityError),
    "no certificate": (lambda a: a.pop(CERTIFICATE), IdentityError),
    "two certificates": (lambda a: a.update({CERTIFICATE: a[CERTIFICATE] * 2}), BundleError),
    # GHSA-fx35-mq7g-6g98: a public key where a certificate belongs
    "key for certificate": (lambda a: a.update({CERTIFICATE: STRANGER.pem}), BundleError),
    "certificate of another": (lambda a: a.update({CERTIFICATE: SIGSTORE.signer().pem}), SignatureError),
    "no entry": (lambda a: a.pop(BUNDLE), TransparencyError),
    "entry is junk": (lambda a: a.update({BUNDLE: "{}"}), BundleError),
    "entry of another signature": (
        lambda a: a.update({BUNDLE: SIGSTORE.legacy_signature(str(IMAGE)).annotations[BUNDLE]}),
        TransparencyError,
    ),
    "entry of an attestation": (
        lambda a: a.update({BUNDLE: SIGSTORE.legacy_attestation(STATEMENT).annotations[BUNDLE]}),
        BundleError,
    ),
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_a_classic_signature_with_one_annotation_changed(name: str) -> None:
    change, error = ANNOTATIONS[name]
    verify(signature(layer(lambda annotations: None)))
    with pytest.raises(RejectedError) as caught:
        verify(signature(layer(change)))
    assert type(caught.value) is error, caught.value


def test_a_signed_payload_in_another_place_is_not_an_attestation() -> None:
    """SIG-02: what was signed as one kind does not count as another."""
    made = SIGSTORE.legacy_signature(str(IMAGE), payload=STATEMENT)
    with pytest.raises(StatementError):
        verify(signature(made))
    with pytest.raises(BundleError):
        verify(attestation(made))


@pytest.mark.parametrize("kind", ["dsse-0.0.1", "intoto-0.0.1", "intoto-0.0.2"])
def test_a_classic_attestation_whose_entry_is_about_another_payload(kind: Any) -> None:
    signer = SIGSTORE.signer()
    other = SIGSTORE.envelope(SIGSTORE.statement(str(OTHER)), signer)
    entry = SIGSTORE.log_envelope(other, signer, entry_kind=kind)
    with pytest.raises(TransparencyError):
        verify(attestation(SIGSTORE.legacy_attestation(STATEMENT, signer, entry=entry)))


def test_evidence_about_another_image() -> None:
    for material in (
        bundle(SIGSTORE.bundle_dsse(STATEMENT)),
        bundle(SIGSTORE.cosign_v3_signature(str(IMAGE))),
        signature(SIGSTORE.legacy_signature(str(IMAGE))),
        attestation(SIGSTORE.legacy_attestation(STATEMENT)),
    ):
        verify(material)
        with pytest.raises(SubjectError, match=str(IMAGE)):
            verify(material, about=OTHER)


def test_a_file_that_was_changed() -> None:
    raw = SIGSTORE.bundle_message(ARTIFACT)
    verify_artifact(raw)
    with pytest.raises(SubjectError):
        verify_artifact(raw, artifact=ARTIFACT + b".")


def test_a_file_whose_bundle_states_no_digest() -> None:
    raw = SIGSTORE.bundle_message(ARTIFACT, edit=lambda d: d["messageSignature"].pop("messageDigest"))
    verify_artifact(raw)
    with pytest.raises(SignatureError):
        verify_artifact(raw, artifact=ARTIFACT + b".")


def test_a_managed_key_that_is_not_known() -> None:
    signer = SIGSTORE.managed_signer()
    for material in (
        bundle(SIGSTORE.bundle_dsse(STATEMENT, signer)),
        signature(SIGSTORE.legacy_signature(str(IMAGE), signer)),
        attestation(SIGSTORE.legacy_attestation(STATEMENT, signer)),
    ):
        verify(material, keys=[signer.key])
        with pytest.raises(IdentityError) as caught:
            verify(material)
        assert "--key" in str(caught.value.hint)
        with pytest.raises(SignatureError):
            verify(material, keys=[STRANGER])


def test_a_managed_key_with_a_false_entry() -> None:
    signer, other = SIGSTORE.managed_signer(), SIGSTORE.managed_signer("other")
    envelope = SIGSTORE.envelope(STATEMENT, signer)
    for entry, error in (
        (SIGSTORE.log_envelope(SIGSTORE.envelope(STATEMENT, other), other), TransparencyError),
        (SIGSTORE.log_envelope(envelope, signer, shape=LogShape(flip_hash=True)), TransparencyError),
        (SIGSTORE.log_envelope(envelope, signer, shape=LogShape(promise=False)), TimeError),
    ):
        with pytest.raises(RejectedError) as caught:
            verify(bundle(SIGSTORE.bundle_dsse(envelope, signer, entries=[entry])), keys=[signer.key])
        assert type(caught.value) is error, caught.value


def test_a_managed_key_over_another_file() -> None:
    signer = SIGSTORE.managed_signer()
    raw = SIGSTORE.bundle_message(ARTIFACT, signer)
    with pytest.raises(SubjectError):
        verify_artifact(raw, keys=[signer.key], artifact=b"another")
    bare = SIGSTORE.bundle_message(
        ARTIFACT, signer, edit=lambda d: d["messageSignature"].pop("messageDigest")
    )
    with pytest.raises(SignatureError):
        verify_artifact(bare, keys=[signer.key], artifact=b"another")


def test_an_email_subject_is_not_a_uri_of_the_same_text() -> None:
    """IDN-04: a policy compares text, so what is no URI must not spell one."""
    verified = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, SIGSTORE.signer(email("b@a.example")))))
    assert json.dumps(dataclasses.asdict(verified.signer)).count('"email"') == 1
    with pytest.raises(IdentityError, match="of another kind"):
        verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, SIGSTORE.signer(email("https://a.example/@b")))))
