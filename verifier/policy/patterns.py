"""Patterns for images: registry, repository and tag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from verifier.errors import InputError
from verifier.model.registry_name import HTTPS_PORT, HUB, HUB_ALIASES, registry_name, split_port
from verifier.text import safe

_PART = re.compile(r"[a-z0-9_.*-]+")
_TAG = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*-]{0,127}")
_ALONE = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?")
# A tag that is a port: four or five digits that are no year, or one of the web's. Official images that go by
# numbers go by versions (postgres:16), years (amazonlinux:2023) or days (debian:20260101).
_PORT = re.compile(r"(?!(?:19|20)[0-9]{2}\Z)[1-9][0-9]{3,4}|80|443")
ANY_PORT = ":*"
_LAYOUTS = ("oci:", "oci-archive:")


@dataclass(frozen=True, slots=True)
class ImagePattern:
    """Registry and repository of the images that a policy is about, and the tag that was typed.

    ``*`` stands for text within one part of the path, ``**`` for one part or more. The whole name must match.
    A registry may end with ``:*``, which is any port, the default one too.
    ``tag`` is a pattern too, or None for any.
    """

    text: str
    parts: tuple[str, ...]
    tag: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern, or raise `InputError`.

        Docker Hub's short names and aliases mean what they mean in a reference: ``nginx`` is
        ``docker.io/library/nginx``. ``**`` alone is every image.
        """
        if "@" in text:
            raise InputError(
                f"the image pattern {safe(text, limit=100)!r} has a digest",
                hint="a policy is about repositories, and at most about tags; leave the digest out",
            )
        if text.startswith(_LAYOUTS):
            raise _no_pattern(text)
        parts = text.split("/")
        if len(parts) == 1:
            _require_no_host(text)
        parts[-1], colon, tag = parts[-1].partition(":")
        if not all(parts) or (colon and not _TAG.fullmatch(tag)):
            raise _no_pattern(text)
        if parts in (["*"], ["**"]):
            # With a tag both are every image of that tag: of no registry, and so of every one.
            return cls(text, ("**",), tag if colon else None)
        host, *path = _canonical(parts, text)
        for part in path:
            _check_part(part, text)
        return cls(text, (host, *path), tag if colon else None)

    def matches(self, name: str, tag: str | None = None) -> bool:
        """Whether ``name`` (``docker.io/library/nginx``), typed with ``tag``, is one of the images.

        A tag can be moved, and need not be typed at all: only another one that was typed is no match.
        """
        if self.tag is not None and tag is not None and not match_part(self.tag, tag):
            return False
        host, *path = name.split("/")
        if self.parts[0].endswith(ANY_PORT) and (":" not in host or host.endswith("]")):
            host = f"{host}:{HTTPS_PORT}"  # which the name leaves out
        return match_parts(self.parts, (host, *path))


def _no_pattern(text: str) -> InputError:
    hint = (
        "write registry/path/name in lower case; * is text within one part, ** any number of parts, and"
        " a registry may start with *."
    )
    if "://" in text:
        hint = f"leave {safe(text.partition('://')[0], limit=20)}:// out"
    elif text.startswith(_LAYOUTS):
        hint = "a layout has no name to compare: every policy that is given applies to it"
    elif "/." in text:
        hint = "a pattern is no regular expression: * is text within one part, ** is all that is below"
    return InputError(f"not an image pattern: {safe(text, limit=100)!r}", hint=hint)


def _require_no_host(text: str) -> None:
    """Raise `InputError` for a pattern of one part that could be meant as a registry, or as every image."""
    if text == "*":
        raise InputError(
            "the image pattern '*' could mean two things",
            hint=f"** is every image, {HUB}/library/* is Docker's official ones",
        )
    found = _ALONE.fullmatch(text)
    name, tag = (text, "") if found is None else (found[1], found[2] or "")
    if any(mark in name for mark in ".[") or name.lower() == "localhost" or _PORT.fullmatch(tag):
        shown = safe(text, limit=100)
        host, end = (text, "") if tag == "*" or tag.isdigit() or not tag else (name, f":{tag}")
        raise InputError(
            f"the image pattern {shown!r} could mean two things",
            hint=f"{safe(host.lower(), limit=100)}/**{safe(end, limit=100)} is every image of a registry,"
            f" {HUB}/library/{shown.lower()} is one on Docker Hub",
        )


def _canonical(parts: list[str], text: str) -> list[str]:
    """The registry and the parts of the path, by the rules of references."""
    first = parts[0]
    if len(parts) == 1:
        return [HUB, "library", first]
    if first in {"*", "**"}:
        return parts
    if first != "localhost" and not any(mark in first for mark in ".:["):
        if "*" in first:
            raise InputError(
                f"the image pattern {safe(text, limit=100)!r} does not say which registry it means",
                hint=f"for Docker Hub write {HUB}/{safe(text, limit=100)}",
            )
        return [HUB, *parts]
    host = _registry(first, text)
    # docker.io/nginx is docker.io/library/nginx; docker.io/** is all of Docker Hub.
    official = host == HUB and len(parts) == 2 and parts[1] != "**"
    return [host, *(["library"] if official else []), *parts[1:]]


def _registry(host: str, text: str) -> str:
    """The registry in its one spelling.

    It may start with ``*.``, for every registry below a domain, and end with ``:*``, for any port of it.
    With a port ``*`` is every registry on that port.
    """
    below = "*." if host.startswith("*.") else ""
    end = ANY_PORT if host.endswith(ANY_PORT) else ""
    try:
        if "*" not in host:
            return registry_name(host)
        name = host.removesuffix(end).removeprefix(below)
        domain, port = split_port(f"localhost{name[1:]}" if name.startswith("*:") else name)
    except InputError:
        raise _no_pattern(text) from None
    if name.startswith("*:") and not (below or end) and port != str(HTTPS_PORT):
        return f"*:{port}"
    if name.startswith("*") or (below and domain.startswith("[")) or (end and port):
        raise _no_pattern(text)
    _require_not_hub(domain, text, below=bool(below))
    end = end or (f":{port}" if port not in {"", str(HTTPS_PORT)} else "")
    return f"{below}{domain}{end}"


def _require_not_hub(domain: str, text: str, *, below: bool) -> None:
    """Docker Hub has one name and no port, so that such a pattern would mean less than it seems to."""
    if any(
        name == domain or (below and "docker" in domain and name.endswith(f".{domain}"))
        for name in (HUB, *HUB_ALIASES)
    ):
        raise InputError(
            f"the image pattern {safe(text, limit=100)!r} covers names of Docker Hub, which is {HUB}",
            hint=f"write {HUB}/…",
        )


def _check_part(part: str, text: str) -> None:
    if part == "**":
        return
    if "**" in part or not _PART.fullmatch(part) or part[0] in "._-":
        raise _no_pattern(text)
    stem = part.rstrip("*")
    if stem and stem != part and stem[-1] not in "-_.":
        raise InputError(
            f"the image pattern {safe(text, limit=100)!r} also admits the siblings of {safe(stem)!r}",
            hint=f"write {safe(stem)} for itself, {safe(stem)}-* for names that go on after a dash",
        )


def match_parts(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Match part by part; states are positions in the pattern, so the time is their product at most."""
    reached = {0}
    for part in name:
        following: set[int] = set()
        for position in reached:
            if position == len(pattern):
                continue
            if pattern[position] == "**":
                following |= {position, position + 1}
            elif match_part(pattern[position], part):
                following.add(position + 1)
        reached = following
    return len(pattern) in reached


def match_part(pattern: str, text: str) -> bool:
    """Match one part with ``*`` in it: the literal pieces in order, each at its first place."""
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return pattern == text
    if len(text) < len(pieces[0]) + len(pieces[-1]) or not text.startswith(pieces[0]):
        return False
    position, end = len(pieces[0]), len(text) - len(pieces[-1])
    for piece in pieces[1:-1]:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return text.endswith(pieces[-1])
