"""The script that makes certificates without cert-manager."""

from __future__ import annotations

import base64
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from tests.conftest import ROOT

FOLDER = ROOT / "deploy" / "kubernetes" / "components" / "self-made-certificates"
HOST = "verify.verify-system.svc"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    script = shutil.copy(FOLDER / "make-certificates.sh", tmp_path)
    subprocess.run([script], check=True, capture_output=True)
    return tmp_path


def authority(folder: Path) -> x509.Certificate:
    (patch,) = yaml.safe_load((folder / "ca-bundle.yaml").read_text())
    assert patch["path"] == "/webhooks/0/clientConfig/caBundle"
    return x509.load_pem_x509_certificate(base64.b64decode(patch["value"]))


def verify(folder: Path, trusted: x509.Certificate, name: str = HOST) -> None:
    """RFC 5280 and the rules of the web for servers, by another implementation than the one that made it."""
    leaf = x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes())
    verifier = PolicyBuilder().store(Store([trusted])).build_server_verifier(x509.DNSName(name))
    verifier.verify(leaf, [])


def test_the_certificate_is_that_of_the_service(made: Path) -> None:
    verify(made, authority(made))
    with pytest.raises(x509.verification.VerificationError):
        verify(made, authority(made), "other.verify-system.svc")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "tls.crt", made / "tls.key")


def test_a_renewed_certificate_is_trusted_by_the_bundle_from_before(made: Path) -> None:
    before, old = authority(made), (made / "tls.crt").read_bytes()
    subprocess.run([made / "make-certificates.sh"], check=True, capture_output=True)
    assert (made / "tls.crt").read_bytes() != old
    verify(made, before)


def test_keys_are_for_their_owner_alone(made: Path) -> None:
    assert [oct((made / name).stat().st_mode & 0o777) for name in ("ca.key", "tls.key")] == ["0o600"] * 2


def test_nothing_that_is_made_gets_into_the_repository(made: Path) -> None:
    ignored = (FOLDER / ".gitignore").read_text().split()
    assert {path.name for path in made.iterdir()} - {"make-certificates.sh"} <= set(ignored)
