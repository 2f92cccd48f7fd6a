"""A certificate that does not fit is refused at the start, and changes nothing later."""

from __future__ import annotations

import os
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

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


def handshake(pair: Certificate, client: ssl.SSLContext, name: str | None) -> bytes:
    """Shake hands in memory, and give the certificate that was served."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    serving = pair.context.wrap_bio(to_server, to_client, server_side=True)
    waiting = [asking, serving]
    while waiting:
        for side in list(waiting):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
                waiting.remove(side)
    return asking.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize("name", ["127.0.0.1", None], ids=["by name", "without a name"])
def test_no_handshake_fails_while_the_pair_is_renewed(tmp_path: Path, name: str | None) -> None:
    authority = trustme.CA()
    certificate, key = new_certificate(tmp_path, authority)
    pair = Certificate(certificate, key)
    client = ssl.create_default_context()
    client.check_hostname = name is not None
    authority.configure_trust(client)
    (tmp_path / "other").mkdir()
    new = [path.read_bytes() for path in new_certificate(tmp_path / "other", authority)]
    first = handshake(pair, client, name)
    renewed = threading.Event()

    def renew() -> None:
        old = [certificate.read_bytes(), key.read_bytes()]
        for blobs in [new, old] * 100 + [new]:
            certificate.write_bytes(blobs[0])
            key.write_bytes(blobs[1])
            pair.reload()
        renewed.set()

    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(renew)
        served = {first}
        while not renewed.is_set() and not renewing.done():
            served.add(handshake(pair, client, name))
        renewing.result()
    assert served == {first, handshake(pair, client, name)}


def test_a_file_that_changes_between_two_looks_leaves_the_old_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    certificate, key = new_certificate(tmp_path, authority)
    pair = Certificate(certificate, key)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    first = handshake(pair, client, "127.0.0.1")
    (tmp_path / "other").mkdir()
    other = new_certificate(tmp_path / "other", authority)

    load = ssl.SSLContext.load_cert_chain

    def swapped_after(context: ssl.SSLContext, *arguments: Any, **options: Any) -> None:
        load(context, *arguments, **options)
        certificate.write_bytes(other[0].read_bytes())

    os.utime(key, ns=(0, 0))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", swapped_after)
    with suppress(UsageError):
        pair.reload()
    assert handshake(pair, client, "127.0.0.1") == first
