"""One strict JSON reader for everything that is not ours.

The standard library accepts duplicate keys, ``NaN``, huge numbers and UTF-16.
Two parsers that disagree on such a document see two documents, and a signature
covers only one of them, so this reader refuses them all (RFC 8259, section 4
and 9; I-JSON, RFC 7493, section 2).

A tree takes up to fifty times the bytes that it is read from, so values are counted in the bytes before any
tree is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import TypeAlias

from verifier.limits import JSON_DEPTH, JSON_INTEGER, JSON_VALUES, KIB

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class StrictJsonError(ValueError):
    """The bytes are not the JSON that is accepted here."""


class NotJsonError(StrictJsonError):
    """The bytes are not JSON at all."""


class JsonLimitError(StrictJsonError):
    """There is more of it than is read: nothing is known of what it says."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise StrictJsonError(f"duplicate key {key!r}")
            seen.add(key)
    return value


def _integer(text: str) -> int:
    # Nineteen digits and a sign: decided before int() meets a hostile length.
    value = int(text) if len(text) <= 20 else None
    if value is None or abs(value) > JSON_INTEGER:
        raise StrictJsonError("integer outside the 64-bit range")
    return value


def _float(text: str) -> float:
    value = float(text) if len(text) <= 64 else float("inf")
    if value in {float("inf"), float("-inf")}:
        raise StrictJsonError("number outside the range of a double")
    return value


def _constant(text: str) -> float:
    raise StrictJsonError(f"{text} is not JSON")


def _check_depth(value: Json) -> None:
    # Level by level, so without recursion; exact types, since the decoder makes no others, and because this
    # is a fifth of the time that a large SBOM takes.
    level: list[Json] = [value]
    for _ in range(JSON_DEPTH + 1):
        objects = [node for node in level if type(node) is dict]
        arrays = [node for node in level if type(node) is list]
        if not objects and not arrays:
            return
        members = chain.from_iterable(map(dict.values, objects))
        level = [node for node in chain(members, chain.from_iterable(arrays)) if type(node) is not str]
    raise StrictJsonError(f"nested deeper than {JSON_DEPTH} levels")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


_CHUNK = 64 * KIB  # looked at together; small, since each string in it becomes an object for a moment


def count_values(raw: bytes, *, most: int) -> int:
    """How many values, and objects and arrays around them, ``raw`` would make; exact where above ``most``.

    Each value but the first stands behind a comma or a bracket. Where fewer than ``most`` of these bytes
    occur, those in strings are counted along, which spares a closer look.
    """
    count = _marks(raw)
    return count if count <= most else sum(map(_marks, _outside_strings(raw)))


def _marks(raw: bytes) -> int:
    return raw.count(b",") + raw.count(b"{") + raw.count(b"[")


def _outside_strings(raw: bytes) -> Iterator[bytes]:
    """What stands outside of strings, piece by piece: quotes that are escaped end no string."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    inside = 0
    for start in range(0, len(raw), _CHUNK):
        parts = raw[start : start + _CHUNK].split(b'"')
        yield b"".join(parts[inside::2])
        inside = (inside + len(parts) - 1) % 2


def loads(raw: bytes, *, limit: int, values: int = JSON_VALUES) -> Json:
    """Decode one JSON value from ``raw``, or raise `StrictJsonError`.

    UTF-8 without byte order mark, at most ``limit`` bytes and ``values`` (see `count_values`), no duplicate
    keys, no ``NaN`` or infinities, integers within 64 bits, at most `JSON_DEPTH` levels.
    Lone surrogates in strings are kept: they are refused where text is used.
    """
    if len(raw) > limit:
        raise JsonLimitError(f"larger than {limit} bytes")
    if count_values(raw, most=values) > values:
        raise JsonLimitError(f"more than {values} values")
    try:
        value: Json = _DECODER.decode(raw.decode("utf-8"))
    except StrictJsonError:
        raise
    except RecursionError:
        raise StrictJsonError(f"nested deeper than {JSON_DEPTH} levels") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError both are
        raise NotJsonError(f"not JSON: {error}") from None
    _check_depth(value)
    return value


def loads_object(raw: bytes, *, limit: int, values: int = JSON_VALUES) -> dict[str, Json]:
    """Decode one JSON object; otherwise as `loads`."""
    value = loads(raw, limit=limit, values=values)
    if not isinstance(value, dict):
        raise StrictJsonError("not a JSON object")
    return value
