"""The image patterns of Kyverno.

``verifyImages`` compares ``registry/path:tag``, or ``registry/path@digest``, with wildcards: ``*`` is any
run, slashes included, ``?`` one character. `ImageValidatingPolicy` compares the text in the manifest with
globs of github.com/gobwas/glob without separators: in addition ``{a,b}``, ``[abc]`` and ``\\``. What does not
match is admitted unverified, so an image pattern that stands for more is the stricter one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verifier.errors import InputError
from verifier.limits import CONVERTED_ALTERNATIVES, CONVERTED_GLOB
from verifier.model.registry_name import HUB, HUB_ALIASES
from verifier.policy.convert.cip_images import Images
from verifier.policy.convert.globs import (
    Ending,
    Name,
    Token,
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

_HOST_PATTERN = re.compile(r"\*\.[a-z0-9.:-]+|\*\*?")


def read_wildcard(pattern: str) -> Images:
    """The images that a pattern of ``verifyImages`` is about, and perhaps more."""
    return _images(tuple({"*": Wild.ACROSS, "?": Wild.ONE}.get(piece, piece) for piece in pattern))


def read_glob(glob: str) -> Images:
    """The images that a glob of an `ImageValidatingPolicy` is about, and perhaps more."""
    try:
        found = [_images(tokens) for tokens in _alternatives(glob)]
    except InputError as error:
        return Images(("**",), traps=(f"{error.message}; it was read as every image, which is stricter",))
    return Images(
        tuple(dict.fromkeys(pattern for images in found for pattern in images.patterns)),
        traps=tuple(dict.fromkeys(trap for images in found for trap in images.traps)),
    )


def read_prefix(prefix: str) -> Images:
    """The images whose text starts with ``prefix``, and perhaps more."""
    return _images((*prefix, Wild.ACROSS))


def _alternatives(glob: str) -> list[Tokens]:
    """The glob without its braces. Raises `InputError` for what is not understood."""
    found: list[list[Token]] = [[]]
    position = 0
    while position < len(glob):
        character = glob[position]
        position += 1
        options: list[Tokens]
        match character:
            case "*":
                options = [(Wild.ACROSS,)]
            case "?":
                options = [(Wild.ONE,)]
            case "\\" if position < len(glob):
                options = [(glob[position],)]
                position += 1
            case "{":
                inside, closed, _ = glob[position:].partition("}")
                if not closed or any(mark in inside for mark in "{[\\"):
                    raise InputError("braces within braces are not understood")
                options = [tokens for word in inside.split(",") for tokens in _alternatives(word)]
                position += len(inside) + 1
            case "[" | "]" | "}" | "\\":
                raise InputError("classes of characters are not understood")
            case _:
                options = [(character,)]
        found = [[*head, *tail] for head in found for tail in options]
        if len(found) > CONVERTED_ALTERNATIVES:
            raise InputError("it has too many alternatives")
    return [tuple(tokens) for tokens in found]


def _images(tokens: Tokens) -> Images:
    try:
        return _read(tokens)
    except TooManyError:
        trap = "it would take too many image patterns to say the same; it was read as every image"
        return Images(("**",), traps=(trap,))


def _read(tokens: Tokens) -> Images:
    if len(tokens) > CONVERTED_GLOB:
        raise TooManyError
    ways = list(endings(tokens))
    untagged = [name for way in ways if all(map(_is_run, way.end)) for name in _names(way.name)]
    by_tag = [
        (name, _tag(way.end))
        for way in ways
        if ":" in way.end and matches_some_tag(way.end)
        for name in _names(way.name)
    ]
    by_digest = [
        name
        for way in ways
        if "@" in way.end and matches_digest(way.end, every=False)
        for name in _names(way.name)
    ]
    found = [*((name, "") for name in [*untagged, *by_digest]), *by_tag] or list(_crossing(ways))
    any_tag = without_covered([full for name, tag in found if not tag for full in _with_registry(name)])
    said = dict.fromkeys(text for full in any_tag for text in _sayable(full))
    for name, tag in found:
        for full in _with_registry(name) if tag else ():
            said.update(dict.fromkeys(f"{text}:{tag}" for text in _sayable(full) if text not in said))
    traps = list(_traps(tokens, [name for name, _ in found], tuple(said)))
    if untagged and any(_is_text(way.end) for way in ways):
        traps.append(
            "text of it may also be found in a tag or digest; what it matches only there was left out"
        )
    return Images(tuple(said), traps=tuple(traps))


def _is_text(end: Tokens) -> bool:
    """Whether letters of a pattern can meet a tag or the digest, without a mark that they are meant to."""
    if ":" in end or "@" in end or all(map(_is_run, end)):
        return False
    return matches_some_tag(end) or matches_digest(end, every=False)


def _crossing(ways: Sequence[Ending]) -> Iterator[tuple[Name, str]]:
    """Names and tags where a run leads from the one into the other: ``org/*-v1``."""
    for way in ways:
        if matches_some_tag(way.end):
            yield from ((name, _tag(way.end)) for name in _names(way.name))


def _is_run(token: Token) -> bool:
    return token is Wild.ACROSS


def _names(prefix: Tokens) -> tuple[Name, ...]:
    return names(tuple(Wild.WITHIN if token is Wild.ONE else token for token in prefix))


def _tag(end: Tokens) -> str:
    """The pattern for tags in the end of a pattern; ``""`` for any tag."""
    rest = end[end.index(":") + 1 :] if ":" in end else end
    text = "".join("*" if isinstance(token, Wild) else token for token in rest)
    while "**" in text:
        text = text.replace("**", "*")
    return "" if text == "*" else text


def _with_registry(name: Name) -> Iterator[Name]:
    registry, *path = name.parts
    if registry == "**":
        yield name
    elif ":" in registry and "*" in registry:
        return  # a registry on any port, which is what nginx:* says and nobody means
    elif not path:
        yield from [Name((HUB, "library", registry))] if ":" not in registry else []
    elif registry == HUB or registry in HUB_ALIASES:
        yield Name((HUB, *(["library"] if len(path) == 1 and path != ["**"] else []), *path))
    elif _HOST_PATTERN.fullmatch(registry):
        yield name
    elif "*" in registry:
        domain = registry.lstrip("*")
        if "." in domain and "*" not in domain:
            yield from (Name((domain, *path)), Name((f"*.{domain}", *path)))
    elif _is_hub(registry):
        yield Name((HUB, *name.parts))
    else:
        yield Name((registry.lower(), *path))


def _sayable(name: Name) -> Sequence[str]:
    said = sayable_names(name)
    try:
        for text in said:
            ImagePattern.parse(text)
    except InputError:
        return ["**"]
    return said


def _traps(tokens: Tokens, found: Sequence[Name], patterns: Sequence[str]) -> Iterator[str]:
    if not patterns:
        yield "it matches no image; it was left out"
        return
    siblings = [part for name in found for part in name.parts[1:] if len(sayable(part)) > 1]
    for part in dict.fromkeys(siblings):
        stem = part.rstrip("*")
        yield f"{part} also matches siblings of {stem}, such as {stem}-evil, and whatever lies below"
    if not tokens or not _is_run(tokens[-1]) or ":" in _after_path(tokens):
        yield (
            "Kyverno compares it with the text of a reference: it admits, without a look, an image that is"
            " given in another way (by digest, by tag, or without either); here every reference to it is"
            " judged, unless another tag was typed"
        )
    if Wild.ONE in tokens:
        yield "? is one character, and was widened to *, which is stricter"
    registries = [name.parts[0] for name in found if ":" not in name.parts[0]]
    if any(_is_hub(registry) for registry in registries):
        yield (
            "Kyverno compares text: of the spellings of an image on Docker Hub (nginx, docker.io/nginx,"
            " docker.io/library/nginx, index.docker.io/library/nginx) it matches some and admits the others;"
            " here they are one image, and it is judged"
        )
    if any("*" in registry and not _HOST_PATTERN.fullmatch(registry) for registry in registries):
        yield "it also matches text within the name of a registry, which was left out"


def _after_path(tokens: Tokens) -> Tokens:
    """What stands after the last slash."""
    return _after_path(tokens[tokens.index("/") + 1 :]) if "/" in tokens else tokens


def _is_hub(registry: str) -> bool:
    """Whether Docker Hub is meant, by one of its names or by none."""
    if registry == HUB or registry in HUB_ALIASES:
        return True
    return registry != "localhost" and not any(mark in registry for mark in "*.:")
