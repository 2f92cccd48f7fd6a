"""A certificate that does not fit is refused at the start, and changes nothing later."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from tests.webhook_server import new_certificate
from verifier.errors import UsageError
from verifier.webhook.certificate import Certificate


def test_a_renewed_pair_is_taken_once_both_halves_are_there(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate, key = new_certificate(tmp_path, authority)
    pair = Certificate(certificate, key)
    first = pair.expires
    assert first is not None
    assert not pair.reload()
    other = tmp_path / "other"
    other.mkdir()
    new = new_certificate(other, authority)
    key.write_bytes(new[1].read_bytes())
    with pytest.raises(UsageError, match="cannot be used"):
        pair.reload()
    certificate.write_bytes(new[0].read_bytes())
    assert pair.reload()
    assert not pair.reload()


def test_a_link_that_is_swapped_is_seen(tmp_path: Path) -> None:
    authority = trustme.CA()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        new_certificate(tmp_path / name, authority)
    link = tmp_path / "data"
    link.symlink_to("one")
    pair = Certificate(link / "tls.crt", link / "tls.key")
    assert not pair.reload()
    (tmp_path / "new").symlink_to("two")
    os.replace(tmp_path / "new", link)  # noqa: PTH105 - as the kubelet does it
    assert pair.reload()


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    certificate, key = new_certificate(tmp_path, trustme.CA())
    bad = tmp_path / "bad"
    for content in (b"", b"no PEM", key.read_bytes()):
        bad.write_bytes(content)
        with pytest.raises(UsageError):
            Certificate(bad, key)
    with pytest.raises(UsageError):
        Certificate(tmp_path / "none", key)
    encrypted = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    bad.write_bytes(encrypted)
    with pytest.raises(UsageError):
        Certificate(certificate, bad)
