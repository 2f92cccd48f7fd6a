"""The one JSON reader for what is not ours. RFC 8259 and I-JSON (RFC 7493)."""

from __future__ import annotations

import pytest

from verifier.limits import JSON_DEPTH, JSON_INTEGER
from verifier.strict_json import NotJsonError, StrictJsonError, loads, loads_object

LIMIT = 1 << 20


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":1,"b":2}', {"a": 1, "b": 2}),
        (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
        (b' {"a" : [ true , false , null ] } \n', {"a": [True, False, None]}),
        (b"1.5e3", 1500.0),
        (b"-0", 0),
        (str(JSON_INTEGER).encode(), JSON_INTEGER),
        (str(-JSON_INTEGER).encode(), -JSON_INTEGER),
        ('"é 𝄞"'.encode(), "é 𝄞"),
        (rb'"\ud834\udd1e"', "𝄞"),
        (rb'"\ud834"', "\ud834"),  # refused where text is used
        (b'"Infinity"', "Infinity"),
        (b"[" * JSON_DEPTH + b"]" * JSON_DEPTH, None),
    ],
)
def test_json_is_read(raw: bytes, value: object) -> None:
    read = loads(raw, limit=LIMIT)
    assert value is None or read == value


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        rb'{"a":1,"\u0061":1}',
        b'{"x":{"a":1,"b":2,"a":3}}',
        b'[{"":0,"":0}]',
        b"NaN",
        b'{"a":Infinity}',
        b"[-Infinity]",
        b"1e999",
        b"-1e999",
        b"1" + b"0" * 400 + b".0",
        str(JSON_INTEGER + 1).encode(),
        b"1" * 5000,
        b"[" * (JSON_DEPTH + 1) + b"]" * (JSON_DEPTH + 1),
        b'{"a":' * (JSON_DEPTH + 1) + b"1" + b"}" * (JSON_DEPTH + 1),
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
    ],
)
def test_json_that_parsers_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(StrictJsonError) as refusal:
        loads(raw, limit=LIMIT)
    assert not isinstance(refusal.value, NotJsonError)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b"{} {}",
        b"[1,]",
        b'{"a":1,}',
        b"'a'",
        b'"\xff"',
        b'"\xed\xa0\x80"',  # a surrogate in UTF-8
        b"\xef\xbb\xbf{}",  # a byte order mark
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-le"),
        b'"a\nb"',
        b"01",
        b"+1",
        b".5",
        b"// comment\n1",
    ],
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJsonError):
        loads(raw, limit=LIMIT)


def test_depth_counts_objects_and_arrays_alike() -> None:
    mixed = b'[{"a":' * (JSON_DEPTH // 2)
    closing = b"}]" * (JSON_DEPTH // 2)
    assert loads(mixed + b"1" + closing, limit=LIMIT)
    with pytest.raises(StrictJsonError):
        loads(mixed + b"[]" + closing, limit=LIMIT)


def test_a_deep_branch_is_found_beside_shallow_ones() -> None:
    deep = b'{"a":"x","b":' * JSON_DEPTH + b"[]" + b"}" * JSON_DEPTH
    with pytest.raises(StrictJsonError):
        loads(b"[1," + deep + b',"y"]', limit=LIMIT)


def test_the_limit_is_in_bytes() -> None:
    raw = '"é"'.encode()
    assert loads(raw, limit=4) == "é"
    with pytest.raises(StrictJsonError):
        loads(raw, limit=3)


def test_an_object_can_be_demanded() -> None:
    assert loads_object(b'{"a":[]}', limit=LIMIT) == {"a": []}
    with pytest.raises(StrictJsonError):
        loads_object(b"[]", limit=LIMIT)
