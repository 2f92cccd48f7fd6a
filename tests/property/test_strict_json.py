"""The strict reader beside the standard library's: it reads less, and never otherwise."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import texts, values
from verifier.limits import JSON_DEPTH, JSON_INTEGER
from verifier.strict_json import StrictJsonError, loads

LIMIT = 1 << 16


def acceptable(raw: bytes) -> tuple[bool, Any]:
    """Whether ``raw`` is strict JSON, and its value: stated anew, on what the standard library reads."""

    class Refused(Exception):
        pass

    def refuse(*_: Any) -> Any:
        raise Refused

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise Refused
        return dict(pairs)

    try:
        value = json.JSONDecoder(object_pairs_hook=members, parse_constant=refuse).decode(raw.decode("utf-8"))
    except (Refused, ValueError, RecursionError):
        return False, None
    return plain(value, JSON_DEPTH), value


def plain(value: Any, depth: int) -> bool:
    if isinstance(value, dict | list):
        children = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(plain(child, depth - 1) for child in children)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= JSON_INTEGER
    return not isinstance(value, float) or abs(value) != float("inf")


def assert_same(raw: bytes) -> None:
    good, value = acceptable(raw)
    try:
        read = loads(raw, limit=LIMIT)
    except StrictJsonError:
        assert not good
    else:
        assert good
        assert repr(read) == repr(value)


@given(st.binary(max_size=200))
def test_bytes(raw: bytes) -> None:
    assert_same(raw)


# Written by hand rather than by json.dumps, so that keys repeat and numbers are odd.
_numbers = st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)
_scalars = _numbers | st.sampled_from(
    ["true", "false", "null", "NaN", "Infinity", "-Infinity", '""', "{}", "[]"]
)
_keys = st.sampled_from(['"a"', '"b"', '"\\u0061"', '""', '"\\ud800"'])


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.lists(inner, max_size=4).map(lambda each: "[" + ",".join(each) + "]")
    member = st.tuples(_keys, inner).map(":".join)
    return arrays | st.lists(member, max_size=3).map(lambda each: "{" + ",".join(each) + "}")


@given(st.recursive(_scalars, _containers, max_leaves=25))
def test_odd_json(text: str) -> None:
    assert_same(text.encode())


@given(values)
def test_whatever_can_be_written_is_read_back(value: Any) -> None:
    assert_same(json.dumps(value).encode())
    assert_same(json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@given(st.integers(JSON_DEPTH - 3, JSON_DEPTH + 3), st.sampled_from(["[", '{"a":']), texts)
def test_depth(depth: int, opening: str, leaf: str) -> None:
    closing = "]" if opening == "[" else "}"
    assert_same((opening * depth + json.dumps(leaf) + closing * depth).encode())
