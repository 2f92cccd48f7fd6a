"""The image globs of sigstore's policy-controller.

policy-controller, pkg/apis/glob: ``*`` is any run without a slash, ``**`` any run, the rest stands for
itself, and the whole must match. In a cluster it is compared with ``registry/repository@sha256:…``, since
tags are resolved first and left out; Docker Hub is ``index.docker.io`` there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verifier.errors import InputError
from verifier.limits import CONVERTED_GLOB
from verifier.model.registry_name import HUB, HUB_ALIASES
from verifier.policy.convert.globs import (
    Name,
    Tokens,
    TooManyError,
    Wild,
    endings,
    matches_digest,
    matches_some_tag,
    names,
    sayable,
    sayable_names,
    without_covered,
)
from verifier.policy.patterns import ImagePattern

_LEGAL = re.compile(r"[a-zA-Z0-9_:/*.@-]+")
_CANONICAL_HUB = "index.docker.io"
_SPECIAL = {"*": f"{_CANONICAL_HUB}/library/*", "*/*": f"{_CANONICAL_HUB}/*/*"}
_HOST_PATTERN = re.compile(r"\*\.[a-z0-9.:-]+|\*\*?")


@dataclass(frozen=True, slots=True)
class Images:
    """What a glob means: ``patterns`` for exactly these images.

    ``refused`` are patterns for at least those images that no pattern means, for the reason ``problem``.
    ``traps`` say where the glob means something else than it seems to.
    """

    patterns: tuple[str, ...]
    refused: tuple[str, ...] = ()
    problem: str = ""
    traps: tuple[str, ...] = ()


def read_glob(glob: str) -> Images:
    """The images that ``glob`` matches in a cluster. Raises `InputError` where it is no glob."""
    if not _LEGAL.fullmatch(glob):
        raise InputError("it has characters that no glob has")
    if len(glob) > CONVERTED_GLOB:
        raise InputError(f"it is longer than {CONVERTED_GLOB} characters")
    tokens = _tokens(_SPECIAL.get(glob, glob))
    try:
        return _images(glob, tokens)
    except TooManyError:
        return Images((), (_around(glob),), "it would take too many image patterns to say the same")


def _tokens(glob: str) -> Tokens:
    pieces = re.findall(r"\*\*|\*|.", glob)
    return tuple({"**": Wild.ACROSS, "*": Wild.WITHIN}.get(piece, piece) for piece in pieces)


def _images(glob: str, tokens: Tokens) -> Images:
    ways = list(endings(tokens))
    every = {way.name for way in ways if matches_digest(way.end, every=True)}
    some = {way.name for way in ways if matches_digest(way.end, every=False)} - every
    matched = _names(every)
    patterns: list[list[str]] = []
    refused: list[list[str]] = []
    problems = []
    for name in matched:
        for said, exactly in _said(name):
            (patterns if exactly else refused).append(said)
            if not exactly:
                problems.append(f"no image pattern means exactly the registries of {name}")
    by_chance = [name for name in _names(some) if name not in matched]
    if by_chance:
        refused += [said for name in by_chance for said, _ in _said(name)]
        problems.append("it depends on characters of the digest whether it matches")
    by_digest_text = {way.name for way in ways if matches_digest(way.end, every=True) and _is_text(way.end)}
    with_tag = _names({way.name for way in ways if ":" in way.end and matches_some_tag(way.end)})
    return Images(
        tuple(dict.fromkeys(text for said in patterns for text in said)),
        tuple(dict.fromkeys(text for said in refused for text in said)),
        "; ".join(dict.fromkeys(problems)),
        tuple(_traps(glob, matched, with_tag, _names(by_digest_text))),
    )


def _is_text(end: Tokens) -> bool:
    """Whether letters of the glob meet the digest, without an @ that says that they are meant to."""
    return "@" not in end and any(isinstance(token, str) for token in end)


def _around(glob: str) -> str:
    """An image pattern for at least the images of ``glob``: all below what it says without a wildcard."""
    folder, slash, _ = glob.partition("*")[0].rpartition("/")
    pattern = f"{folder.replace(_CANONICAL_HUB, HUB)}/**" if slash else "**"
    try:
        ImagePattern.parse(pattern)
    except InputError:
        return "**"
    return pattern


def _names(prefixes: Iterable[Tokens]) -> list[Name]:
    """The names that can be canonical ones."""
    found = [name for prefix in sorted(prefixes, key=str) for name in names(prefix) if _is_canonical(name)]
    return without_covered(found)


def _is_canonical(name: Name) -> bool:
    registry, *path = name.parts
    if registry == "**":
        return True
    if registry == _CANONICAL_HUB:
        # index.docker.io/nginx is written out as index.docker.io/library/nginx.
        return len(path) > 1 or path == ["**"]
    if registry == HUB or not path:
        return False
    return any(mark in registry for mark in "*.:") or registry == "localhost"


def _said(name: Name) -> Iterator[tuple[list[str], bool]]:
    """Image patterns for ``name``, and whether they mean exactly that."""
    registry, *path = name.parts
    if registry == _CANONICAL_HUB:
        yield _checked(Name((HUB, *path)))
    elif ":" in registry and "*" in registry:
        return  # a registry on any port, which is what nginx:* says and nobody means
    elif ("*" in registry and not _HOST_PATTERN.fullmatch(registry)) or registry != registry.lower():
        yield _checked(Name(("*", *path)))[0], False
    elif registry in HUB_ALIASES:
        yield _checked(Name((HUB, *path)))[0], False
    else:
        suffix = registry.removeprefix("*")
        if registry.startswith("*.") and _CANONICAL_HUB.endswith(suffix) and not HUB.endswith(suffix):
            yield _checked(Name((HUB, *path)))  # there is nothing else below docker.io
        else:
            yield _checked(name)


def _checked(name: Name) -> tuple[list[str], bool]:
    said = sayable_names(name)
    try:
        for text in said:
            ImagePattern.parse(text)
    except InputError:
        return ["**"], False
    return said, True


def _traps(glob: str, matched: list[Name], with_tag: list[Name], by_text: list[Name]) -> Iterator[str]:
    if glob in _SPECIAL:
        yield f"{glob} is not every image: policy-controller reads it as {_SPECIAL[glob]}"
    siblings = [part for name in matched for part in name.parts[1:] if len(sayable(part)) > 1]
    for part in dict.fromkeys(siblings):
        stem = part.rstrip("*")
        yield f"{part} also matches siblings of {stem}, such as {stem}-evil or {stem}x"
    if matched and any(name not in matched for name in with_tag):
        yield "what it says of tags has no effect: a cluster compares it with name@sha256:…, without a tag"
    if any(name in matched for name in by_text):
        yield "a part of it matches the text @sha256: before the digest, so that it matches more names"
    if not matched:
        yield (
            "it matches no image in a cluster, where it is compared with name@sha256:… as policy-controller"
            f" writes names out (Docker Hub is {_CANONICAL_HUB}/library/…); it was left out"
        )


def meant_by(glob: str) -> tuple[str, ...]:
    """Image patterns for what the author of a glob that matches nothing probably meant."""
    text = _SPECIAL.get(glob, glob).partition("@")[0]
    head, slash, last = text.rpartition("/")
    text = head + slash + last.partition(":")[0]
    if not slash:
        text = f"{HUB}/library/{last.partition(':')[0]}"
    try:
        said = [one for name in names(_tokens(text)) for one in sayable_names(name)]
        for one in said:
            ImagePattern.parse(one)
    except (InputError, TooManyError):
        return ("**",)
    return tuple(dict.fromkeys(said)) or ("**",)
