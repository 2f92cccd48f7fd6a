"""A genuine log entry about something else proves nothing (TLG-01, TLG-04; CVE-2022-36056)."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from verifier.errors import BundleError, TransparencyError
from verifier.signature.log_body import SignedMaterial, require_same

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
PAYLOAD_TYPE = "application/vnd.in-toto+json"
PAE = b"DSSEv1 28 application/vnd.in-toto+json 43 " + PAYLOAD
SIGNATURE = b"\x30\x06signature"
CERTIFICATE = b"\x30\x82certificate"
ENVELOPE = b'{"payload":"..."}'


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def pem(der: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{b64(der)}\n-----END {label}-----\n"


def sha256(raw: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(raw).hexdigest()}


def material(**changes: Any) -> SignedMaterial:
    members: dict[str, Any] = {
        "signature": SIGNATURE,
        "signer": CERTIFICATE,
        "signer_label": "CERTIFICATE",
        "signed": PAE,
        "signed_sha256": hashlib.sha256(PAE).hexdigest(),
        "payload": PAYLOAD,
        "payload_type": PAYLOAD_TYPE,
        "envelope": ENVELOPE,
    }
    return SignedMaterial(**members | changes)


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("hashedrekord", "0.0.1"): {
        "data": {"hash": sha256(PAE)},
        "signature": {"content": b64(SIGNATURE), "publicKey": {"content": b64(pem(CERTIFICATE).encode())}},
    },
    ("hashedrekord", "0.0.2"): {
        "hashedRekordV002": {
            "data": {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(PAE).digest())},
            "signature": {
                "content": b64(SIGNATURE),
                "verifier": {
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "x509Certificate": {"rawBytes": b64(CERTIFICATE)},
                },
            },
        }
    },
    ("dsse", "0.0.1"): {
        "envelopeHash": sha256(ENVELOPE),
        "payloadHash": sha256(PAYLOAD),
        "signatures": [{"signature": b64(SIGNATURE), "verifier": b64(pem(CERTIFICATE).encode())}],
    },
    ("intoto", "0.0.1"): {
        "content": {"hash": sha256(ENVELOPE), "payloadHash": sha256(PAYLOAD)},
        "publicKey": b64(pem(CERTIFICATE).encode()),
    },
    ("intoto", "0.0.2"): {
        "content": {
            "hash": sha256(b"whatever the client sent"),
            "payloadHash": sha256(PAYLOAD),
            "envelope": {
                "payloadType": PAYLOAD_TYPE,
                "signatures": [
                    {"sig": b64(b64(SIGNATURE).encode()), "publicKey": b64(pem(CERTIFICATE).encode())}
                ],
            },
        }
    },
}


def body(kind: tuple[str, str], change: Callable[[Any], object] | None = None) -> bytes:
    spec = copy.deepcopy(BODIES[kind])
    if change:
        change(spec)
    return json.dumps({"kind": kind[0], "apiVersion": kind[1], "spec": spec}).encode()


@pytest.mark.parametrize("kind", BODIES)
def test_an_entry_about_the_material_passes(kind: tuple[str, str]) -> None:
    require_same(*kind, body(kind), material())


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(
    "other",
    [
        {"signer": b"\x30\x82another"},
        {"signer_label": "PUBLIC KEY"},
    ],
)
def test_an_entry_by_another_signer_is_refused(kind: tuple[str, str], other: dict[str, Any]) -> None:
    with pytest.raises(TransparencyError):
        require_same(*kind, body(kind), material(**other))


@pytest.mark.parametrize("kind", [kind for kind in BODIES if kind != ("intoto", "0.0.1")])
def test_an_entry_about_another_signature_is_refused(kind: tuple[str, str]) -> None:
    with pytest.raises(TransparencyError, match="another signature"):
        require_same(*kind, body(kind), material(signature=SIGNATURE + b"\x00"))


@pytest.mark.parametrize("kind", BODIES)
def test_an_entry_about_another_payload_is_refused(kind: tuple[str, str]) -> None:
    other = PAYLOAD.replace(b"v1", b"v2")
    pae = PAE.replace(PAYLOAD, other)
    changed = material(payload=other, signed=pae, signed_sha256=hashlib.sha256(pae).hexdigest())
    with pytest.raises(TransparencyError):
        require_same(*kind, body(kind), changed)


@pytest.mark.parametrize("kind", [("dsse", "0.0.1"), ("intoto", "0.0.1")])
def test_an_entry_about_another_envelope_is_refused(kind: tuple[str, str]) -> None:
    with pytest.raises(TransparencyError, match="another envelope"):
        require_same(*kind, body(kind), material(envelope=ENVELOPE + b" "))


def test_a_rewritten_envelope_is_fine_where_the_entry_has_the_signature() -> None:
    require_same("dsse", "0.0.1", body(("dsse", "0.0.1")), material(envelope=None))


def test_a_rewritten_envelope_is_refused_where_only_its_hash_ties_the_signature() -> None:
    with pytest.raises(BundleError, match="re-written envelope"):
        require_same("intoto", "0.0.1", body(("intoto", "0.0.1")), material(envelope=None))


def test_an_intoto_entry_of_another_payload_type_is_refused() -> None:
    with pytest.raises(TransparencyError, match="payload type"):
        require_same("intoto", "0.0.2", body(("intoto", "0.0.2")), material(payload_type="text/plain"))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (("hashedrekord", "0.0.1"), lambda s: s["data"]["hash"].update(algorithm="sha1")),
        (("hashedrekord", "0.0.1"), lambda s: s["data"].pop("hash")),
        (("hashedrekord", "0.0.1"), lambda s: s["signature"].update(content=1)),
        (("hashedrekord", "0.0.1"), lambda s: s["signature"]["publicKey"].update(content="*")),
        (
            ("hashedrekord", "0.0.1"),
            lambda s: s["signature"]["publicKey"].update(content=b64(pem(CERTIFICATE).encode() * 2)),
        ),
        (("hashedrekord", "0.0.2"), lambda s: s["hashedRekordV002"]["data"].update(algorithm="SHA3_256")),
        (
            ("hashedrekord", "0.0.2"),
            lambda s: s["hashedRekordV002"]["signature"]["verifier"].pop("x509Certificate"),
        ),
        (("dsse", "0.0.1"), lambda s: s.update(signatures=[])),
        (("dsse", "0.0.1"), lambda s: s.update(signatures=s["signatures"] * 2)),
        (("dsse", "0.0.1"), lambda s: s.update(payloadHash=[])),
        (("intoto", "0.0.2"), lambda s: s["content"].pop("envelope")),
    ],
)
def test_a_malformed_body_is_refused(kind: tuple[str, str], change: Callable[[Any], object]) -> None:
    with pytest.raises(TransparencyError):
        require_same(*kind, body(kind, change), material())


def test_a_longer_hash_is_understood_where_the_entry_uses_one() -> None:
    digest = b64(hashlib.sha384(PAE).digest())
    kind = ("hashedrekord", "0.0.2")
    longer = body(kind, lambda s: s["hashedRekordV002"]["data"].update(algorithm="SHA2_384", digest=digest))
    require_same(*kind, longer, material())
    with pytest.raises(TransparencyError, match="unsupported hash"):
        require_same(*kind, longer, material(signed=None))


@pytest.mark.parametrize(
    "kind", [("hashedrekord", "0.0.3"), ("dsse", "0.0.2"), ("rekord", "0.0.1"), ("", "")]
)
def test_an_unsupported_kind_says_so(kind: tuple[str, str]) -> None:
    with pytest.raises(BundleError, match="not supported"):
        require_same(*kind, b"{}", material())


def test_a_kind_that_lies_about_the_body_is_refused() -> None:
    with pytest.raises(TransparencyError, match="another kind"):
        require_same("dsse", "0.0.1", body(("intoto", "0.0.2")), material())


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"kind":"dsse","kind":"dsse"}', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(TransparencyError, match="malformed"):
        require_same("dsse", "0.0.1", raw, material())
