"""The parts against published values, other tools and real data."""

from __future__ import annotations

import ast
import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.sigstore_instance import (
    GITHUB,
    NOW,
    SUBJECT,
    KeyKind,
    LeafShape,
    SigstoreInstance,
    StampShape,
    checkpoint,
    email,
    other_name,
    uri,
)
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.merkle import Tree
from tests.sigstore_instance.x509 import pem

PACKAGE = Path(checkpoint.__file__).parent

# Leaves and roots that the reference implementation of RFC 6962 is tested with.
LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_roots_are_those_of_rfc_6962() -> None:
    tree = Tree()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    roots = []
    for leaf in LEAVES:
        tree.append(bytes.fromhex(leaf))
        roots.append(tree.root().hex())
    assert tuple(roots) == ROOTS


def test_nothing_is_shared_with_the_program_or_with_sigstore() -> None:
    roots = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                roots |= {name.name.split(".")[0] for name in node.names}
            if isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").split(".")[0])
    assert "cryptography" in roots
    assert roots & {"verifier", "sigstore", "sigstore_models", "rfc3161_client"} == set()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    def everything(seed: str) -> tuple[bytes, ...]:
        sigstore = SigstoreInstance(seed)
        return (
            sigstore.trusted_root(),
            sigstore.bundle_dsse(b"{}"),
            sigstore.bundle_message(b"x", log="rekor2"),
            sigstore.legacy_signature("sha256:00").blob,
            sigstore.signer(key=KeyKind.RSA).pem.encode(),
            sigstore.signer(key=KeyKind.ED25519).pem.encode(),
        )

    first = everything("a")
    assert first == everything("a")
    assert [i for i, (a, b) in enumerate(zip(first, everything("b"), strict=True)) if a == b] == [3]


def test_the_rsa_key_is_sound() -> None:
    key = Key("x", KeyKind.RSA).private
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048


def test_a_leaf_is_like_fulcios(sigstore: SigstoreInstance) -> None:
    signer = sigstore.signer()
    assert signer.certificate is not None
    leaf = x509.load_der_x509_certificate(signer.certificate.der)
    extensions = leaf.extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert names.critical
    assert list(names.value) == [x509.UniformResourceIdentifier(SUBJECT)]
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert list(purposes) == [ExtendedKeyUsageOID.CODE_SIGNING]
    assert (leaf.not_valid_before_utc, (leaf.not_valid_after_utc - NOW).seconds) == (NOW, 600)
    assert claim(leaf, 1) == GITHUB.encode()
    assert claim(leaf, 8) == b"\x0c\x2b" + GITHUB.encode()
    assert claim(leaf, 12) == b"\x0c\x20https://github.com/example/hello"


def test_a_leaf_has_the_shape_of_a_real_one(sigstore: SigstoreInstance, real_data: Path) -> None:
    bundle = json.loads(
        (real_data / "bundles" / "rekor2-dsse-happy-path" / "bundle.sigstore.json").read_bytes()
    )
    raw = base64.b64decode(bundle["verificationMaterial"]["certificate"]["rawBytes"])
    signer = sigstore.signer()
    assert signer.certificate is not None

    def described(der: bytes) -> list[tuple[str, bool]]:
        certificate = x509.load_der_x509_certificate(der)
        return [(item.oid.dotted_string, item.critical) for item in certificate.extensions]

    assert described(signer.certificate.der) == described(raw)


def test_names_and_claims_can_be_anything(sigstore: SigstoreInstance) -> None:
    shape = LeafShape(
        names=(uri("https://a"), email("b@c"), other_name("d")),
        issuer_v2=b"\xff",
        claims={9: b"raw", 22: "text"},
    )
    signer = sigstore.signer(shape=shape)
    assert signer.certificate is not None
    leaf = x509.load_der_x509_certificate(signer.certificate.der)
    assert list(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == [
        x509.UniformResourceIdentifier("https://a"),
        x509.RFC822Name("b@c"),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), b"\x0c\x01d"),
    ]
    assert (claim(leaf, 8), claim(leaf, 9), claim(leaf, 22)) == (b"\xff", b"raw", b"\x0c\x04text")


def test_ids_of_ed25519_logs_are_those_of_signed_notes(real_data: Path) -> None:
    root = json.loads((real_data / "bundles" / "rekor2-dsse-happy-path" / "trusted_root.json").read_bytes())
    logs = [log for log in root["tlogs"] if log["publicKey"]["keyDetails"] == "PKIX_ED25519"]
    assert len(logs) == 3
    for log in logs:
        key = _Public(base64.b64decode(log["publicKey"]["rawBytes"]))
        name = log["baseUrl"].removeprefix("https://")
        assert base64.b64encode(checkpoint.key_id(name, key)).decode() == log["logId"]["keyId"]


def test_openssl_verifies_a_timestamp(sigstore: SigstoreInstance, tmp_path: Path) -> None:
    assert "Verification: OK" in openssl_verify(sigstore, StampShape(), tmp_path)
    carried = StampShape(certificates=sigstore.tsa.chain)
    assert "Verification: OK" in openssl_verify(sigstore, carried, tmp_path)
    for broken in (
        StampShape(message=b"other"),
        StampShape(flip=True),
        StampShape(authority=SigstoreInstance("x").tsa),
    ):
        assert "Verification: FAILED" in openssl_verify(sigstore, broken, tmp_path)


def openssl_verify(sigstore: SigstoreInstance, stamp: StampShape, folder: Path) -> str:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl")
    (folder / "root.pem").write_text(pem("CERTIFICATE", sigstore.tsa.root.der))
    (folder / "leaf.pem").write_text(pem("CERTIFICATE", sigstore.tsa.leaf.der))
    (folder / "data").write_bytes(b"message")
    authority = stamp.authority or sigstore.tsa
    (folder / "token").write_bytes(authority.stamp(b"message", NOW, stamp))
    at = str(int(NOW.timestamp()))
    files = ["-data", "data", "-in", "token", "-CAfile", "root.pem", "-untrusted", "leaf.pem"]
    command = [openssl, "ts", "-verify", *files, "-attime", at]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def claim(certificate: x509.Certificate, number: int) -> bytes:
    oid = x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
    value = certificate.extensions.get_extension_for_oid(oid).value
    assert isinstance(value, x509.UnrecognizedExtension)
    return value.value


class _Public(Key):
    """A key of which only the public half is known."""

    def __init__(self, spki: bytes) -> None:
        super().__init__("", KeyKind.ED25519)
        self.__dict__["spki"] = spki
