"""The one JSON reader for what is not ours. RFC 8259 and I-JSON (RFC 7493)."""

from __future__ import annotations

import tracemalloc

import pytest

from verifier.limits import JSON_DEPTH, JSON_INTEGER, JSON_VALUE_BYTES
from verifier.strict_json import (
    JsonLimitError,
    NotJsonError,
    StrictJsonError,
    count_values,
    loads,
    loads_object,
)

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


def test_more_values_than_are_read_are_refused_before_a_tree_is_built() -> None:
    assert loads(b"[0,1,[2]]", limit=LIMIT, values=4) == [0, 1, [2]]
    with pytest.raises(JsonLimitError, match=r"^more than 4 values$"):
        loads(b"[0,1,[2,3]]", limit=LIMIT, values=4)
    assert loads(rb'["{[,\",{[", 1]', limit=LIMIT, values=2) == ['{[,",{[', 1]
    with pytest.raises(JsonLimitError, match=r"^larger than 8 bytes$"):
        loads(b"[0,1,2,3]", limit=8)


def test_a_tree_takes_no_more_than_is_said_of_its_values() -> None:
    """What `JSON_VALUE_BYTES` says, measured: objects with one member of a name of their own take most."""
    raw = ("[" + ",".join(f'{{"k{number:06}":0.5}}' for number in range(20_000)) + "]").encode()
    count = count_values(raw, most=0)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tree = loads(raw, limit=LIMIT)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert isinstance(tree, list)
    assert taken <= count * JSON_VALUE_BYTES
