"""The registries that a text with stars matches, as image patterns name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.errors import InputError
from verifier.model.registry_name import HUB, HUB_ALIASES
from verifier.policy.convert.globs import Name, sayable_names
from verifier.policy.patterns import ImagePattern, match_part

# What an image pattern can say of a registry: a domain, all below one, any port, one port of any registry.
_EXACT = re.compile(r"(?:\*\.)?[a-z0-9.-]+(?::\*|:[0-9]+)?|\*:(?!443\Z)[0-9]+|\[[0-9a-f:]+\](?::\*|:[0-9]+)?")
_BEFORE = re.compile(r"\*((?:[a-z0-9-]+\.)+[a-z0-9-]+(?::[0-9]+)?)")
_BEHIND = re.compile(r"((?:[a-z0-9-]+\.)+[a-z0-9-]+|localhost)\*")
TAG_LENGTH = 128
_ANY_PORT = re.compile(r"((?:\*\.)?[a-z0-9.-]+|\[[0-9a-f:]+\]):[0-9*]*\*[0-9*]*")


@dataclass(frozen=True, slots=True)
class Said:
    """``texts`` are image patterns; where they are not ``exact``, they stand for more than was meant."""

    texts: tuple[str, ...]
    exact: bool


def registry(text: str) -> tuple[str, bool]:
    """The registry of an image pattern for all that ``text`` matches, and whether it is for these alone.

    ``*`` in ``text`` is any run without a slash, and ``**``, alone, may be more than the registry.
    """
    text = text.lower()
    if text in {"*", "**"} or _EXACT.fullmatch(text):
        return text, True
    if found := _ANY_PORT.fullmatch(text):
        return f"{found[1]}:*", False
    return "*", False


def likely(text: str) -> tuple[str, ...]:
    """The registries that the author of ``text`` probably has in mind, among all that it matches."""
    text = text.lower()
    if (found := _BEFORE.fullmatch(text)) is not None:
        return found[1], f"*.{found[1]}"
    return (f"{found[1]}:*",) if (found := _BEHIND.fullmatch(text)) is not None else ()


def hub_names(text: str) -> tuple[str, ...]:
    """Those of Docker Hub's names that ``text`` matches."""
    return tuple(name for name in sorted({HUB, *HUB_ALIASES}) if match_part(text.lower(), name))


def said(name: Name, tag: str = "", *, exact: bool = True) -> Said:
    """Image patterns for ``name``, with the pattern ``tag`` for tags where they are exact.

    For every image where none can be written. Raises `TooManyError`.
    """
    texts = sayable_names(name)
    # What is refused is refused whatever its tag, and so is the tag that no pattern has room for.
    if tag and exact and len(tag) <= TAG_LENGTH:
        texts = [f"{text}:{tag}" for text in texts]
    try:
        for text in texts:
            ImagePattern.parse(text)
    except InputError:
        return Said(("**",), exact=False)
    return Said(tuple(texts), exact)


def collected(found: Iterator[Said]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns that are exact, and those that stand for more."""
    exactly: dict[str, None] = {}
    more: dict[str, None] = {}
    for one in found:
        (exactly if one.exact else more).update(dict.fromkeys(one.texts))
    every = next((text for text in ("**", "*/**") if text in more), None)
    # Every name has a registry, so that the second is every image too.
    return tuple(exactly), ("**",) if every else tuple(more)
