"""Take typed members out of decoded JSON, or say where they are wrong.

``null`` counts as absent: encoders in Go write an unset list or text so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.errors import SbomError
from verifier.strict_json import Json
from verifier.text import safe

_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}


def kind(node: Json) -> str:
    """Name the JSON type of ``node``."""
    return _NAMES.get(type(node), "a number")


def as_object(node: Json, at: str) -> dict[str, Json]:
    """Give ``node`` as an object, or raise `SbomError`."""
    if not isinstance(node, dict):
        raise SbomError(f"{kind(node)} where an object belongs", path=at)
    return node


def as_text(node: Json, at: str) -> str:
    """Give ``node`` as a text that can be written as UTF-8, or raise `SbomError`."""
    if not isinstance(node, str):
        raise SbomError(f"{kind(node)} where a text belongs", path=at)
    try:
        node.encode()
    except UnicodeEncodeError:
        raise SbomError("half of a character (a lone surrogate)", path=at) from None
    return node


def text(node: Mapping[str, Json], key: str, at: str) -> str:
    """Give the text under ``key``, ``""`` where there is none, or raise `SbomError`."""
    value = node.get(key)
    return "" if value is None else as_text(value, member(at, key))


def required_text(node: Mapping[str, Json], key: str, at: str) -> str:
    """Give the text under ``key``, or raise `SbomError` where there is none or an empty one."""
    value = text(node, key, at)
    if not value:
        raise SbomError("missing", path=member(at, key))
    return value


def items(node: Mapping[str, Json], key: str, at: str) -> list[Json]:
    """Give the list under ``key``, an empty one where there is none, or raise `SbomError`."""
    value = node.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise SbomError(f"{kind(value)} where a list belongs", path=member(at, key))
    return value


def texts(node: Mapping[str, Json], key: str, at: str) -> tuple[str, ...]:
    """Give the list of texts under ``key``, or raise `SbomError`."""
    path = member(at, key)
    return tuple(as_text(value, f"{path}[{number}]") for number, value in enumerate(items(node, key, at)))


def objects(node: Mapping[str, Json], key: str, at: str) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the path and value of each object in the list under ``key``, or raise `SbomError`."""
    path = member(at, key)
    for number, value in enumerate(items(node, key, at)):
        here = f"{path}[{number}]"
        yield here, as_object(value, here)


def member(at: str, key: str) -> str:
    """Give the path of the member ``key`` (a name that this program knows) of ``at``."""
    return f"{at}.{key}"


def shown(value: str) -> str:
    """Quote text out of a document for a message."""
    return repr(safe(value, limit=100))
