"""A trusted root file that cannot serve is refused before anything is fetched (TRS-04)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sigstore_instance import Key, SigstoreInstance
from verifier.errors import TrustRootError
from verifier.model.trust import TrustRoot
from verifier.trustroot.authorities import Window, read_authorities
from verifier.trustroot.file import FileTrustRoot
from verifier.trustroot.instances import PUBLIC_GOOD, STAGING, Instance

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Key("log").spki
CERTIFICATE = SigstoreInstance().ca.chain[0]


def log(key: bytes = KEY) -> dict[str, Any]:
    raw = base64.b64encode(key).decode()
    return {
        "baseUrl": "https://log.example",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": raw,
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": "2026-01-01T00:00:00Z"},
        },
        "logId": {"keyId": base64.b64encode(b"id of key").decode()},
    }


def authority() -> dict[str, Any]:
    return {
        "certChain": {"certificates": [{"rawBytes": base64.b64encode(CERTIFICATE).decode()}]},
        "validFor": {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00.25Z"},
    }


def document() -> dict[str, Any]:
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [log()],
        "certificateAuthorities": [authority()],
        "ctlogs": [log()],
        "timestampAuthorities": [],
    }


def root(content: object) -> TrustRoot:
    return TrustRoot(json.dumps(content).encode(), "file example")


def test_a_complete_root_is_read() -> None:
    authorities = read_authorities(root(document()))
    assert [entry.log_id for entry in authorities.logs] == [b"id of key"]
    assert authorities.certificate_authorities[0].certificates == (CERTIFICATE,)
    assert authorities.certificate_authorities[0].window == Window(
        START, datetime(2026, 2, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    )


def test_without_a_stated_id_a_log_is_known_by_its_key() -> None:
    content = document()
    del content["tlogs"][0]["logId"]
    (entry,) = read_authorities(root(content)).logs
    assert entry.log_id == hashlib.sha256(KEY).digest()  # RFC 6962, section 3.2


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    content = document()
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.update(mediaType="application/json"), "mediaType"),
        (lambda d: d.pop("tlogs"), "tlogs"),
        (lambda d: d.update(tlogs=[]), "tlogs"),
        (lambda d: d.update(tlogs={}), "tlogs"),
        (lambda d: d.update(tlogs=[1]), "tlogs[0]"),
        (lambda d: d.update(ctlogs=[]), "ctlogs"),
        (lambda d: d.update(certificateAuthorities=[]), "certificateAuthorities"),
        (lambda d: d["tlogs"].append(log()), "tlogs[1].logId"),
        (lambda d: d["tlogs"][0]["publicKey"].update(rawBytes="*"), "tlogs[0].publicKey.rawBytes"),
        (lambda d: d["tlogs"][0]["publicKey"].pop("validFor"), "tlogs[0].publicKey.validFor"),
        (lambda d: d["tlogs"][0]["publicKey"].update(validFor={}), "tlogs[0].publicKey.validFor.start"),
        (
            lambda d: d["tlogs"][0]["publicKey"]["validFor"].update(start="2026-13-01T00:00:00Z"),
            "tlogs[0].publicKey.validFor.start",
        ),
        (
            lambda d: d["certificateAuthorities"][0]["certChain"].update(certificates=[]),
            "certificateAuthorities[0].certChain",
        ),
        (
            lambda d: d["certificateAuthorities"][0]["validFor"].update(end="tomorrow"),
            "certificateAuthorities[0].validFor.end",
        ),
    ],
)
def test_a_root_with_one_fault_is_refused_by_name(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    with pytest.raises(TrustRootError) as caught:
        read_authorities(root(broken(change)))
    assert f"file example: {named}: " in caught.value.message


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"a":1,"a":2}', b"\xff\xfe{}", PUBLIC_GOOD.bootstrap()])
def test_what_is_no_trusted_root_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustRootError):
        read_authorities(TrustRoot(raw, "file example"))


def test_a_window_is_closed_at_both_ends() -> None:
    end = START + timedelta(days=1)
    window, second = Window(START, end), timedelta(seconds=1)
    assert [window.contains(time) for time in (START - second, START, end, end + second)] == [
        False,
        True,
        True,
        False,
    ]
    assert Window(START, None).contains(START + timedelta(days=36_500))


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trusted_root.json"
    path.write_bytes(root(document()).raw)
    loaded = FileTrustRoot(path).load()
    assert loaded.raw == root(document()).raw
    assert loaded.source == f"file {path}"


def test_a_missing_file_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(TrustRootError) as caught:
        FileTrustRoot(tmp_path / "absent.json").load()
    assert "No such file" in caught.value.message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda children: (
            st.lists(children, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["tlogs", "ctlogs", "validFor", "start", "publicKey", "certChain", "rawBytes"]
                ),
                children,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_hostile_content_only_ever_gives_the_declared_error(content: object) -> None:
    hostile = document() | (content if isinstance(content, dict) else {"tlogs": content})
    with contextlib.suppress(TrustRootError):
        read_authorities(root(hostile))


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(der: bytes) -> bytes:
        assert old in der
        return der.replace(old, new, 1)

    return change


@pytest.mark.parametrize("name", ["certificateAuthorities", "timestampAuthorities"])
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        lambda der: b"",
        lambda der: b"junk",
        lambda der: der[:-1],
        lambda der: der + b"\0",
        # RFC 5280, 4.1.2.1: the version is 0, 1 or 2.
        _replaced(bytes.fromhex("a003020102"), bytes.fromhex("a003020129")),
        # X.520: a common name is a DirectoryString. What is none makes rfc3161-client panic.
        _replaced(bytes.fromhex("060355040313"), bytes.fromhex("060355040304")),
        _replaced(bytes.fromhex("060355040313"), bytes.fromhex("06035504031a")),
        # The identifier of the subject's key, in the place of that of the key's usage: twice then.
        _replaced(bytes.fromhex("0603551d0f"), bytes.fromhex("0603551d0e")),
    ],
    ids=["empty", "junk", "cut", "longer", "version", "octets-in-name", "visible-in-name", "extension-twice"],
)
def test_every_certificate_is_parsed_when_the_root_is_read(
    name: str, place: int, change: Callable[[bytes], bytes]
) -> None:
    content = json.loads(SigstoreInstance().trusted_root())
    read_authorities(root(content))
    certificate = content[name][0]["certChain"]["certificates"][place]
    certificate["rawBytes"] = base64.b64encode(change(base64.b64decode(certificate["rawBytes"]))).decode()
    with pytest.raises(TrustRootError, match=rf"{name}\[0\]\.certChain\.certificates\[{place}"):
        read_authorities(root(content))


@pytest.mark.parametrize("name", ["tlogs", "ctlogs"])
@pytest.mark.parametrize("key", [b"junk", KEY[:-1], b"\0" * 40])
def test_every_key_is_parsed_when_the_root_is_read(name: str, key: bytes) -> None:
    content = document()
    content[name][0]["publicKey"]["rawBytes"] = base64.b64encode(key).decode()
    with pytest.raises(TrustRootError, match=rf"{name}\[0\]\.publicKey\.rawBytes"):
        read_authorities(root(content))


@pytest.mark.parametrize("instance", [PUBLIC_GOOD, STAGING])
def test_the_roots_of_the_public_instances_are_read(instance: Instance) -> None:
    assert read_authorities(TrustRoot(instance.shipped_trusted_root(), instance.name)).logs
