"""Keys that can be forged are refused wherever a key comes in; what sigstore accepts is accepted."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.sigstore_instance import SigstoreInstance
from tests.unit.policy.test_document import GOOD
from verifier.errors import BundleError, InputError, PolicyError, TrustRootError
from verifier.model.trust import TrustRoot
from verifier.policy.convert import convert
from verifier.policy.document import read_policy
from verifier.policy.keys import load_public_key
from verifier.signature.certificate import require_code_signing
from verifier.trustroot.authorities import read_authorities

Public = Any


def curve(kind: ec.EllipticCurve) -> Callable[[], Public]:
    return lambda: ec.generate_private_key(kind).public_key()


def rsa_of(bits: int, *, exponent: int = 65537, even: bool = False) -> Callable[[], Public]:
    """A key as far as anybody who reads it can tell; nobody has its private half."""

    def make() -> Public:
        modulus = random.Random(bits).getrandbits(bits) | 1 << bits - 1 | 1
        return rsa.RSAPublicNumbers(exponent, modulus - even).public_key()

    return make


# sigstore/sigstore, pkg/cryptoutils, ValidatePubKey: RSA by the rules of goodkey (exponents of 17 to 32
# bits), ECDSA on three curves, Ed25519. NIST SP 800-131A rev. 2 for the least size.
STRONG: dict[str, Callable[[], Public]] = {
    "P-256": curve(ec.SECP256R1()),
    "P-384": curve(ec.SECP384R1()),
    "P-521": curve(ec.SECP521R1()),
    "RSA 2048": rsa_of(2048),
    "RSA 3072": rsa_of(3072),
    "RSA 4096": rsa_of(4096),
    "RSA with another exponent": rsa_of(2048, exponent=2**32 - 1),
    "Ed25519": lambda: ed25519.Ed25519PrivateKey.generate().public_key(),
}
WEAK: dict[str, Callable[[], Public]] = {
    "P-192": curve(ec.SECP192R1()),
    "P-224": curve(ec.SECP224R1()),
    "secp256k1": curve(ec.SECP256K1()),
    "brainpoolP256r1": curve(ec.BrainpoolP256R1()),
    "brainpoolP384r1": curve(ec.BrainpoolP384R1()),
    "brainpoolP512r1": curve(ec.BrainpoolP512R1()),
    "RSA 512": rsa_of(512),
    "RSA 1024": rsa_of(1024),
    "RSA 2047": rsa_of(2047),
    "RSA 16392": rsa_of(16392),
    "RSA with exponent 3": rsa_of(2048, exponent=3),
    "RSA with a long exponent": rsa_of(2048, exponent=2**32 + 1),
    "RSA with an even modulus": rsa_of(2048, even=True),
    "DSA": lambda: dsa.generate_private_key(1024).public_key(),
}
OTHER: dict[str, Callable[[], Public]] = {
    "Ed448": lambda: ed448.Ed448PrivateKey.generate().public_key(),
    "X25519": lambda: x25519.X25519PrivateKey.generate().public_key(),
    "X448": lambda: x448.X448PrivateKey.generate().public_key(),
}


def pem(key: Public) -> str:
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def der(key: Public) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("name", STRONG)
def test_strong_keys_are_taken_at_every_door(name: str, tmp_path: Path) -> None:
    key = STRONG[name]()
    assert load_public_key(pem(key).encode(), source="release.pub").der == der(key)
    (tmp_path / "policy.yaml").write_text(policy_with(key))
    assert read_policy(tmp_path / "policy.yaml").signers
    read_authorities(root_with(log=der(key)))
    assert not list(convert(cluster_image_policy(key), "cip.yaml", {}).unsupported)


@pytest.mark.parametrize("name", [*WEAK, *OTHER])
def test_weak_keys_and_unknown_ones_are_refused_at_every_door(name: str, tmp_path: Path) -> None:
    key = (WEAK | OTHER)[name]()
    with pytest.raises(InputError, match=r"^release\.pub: ") as caught:
        load_public_key(pem(key).encode(), source="release.pub")
    assert caught.value.hint is not None
    assert "P-256, P-384 or P-521, Ed25519, and RSA of at least 2048 bits" in caught.value.hint
    (tmp_path / "policy.yaml").write_text(policy_with(key))
    with pytest.raises(PolicyError):
        read_policy(tmp_path / "policy.yaml")
    assert list(convert(cluster_image_policy(key), "cip.yaml", {}).unsupported)


@pytest.mark.parametrize("name", WEAK)
@pytest.mark.parametrize("list_name", ["tlogs", "ctlogs"])
def test_a_trust_root_with_a_weak_log_is_refused_by_place(name: str, list_name: str) -> None:
    with pytest.raises(TrustRootError, match=rf"{list_name}\[0\]\.publicKey\.rawBytes"):
        read_authorities(root_with(log=der(WEAK[name]()), list_name=list_name))


@pytest.mark.parametrize("name", ["P-192", "RSA 1024", "secp256k1"])
@pytest.mark.parametrize("list_name", ["certificateAuthorities", "timestampAuthorities"])
def test_a_trust_root_with_a_weak_authority_is_refused_by_place(name: str, list_name: str) -> None:
    with pytest.raises(TrustRootError, match=rf"{list_name}\[0\]\.certChain\.certificates\[0\]\.rawBytes"):
        read_authorities(root_with(certificate=certificate(WEAK[name]()), list_name=list_name))
    read_authorities(root_with(certificate=certificate(STRONG["P-384"]()), list_name=list_name))


@pytest.mark.parametrize("name", ["Ed448", "X25519"])
def test_a_trust_root_with_a_key_of_a_kind_that_nobody_knows_yet_is_read(name: str) -> None:
    """It verifies nothing, and the others in it go on being used."""
    read_authorities(root_with(log=der(OTHER[name]())))


@pytest.mark.parametrize("name", ["P-192", "P-224", "secp256k1", "brainpoolP256r1"])
def test_a_signing_certificate_with_a_weak_key_is_refused(name: str) -> None:
    require_code_signing(x509.load_der_x509_certificate(certificate(STRONG["P-521"]())))
    with pytest.raises(BundleError, match="are not accepted"):
        require_code_signing(x509.load_der_x509_certificate(certificate(WEAK[name]())))


def policy_with(key: Public) -> str:
    old = "    issuer: https://issuer.example\n    subject: https://github.com/org/app\n"
    assert old in GOOD
    return GOOD.replace(old, "    key: |\n" + "".join(f"      {line}\n" for line in pem(key).splitlines()))


def cluster_image_policy(key: Public) -> bytes:
    authority = {"name": "a", "key": {"data": pem(key)}}
    spec = {"images": [{"glob": "ghcr.io/org/**"}], "authorities": [authority]}
    kind = {"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy"}
    return json.dumps({**kind, "metadata": {"name": "a"}, "spec": spec}).encode()


def root_with(*, list_name: str = "tlogs", log: bytes = b"", certificate: bytes = b"") -> TrustRoot:
    document = json.loads(SigstoreInstance().trusted_root())
    if log:
        document[list_name][0]["publicKey"]["rawBytes"] = b64encode(log).decode()
    if certificate:
        document[list_name][0]["certChain"]["certificates"][0]["rawBytes"] = b64encode(certificate).decode()
    return TrustRoot(json.dumps(document).encode(), "file example")


def certificate(key: Public) -> bytes:
    """A certificate for ``key`` with what a signing certificate must say."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
    now = datetime(2026, 11, 1, tzinfo=UTC)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
