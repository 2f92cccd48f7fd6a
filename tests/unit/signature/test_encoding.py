"""Encodings inside signed material have one reading."""

from __future__ import annotations

import pytest

from verifier.errors import BundleError, StatementError, TimeError
from verifier.signature.encoding import decode_base64, decode_pem, pre_authentication_encoding
from verifier.signature.envelope import parse_envelope
from verifier.signature.promise import parse_promise

PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


def test_the_pre_authentication_encoding_is_that_of_the_specification() -> None:
    # DSSE 1.0, protocol.md, "Test Vectors".
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize("text", [PEM, PEM.strip(), "\n" + PEM, PEM.replace("\n", "\r\n")])
def test_one_pem_block_is_read(text: str) -> None:
    assert decode_pem(text, label="CERTIFICATE", what="it") == b"0\x00"


@pytest.mark.parametrize(
    "text",
    [
        PEM * 2,
        PEM + "junk",
        "junk" + PEM,
        PEM.replace("CERTIFICATE", "PUBLIC KEY"),
        PEM.replace("END CERTIFICATE", "END PUBLIC KEY"),
        PEM.replace("MAA=", ""),
        PEM.replace("MAA=", "M*A="),
        "",
    ],
)
def test_anything_but_one_block_of_the_kind_is_refused(text: str) -> None:
    with pytest.raises(BundleError):
        decode_pem(text, label="CERTIFICATE", what="it")


@pytest.mark.parametrize("text", ["MAA", "M A=", "MAA=\n", "MA_-", "é", None, 1])
def test_lax_base64_is_refused(text: object) -> None:
    assert decode_base64("MAA=", what="it") == b"0\x00"
    with pytest.raises(BundleError):
        decode_base64(text, what="it")


ENVELOPE = '{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"MAA="}]}'


def test_an_envelope_is_read() -> None:
    envelope = parse_envelope(ENVELOPE.encode())
    assert (envelope.payload, envelope.signature) == (b"{}", b"0\x00")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('[{"sig":"MAA="}]', "[]", BundleError),
        ('[{"sig":"MAA="}]', '[{"sig":"MAA="},{"sig":"MAA="}]', BundleError),
        ('[{"sig":"MAA="}]', "{}", BundleError),
        ('"MAA="', '""', BundleError),
        ('"MAA="', "null", BundleError),
        ('"e30="', '"e30"', BundleError),
        ('"payload":"e30=",', "", BundleError),
        ('"payload"', '"payload":"","payload"', BundleError),
        ("application/vnd.in-toto+json", "text/plain", StatementError),
        ("application/vnd.in-toto+json", "application/vnd.in-toto+json; charset=utf-8", StatementError),
        ('"payloadType":"application/vnd.in-toto+json",', "", StatementError),
    ],
)
def test_an_envelope_with_one_fault_is_refused(old: str, new: str, error: type[Exception]) -> None:
    assert old in ENVELOPE
    with pytest.raises(error):
        parse_envelope(ENVELOPE.replace(old, new).encode())


LOG_ID = "ab" * 32
PROMISE = (
    '{"SignedEntryTimestamp":"MAA=","Payload":'
    f'{{"body":"e30=","integratedTime":1700000000,"logIndex":7,"logID":"{LOG_ID}"}}}}'
)


def test_a_promise_signs_the_canonical_json_of_its_four_members() -> None:
    promise = parse_promise(PROMISE)
    # RFC 8785: sorted members, no white space.
    expected = f'{{"body":"e30=","integratedTime":1700000000,"logID":"{LOG_ID}","logIndex":7}}'
    assert promise.signed == expected.encode()
    assert promise.time == 1_700_000_000


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("1700000000", "true", BundleError),
        ("1700000000", "1.7e9", BundleError),
        ("1700000000", '"1700000000"', BundleError),
        ("1700000000", "0", TimeError),
        ("1700000000", "-1", TimeError),
        ("1700000000", "1000000000000000000", TimeError),
        ('"logIndex":7', '"logIndex":-7', BundleError),
        ('"logIndex":7', '"logIndex":7,"extra":1', BundleError),
        (LOG_ID, LOG_ID.upper(), BundleError),
        (LOG_ID, LOG_ID[2:], BundleError),
        ('"MAA="', '"MAA"', BundleError),
        ('"SignedEntryTimestamp":"MAA=",', "", BundleError),
        ('"body":"e30=",', "", BundleError),
        ('"body":"e30="', '"body":"e30=","body":"e30="', BundleError),
    ],
)
def test_a_promise_with_one_fault_is_refused(old: str, new: str, error: type[Exception]) -> None:
    assert old in PROMISE
    with pytest.raises(error):
        parse_promise(PROMISE.replace(old, new))
