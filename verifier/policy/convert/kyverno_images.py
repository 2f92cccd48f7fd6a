"""The image patterns of Kyverno.

``verifyImages`` compares ``registry/path:tag``, or ``registry/path@digest``, with wildcards: ``*`` is any
run, slashes included, ``?`` one character. `ImageValidatingPolicy` compares the text in the manifest with
globs of github.com/gobwas/glob without separators: in addition ``{a,b}``, ``[abc]`` and ``\\``. What does not
match is admitted unverified, so an image pattern that stands for more is the stricter one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from verifier.errors import InputError
from verifier.limits import CONVERTED_ALTERNATIVES, CONVERTED_GLOB
from verifier.model.registry_name import HUB
from verifier.policy.convert.draft import Images
from verifier.policy.convert.globs import (
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
    without_covered,
)
from verifier.policy.convert.registries import Said, collected, hub_names, likely, registry, said

_NOT_EXACT = "no image pattern means exactly the registries that it matches"


class _Meant(NamedTuple):
    """Names as a text says them, and the pattern for tags, ``""`` for any."""

    name: Name
    tag: str


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
        tuple(dict.fromkeys(pattern for images in found for pattern in images.refused)),
        next((images.problem for images in found if images.problem), ""),
        tuple(dict.fromkeys(trap for images in found for trap in images.traps)),
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
    meant = list(dict.fromkeys(one for way in _without_marks(tokens) for one in _meant(way)))
    any_tag = without_covered([one.name for one in meant if not one.tag])
    found = [one for name in any_tag for one in _said(name, "")]
    for one in meant:
        if one.tag and not _is_covered(one.name, any_tag):
            found += _said(one.name, one.tag)
    patterns, refused = collected(iter(found))
    return Images(
        _without_tagged(patterns),
        refused,
        _NOT_EXACT if refused else "",
        tuple(_traps(tokens, [one.name for one in meant], (*patterns, *refused))),
    )


def _without_marks(tokens: Tokens) -> Iterator[Tokens]:
    """Each way to read the question marks: as a mark that parts a reference, or as anything else."""
    count = tokens.count(Wild.ONE)
    marks: tuple[Token, ...] = (Wild.ONE, "/", ":", "@")
    if len(marks) ** count > CONVERTED_ALTERNATIVES:
        raise TooManyError
    for chosen in product(marks, repeat=count):
        left = iter(chosen)
        yield tuple(next(left) if token is Wild.ONE else token for token in tokens)


def _meant(tokens: Tokens) -> Iterator[_Meant]:
    for way in endings(tokens):
        if all(map(_is_run, way.end)) or _matches_digest(way.end):
            yield from (_Meant(name, "") for name in _names(way.name))
        elif matches_some_tag(way.end):
            # Such a pattern is about every image that is named by digest, too.
            yield from (_Meant(name, _tag(way.end)) for name in _names(way.name))


def _matches_digest(end: Tokens) -> bool:
    """Whether ``end`` says ``@``, and matches a digest, with a tag before it or without."""
    if "@" not in end:
        return not matches_some_tag(end) and matches_digest(end, every=False)
    at = end.index("@")
    before = end[:at]
    return matches_digest(end[at:], every=False) and (all(map(_is_run, before)) or matches_some_tag(before))


def _is_covered(name: Name, wider: Sequence[Name]) -> bool:
    return name in wider or name not in without_covered([*wider, name])


def _without_tagged(patterns: Sequence[str]) -> tuple[str, ...]:
    """Without patterns for a tag of what another is about whatever its tag."""
    plain = set(patterns)
    return tuple(
        text
        for text in patterns
        if ":" not in text.rpartition("/")[2] or text.rpartition(":")[0] not in plain
    )


def _said(name: Name, tag: str) -> Iterator[Said]:
    """Image patterns for the images that a text can mean by ``name``."""
    return (said(full, tag, exact=exact) for full, exact in _with_registry(name))


def _with_registry(name: Name) -> Iterator[tuple[Name, bool]]:
    """The names, with what a text leaves out, and whether they are no more than was meant."""
    first, *path = name.parts
    if first == "**":
        yield name, True
        return
    if not path:
        # A name without a slash. One that looks like a host is nobody's short name.
        if ":" not in first:
            yield Name((HUB, "library", first)), "." not in first
        return
    hub = hub_names(first)
    official = len(path) == 1 and path != ["**"]
    if hub:
        yield Name((HUB, *(["library"] if official else []), *path)), True
    if _is_hub(first) and not hub:
        yield Name((HUB, *name.parts)), True
        return
    if set(first) & set("*"):
        if not set(first) & set(".:["):
            yield Name((HUB, first, *path)), True  # an owner on Docker Hub
        host, exact = registry(first)
        yield Name((host, *path)), exact
        yield from ((Name((one, *path)), True) for one in likely(first) if not exact)
    elif not hub:
        yield Name((first.lower(), *path)), True


def _is_text(end: Tokens) -> bool:
    """Whether letters of a pattern can meet a tag or the digest, without a mark that they are meant to."""
    if ":" in end or "@" in end or all(map(_is_run, end)):
        return False
    return matches_some_tag(end) or matches_digest(end, every=False)


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
    if any(hub_names(name.parts[0]) or _is_hub(name.parts[0]) for name in found if name.parts[0] != "**"):
        yield (
            "Kyverno compares text: of the spellings of an image on Docker Hub (nginx, docker.io/nginx,"
            " docker.io/library/nginx, index.docker.io/library/nginx) it matches some and admits the others;"
            " here they are one image, and it is judged"
        )
    registries = [name.parts[0] for name in found]
    if any(first != first.lower() for first in registries):
        yield "capital letters in the name of a registry mean nothing here"
    if any("*" in first and not registry(first)[1] for first in registries):
        yield "it also matches text within the name of a registry, and so registries of others"
    if any(_is_text(way.end) for way in endings(tokens)):
        yield (
            "text of it may also be found in a tag or digest; an image that is named by digest is judged,"
            " whatever is found in it"
        )


def _after_path(tokens: Tokens) -> Tokens:
    """What stands after the last slash."""
    return _after_path(tokens[tokens.index("/") + 1 :]) if "/" in tokens else tokens


def _is_hub(first: str) -> bool:
    """Whether the first part of a text is no registry, but an owner on Docker Hub."""
    return first != "localhost" and not any(mark in first for mark in "*.:[")
