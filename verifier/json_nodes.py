"""Take typed members out of decoded JSON, or say where they are wrong.

``null`` counts as absent: encoders in Go write an unset list or text so, and the in-toto attestation
framework says so (spec/v1/README.md, "Parsing rules").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from verifier.errors import VerifierError
from verifier.strict_json import Json
from verifier.text import safe

P = ParamSpec("P")
T = TypeVar("T")

_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")


class NodeError(Exception):
    """A node is not of the kind that belongs there. ``path`` is a JSON path to it: ``$.builder.id``.

    `raising` makes it the error of the document that it is part of.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.message = message
        self.path = path


def raising(error: Callable[[str, str], VerifierError]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have a function raise ``error(message, path)`` instead of `NodeError`."""

    def decorate(read: Callable[P, T]) -> Callable[P, T]:
        @wraps(read)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return read(*args, **kwargs)
            except NodeError as node:
                raise error(node.message, node.path) from None

        return wrapped

    return decorate


def kind(node: Json) -> str:
    """Name the JSON type of ``node``."""
    return _NAMES.get(type(node), "a number")


def shown(value: str) -> str:
    """Quote text out of a document for a message."""
    return repr(safe(value, limit=100))


def member(at: str, key: str) -> str:
    """Give the path of the member ``key`` (a name that this program knows) of ``at``."""
    return f"{at}.{key}"


def any_member(at: str, key: str) -> str:
    """Give the path of the member ``key`` (whatever the document calls it) of ``at``."""
    return f"{at}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{at}[{shown(key)}]"


def as_object(node: Json, at: str) -> dict[str, Json]:
    """Give ``node`` as an object, or raise `NodeError`."""
    if not isinstance(node, dict):
        raise NodeError(f"{kind(node)} where an object belongs", path=at)
    return node


def as_text(node: Json, at: str) -> str:
    """Give ``node`` as a text that can be written as UTF-8, or raise `NodeError`."""
    if not isinstance(node, str):
        raise NodeError(f"{kind(node)} where a text belongs", path=at)
    try:
        node.encode()
    except UnicodeEncodeError:
        raise NodeError("half of a character (a lone surrogate)", path=at) from None
    return node


def text(node: Mapping[str, Json], key: str, at: str) -> str:
    """Give the text under ``key``, ``""`` where there is none, or raise `NodeError`."""
    value = node.get(key)
    return "" if value is None else as_text(value, member(at, key))


def required_text(node: Mapping[str, Json], key: str, at: str) -> str:
    """Give the text under ``key``, or raise `NodeError` where there is none or an empty one."""
    value = text(node, key, at)
    if not value:
        raise NodeError("missing", path=member(at, key))
    return value


def child(node: Mapping[str, Json], key: str, at: str) -> dict[str, Json]:
    """Give the object under ``key``, an empty one where there is none, or raise `NodeError`."""
    value = node.get(key)
    return {} if value is None else as_object(value, member(at, key))


def required_child(node: Mapping[str, Json], key: str, at: str) -> dict[str, Json]:
    """Give the object under ``key``, or raise `NodeError` where there is none."""
    if node.get(key) is None:
        raise NodeError("missing", path=member(at, key))
    return child(node, key, at)


def items(node: Mapping[str, Json], key: str, at: str) -> list[Json]:
    """Give the list under ``key``, an empty one where there is none, or raise `NodeError`."""
    value = node.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise NodeError(f"{kind(value)} where a list belongs", path=member(at, key))
    return value


def texts(node: Mapping[str, Json], key: str, at: str) -> tuple[str, ...]:
    """Give the list of texts under ``key``, or raise `NodeError`."""
    path = member(at, key)
    return tuple(as_text(value, f"{path}[{number}]") for number, value in enumerate(items(node, key, at)))


def objects(node: Mapping[str, Json], key: str, at: str) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the path and value of each object in the list under ``key``, or raise `NodeError`."""
    path = member(at, key)
    for number, value in enumerate(items(node, key, at)):
        here = f"{path}[{number}]"
        yield here, as_object(value, here)


def time(node: Mapping[str, Json], key: str, at: str) -> datetime | None:
    """Give the RFC 3339 time under ``key``, None where there is none, or raise `NodeError`.

    The first year stands for none: encoders in Go write a time that was never set so.
    """
    value = text(node, key, at)
    if not value:
        return None
    if not _TIME.fullmatch(value):
        raise NodeError(f"not a time such as 2024-01-31T12:00:00Z: {shown(value)}", path=member(at, key))
    if value.startswith("0001-"):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NodeError(f"there is no such time: {shown(value)}", path=member(at, key)) from None
