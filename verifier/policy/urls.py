"""Prefixes of URLs that end where a part of the path ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from verifier.errors import InputError
from verifier.limits import LOCATOR_LENGTH
from verifier.text import safe

# What RFC 3986 has in URLs. urlsplit drops tabs and line ends, and browsers read a backslash as a slash.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
# Some servers end a part at a semicolon, or at what is no part of a name.
_DOTS = re.compile(r"\.{1,2}(?:[;\x00-\x20].*)?", re.DOTALL)
_ENCODINGS = 5
_END = re.compile(r"/|\Z")
_END_OF_REPOSITORY = re.compile(r"/|\Z|@[^/@]*\Z")
_PORTS = {"http": 80, "https": 443, "ftp": 21, "ssh": 22, "git": 9418}


class _Location(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str


@dataclass(frozen=True, slots=True)
class UrlPrefix:
    """The URLs of a scheme, host and port whose path begins with some whole parts.

    ``https://example.com/org`` is a prefix of ``https://example.com/org/app`` and of itself, and not of
    ``https://example.com/org-evil`` or ``https://example.com.evil/org``.
    """

    text: str
    location: _Location

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a prefix, or raise `InputError`."""
        hint = "write scheme, host and the first parts of the path: https://github.com/org/"
        if any(mark in text for mark in "*?#"):
            raise InputError(f"{safe(text, limit=100)!r} is no prefix of URLs", hint=hint)
        try:
            location = _read(text)
        except ValueError as error:
            raise InputError(f"{safe(text, limit=100)!r} is no prefix of URLs: {error}", hint=hint) from None
        return cls(text, location._replace(path=location.path.rstrip("/")))

    def __str__(self) -> str:
        return safe(self.text, limit=200)


def is_below(text: str, prefixes: tuple[UrlPrefix, ...]) -> bool:
    """Whether the URL ``text`` begins with one of ``prefixes``. Raises `ValueError` where it is no such URL.

    Version control locations of SPDX (``git+https://host/path@revision``) end their path before the ``@``.
    """
    location = _read(text)
    end = _END_OF_REPOSITORY if "+" in location.scheme else _END
    return any(
        location[:3] == prefix.location[:3]
        and location.path.startswith(prefix.location.path)
        and end.match(location.path, len(prefix.location.path))
        for prefix in prefixes
    )


def _decoded(path: str) -> str:
    """``path`` as the last of several servers sees it, each of which takes one percent-encoding off."""
    for _ in range(_ENCODINGS):
        plain = unquote(path)
        if plain == path:
            return plain
        path = plain
    raise ValueError("it is percent-encoded over and over")


def _read(text: str) -> _Location:
    if len(text) > LOCATOR_LENGTH or not _CHARACTERS.fullmatch(text):
        raise ValueError("it has characters that no URL has")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("its host or port is none") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if not _SCHEME.fullmatch(scheme) or not parts.netloc:
        raise ValueError("it does not begin with a scheme and a host")
    if "@" in parts.netloc:
        raise ValueError("it has a user name before its host")
    if not _HOST.fullmatch(f"[{host}]" if ":" in host else host):
        raise ValueError("its host or port is none")
    if any(map(_DOTS.fullmatch, re.split(r"[/\\]", _decoded(parts.path)))):
        raise ValueError("its path has dots for a part")
    usual = _PORTS.get(scheme.rpartition("+")[2])
    return _Location(scheme, host, usual if port is None else port, parts.path)
