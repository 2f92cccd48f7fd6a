"""cosign's layers, taken apart with the standard library and cryptography."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sigstore_instance import NOW, Layer, LogShape, SigstoreInstance, StampShape
from tests.sigstore_instance.bundles import BundleOptions
from tests.sigstore_instance.legacy import BUNDLE, CERTIFICATE, CHAIN, PREDICATE_TYPE, SIGNATURE, TIMESTAMP

DIGEST = f"sha256:{'a' * 64}"
P256 = ec.ECDSA(hashes.SHA256())


def log_bundle(layer: Layer) -> dict[str, Any]:
    bundle = json.loads(layer.annotations[BUNDLE])
    assert isinstance(bundle, dict)
    return bundle


def log_body(layer: Layer) -> dict[str, Any]:
    body = json.loads(base64.b64decode(log_bundle(layer)["Payload"]["body"]))
    assert isinstance(body, dict)
    return body


def leaf_key(layer: Layer) -> ec.EllipticCurvePublicKey:
    key = x509.load_pem_x509_certificate(layer.annotations[CERTIFICATE].encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def check_promise(sigstore: SigstoreInstance, layer: Layer) -> None:
    """Raise `InvalidSignature` unless the signed entry timestamp is good (RFC 8785 by hand)."""
    bundle = log_bundle(layer)
    entry = bundle["Payload"]
    message = (
        f'{{"body":"{entry["body"]}","integratedTime":{entry["integratedTime"]},'
        f'"logID":"{entry["logID"]}","logIndex":{entry["logIndex"]}}}'
    )
    tlog = json.loads(sigstore.trusted_root())["tlogs"][0]
    spki = base64.b64decode(tlog["publicKey"]["rawBytes"])
    assert hashlib.sha256(spki).hexdigest() == entry["logID"]
    key = serialization.load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(bundle["SignedEntryTimestamp"]), message.encode(), P256)


def test_a_signature_is_over_the_blob_and_logged(sigstore: SigstoreInstance) -> None:
    layer = sigstore.legacy_signature(DIGEST)
    signature = base64.b64decode(layer.annotations[SIGNATURE])
    leaf_key(layer).verify(signature, layer.blob, P256)
    assert layer.blob == (
        b'{"critical":{"identity":{"docker-reference":"demo.example/verifier/hello"},'
        b'"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},'
        b'"optional":null}' % DIGEST.encode()
    )
    assert log_body(layer) == {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(layer.blob).hexdigest()}},
            "signature": {
                "content": layer.annotations[SIGNATURE],
                "publicKey": {"content": base64.b64encode(layer.annotations[CERTIFICATE].encode()).decode()},
            },
        },
    }
    assert log_bundle(layer)["Payload"]["integratedTime"] == int(NOW.timestamp())


def test_an_attestation_is_logged_as_dsse(sigstore: SigstoreInstance) -> None:
    statement = sigstore.statement(DIGEST)
    layer = sigstore.legacy_attestation(statement, predicate_type="https://slsa.dev/provenance/v1")
    envelope = json.loads(layer.blob)
    signature = envelope["signatures"][0]["sig"]
    pae = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(statement), statement)
    leaf_key(layer).verify(base64.b64decode(signature), pae, P256)
    assert base64.b64decode(envelope["payload"]) == statement
    assert layer.annotations[SIGNATURE] == ""
    assert layer.annotations[PREDICATE_TYPE] == "https://slsa.dev/provenance/v1"
    assert log_body(layer)["spec"] == {
        "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(layer.blob).hexdigest()},
        "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(statement).hexdigest()},
        "signatures": [
            {
                "signature": signature,
                "verifier": base64.b64encode(layer.annotations[CERTIFICATE].encode()).decode(),
            }
        ],
    }


def test_the_signature_of_intoto_2_is_encoded_twice(sigstore: SigstoreInstance) -> None:
    layer = sigstore.legacy_attestation(sigstore.statement(DIGEST), entry_kind="intoto-0.0.2")
    logged = log_body(layer)["spec"]["content"]["envelope"]["signatures"][0]["sig"]
    assert base64.b64decode(logged).decode() == json.loads(layer.blob)["signatures"][0]["sig"]


MAKERS: dict[str, Callable[[SigstoreInstance, LogShape], Layer]] = {
    "signature": lambda s, shape: s.legacy_signature(DIGEST, log_shape=shape),
    "dsse": lambda s, shape: s.legacy_attestation(s.statement(DIGEST), log_shape=shape),
    "intoto 1": lambda s, shape: s.legacy_attestation(
        s.statement(DIGEST), entry_kind="intoto-0.0.1", log_shape=shape
    ),
    "intoto 2": lambda s, shape: s.legacy_attestation(
        s.statement(DIGEST), entry_kind="intoto-0.0.2", log_shape=shape
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_promise_is_good_until_broken(maker: str, sigstore: SigstoreInstance) -> None:
    make = MAKERS[maker]
    check_promise(sigstore, make(sigstore, LogShape()))
    check_promise(sigstore, make(sigstore, LogShape(time=5)))
    for broken in (LogShape(promise_time=5), LogShape(promise_body=b"{}")):
        with pytest.raises(InvalidSignature):
            check_promise(sigstore, make(sigstore, broken))


def test_the_global_index_is_not_the_index_in_the_tree(sigstore: SigstoreInstance) -> None:
    signer = sigstore.signer()
    entry = sigstore.log_envelope(sigstore.envelope(b"{}", signer), signer)
    assert entry.proof is not None
    assert entry.index > entry.proof.tree_size > entry.proof.index > 0


def test_what_cosign_leaves_out(sigstore: SigstoreInstance) -> None:
    keyless = sigstore.legacy_signature(DIGEST, log_shape=None)
    assert set(keyless.annotations) == {SIGNATURE, CERTIFICATE, CHAIN}
    keyed = sigstore.legacy_signature(DIGEST, sigstore.managed_signer(), stamp=StampShape())
    assert set(keyed.annotations) == {SIGNATURE, BUNDLE, TIMESTAMP}
    assert base64.b64decode(log_body(keyed)["spec"]["signature"]["publicKey"]["content"]).startswith(
        b"-----BEGIN PUBLIC KEY-----"
    )


def test_an_entry_can_be_stapled(sigstore: SigstoreInstance) -> None:
    signer = sigstore.signer()
    envelope = sigstore.envelope(sigstore.statement(DIGEST), signer)
    entry = sigstore.log_envelope(envelope, signer)
    layer = sigstore.legacy_attestation(replace(envelope, payload=b"{}"), signer, entry=entry)
    check_promise(sigstore, layer)
    assert log_body(layer)["spec"]["payloadHash"]["value"] == hashlib.sha256(envelope.payload).hexdigest()


@pytest.mark.parametrize(
    ("folder", "kind"), [("slsa-container-v1.4.0", "intoto-0.0.1"), ("slsa-container-v2.0.0", "dsse-0.0.1")]
)
def test_layers_have_the_shape_of_real_ones(
    folder: str, kind: Any, sigstore: SigstoreInstance, real_data: Path
) -> None:
    blobs = real_data / "oci" / folder / "blobs" / "sha256"
    raw = [blob.read_bytes() for blob in blobs.iterdir()]
    manifests = [json.loads(document) for document in raw if document.startswith(b"{")]
    layer = next(
        layer
        for manifest in manifests
        for layer in manifest.get("layers", ())
        if "dsse" in layer["mediaType"]
    )
    real = Layer((blobs / layer["digest"].removeprefix("sha256:")).read_bytes(), layer["annotations"])
    made = sigstore.legacy_attestation(sigstore.statement(DIGEST), entry_kind=kind)
    assert set(made.annotations) == set(real.annotations) - {PREDICATE_TYPE}
    assert shape(json.loads(made.blob)) == shape(json.loads(real.blob))
    assert shape(log_bundle(made)) == shape(log_bundle(real))
    assert shape(log_body(made)) == shape(log_body(real))


@pytest.mark.parametrize(
    ("folder", "options"),
    [("managed-key-happy-path", {"stamps": [StampShape()]}), ("rekor2-dsse-happy-path", {"log": "rekor2"})],
)
def test_bundles_have_the_shape_of_real_ones(
    folder: str, options: BundleOptions, sigstore: SigstoreInstance, real_data: Path
) -> None:
    real = json.loads((real_data / "bundles" / folder / "bundle.sigstore.json").read_bytes())
    made = (
        sigstore.bundle_message(b"x", sigstore.managed_signer(), **options)
        if folder.startswith("managed")
        else sigstore.bundle_dsse(b"{}", **options)
    )
    document = json.loads(made)
    assert entry_body(document) == entry_body(real)
    # Trees differ in size, and so proofs in length.
    for bundle in (document, real):
        bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"] = []
    assert shape(document) == shape(real)


def entry_body(bundle: dict[str, Any]) -> object:
    """The types in the log entry's body."""
    body = bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"]
    return shape(json.loads(base64.b64decode(body)))


def shape(document: object) -> object:
    """``document`` with types in place of values."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    if isinstance(document, list):
        return [shape(value) for value in document]
    return type(document)
