"""The image globs of sigstore's policy-controller.

policy-controller, pkg/apis/glob: ``*`` is any run without a slash, ``**`` any run, the rest stands for
itself, and the whole must match. In a cluster it is compared with ``registry/repository@sha256:…``, since
tags are resolved first and left out; Docker Hub is ``index.docker.io`` there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from verifier.errors import InputError
from verifier.limits import CONVERTED_GLOB
from verifier.model.registry_name import HUB, HUB_ALIASES
from verifier.policy.convert.draft import Images
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
from verifier.policy.convert.registries import Said, collected, hub_names, registry, said
from verifier.policy.patterns import ImagePattern

_LEGAL = re.compile(r"[a-zA-Z0-9_:/*.@-]+")
_CANONICAL_HUB = "index.docker.io"
_SPECIAL = {"*": f"{_CANONICAL_HUB}/library/*", "*/*": f"{_CANONICAL_HUB}/*/*"}
_BELOW_HUB = {"docker.io", "docker.com", "hub.docker.com"}  # where there is no other registry


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
    patterns, refused = collected(one for name in matched for one in _said(name))
    problems = []
    if refused:
        problems.append("no image pattern means exactly the registries that it matches")
    by_chance = [name for name in _names(some) if name not in matched]
    if by_chance:
        both = collected(one for name in by_chance for one in _said(name))
        refused = tuple(dict.fromkeys(text for said in (refused, *both) for text in said))
        problems.append("it depends on characters of the digest whether it matches")
    by_digest_text = {way.name for way in ways if matches_digest(way.end, every=True) and _is_text(way.end)}
    with_tag = _names({way.name for way in ways if ":" in way.end and matches_some_tag(way.end)})
    return Images(
        patterns,
        refused,
        "; ".join(problems),
        tuple(_traps(glob, matched, with_tag, _names(by_digest_text), by_chance=bool(by_chance))),
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


def _said(name: Name) -> Iterator[Said]:
    """Image patterns for the canonical names that ``name`` matches."""
    text, *path = name.parts
    if text == _CANONICAL_HUB:
        yield said(Name((HUB, *path)))
        return
    if text in HUB_ALIASES:
        # Another registry to policy-controller, and the same one to everybody else.
        yield said(Name((HUB, *path)), exact=False)
        return
    host, exactly = registry(text)
    if exactly and _needs_hub(name):
        yield said(Name((HUB, *(["library"] if len(path) == 1 and path != ["**"] else []), *path)))
    if text.removeprefix("*.") not in _BELOW_HUB:
        yield said(Name((host, *path)), exact=exactly)


def _needs_hub(name: Name) -> bool:
    """Whether the registries of a name are Docker Hub's under names that an image pattern does not find.

    registry-1.docker.io/app is written out so, and is docker.io/library/app.
    """
    text, *path = name.parts
    if text in {"*", "**", _CANONICAL_HUB}:
        return text == "*" and len(path) == 1 and path != ["**"]
    hub = hub_names(text)
    return bool(hub) and (HUB not in hub or (len(path) == 1 and path != ["**"]))


def _traps(
    glob: str, matched: list[Name], with_tag: list[Name], by_text: list[Name], *, by_chance: bool
) -> Iterator[str]:
    registries = {name.parts[0] for name in matched} - {_CANONICAL_HUB}
    if any(
        _needs_hub(name) or name.parts[0] in HUB_ALIASES for name in matched if name.parts[0] in registries
    ):
        yield f"it matches names of Docker Hub, which is {HUB} here under all of them"
    if any(one != one.lower() for one in registries):
        yield "capital letters in the name of a registry mean nothing here"
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
    if not matched and not by_chance:
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
