"""A pattern, a reference and the answer, beside a second reading of both as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verifier.errors import InputError
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.patterns import ImagePattern

HUB = "docker.io"
HUBS = {HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
DIGEST = "@sha256:" + "0123456789abcdef" * 4


def second_name(text: str) -> str:
    """Registry and path, with all that is left out filled in; of a pattern as of a reference."""
    first, slash, rest = text.partition("/")
    is_host = slash and (re.search(r"[.:\[]", first) or first in {"localhost", "*", "**"})
    host, path = (first.lower(), rest) if is_host else (HUB, text)
    host = re.sub(r":443\Z", "", host)
    if host in HUBS:
        path = f"library/{path}" if "/" not in path and path != "**" else path
        host = HUB
    return f"{host}/{path}"


def second_split(text: str) -> tuple[str, str | None]:
    found = re.fullmatch(r"(.*?)(?::([^/:\]]+))?", text)
    assert found is not None
    return found[1], found[2]


def expression(pattern: str) -> str:
    """``**`` is one part or more, ``*`` text within one."""
    words = {"**": r"[^/]+(?:/[^/]+)*", "*": r"[^/]*", ":*/": "(?::[0-9]+)?/"}
    return "".join(words.get(word, re.escape(word)) for word in re.split(r"(:\*/|\*\*|\*)", pattern))


def second_answer(pattern: str, reference: str) -> bool | None:
    """Whether the one is about the other; None where the pattern is an error."""
    wanted, tag = second_split(pattern)
    name, at, _ = reference.partition("@")
    name, typed = second_split(name)
    last = wanted.rpartition("/")[2]
    alone = "/" not in wanted
    if pattern == "*" or (alone and (wanted == "localhost" or "." in wanted or tag == "5000")):
        return None
    if re.search(r"[a-z0-9]\*+\Z", last) or re.search(r"[a-z0-9]\*/", wanted.partition("/")[2]):
        return None
    if wanted in {"*", "**"}:
        fits = True
    else:
        fits = re.fullmatch(expression(second_name(wanted)), second_name(name)) is not None
    if tag is None or at:
        return fits
    return fits and re.fullmatch(expression(tag), typed or "latest") is not None


words = st.sampled_from(["app", "nginx", "library", "org", "a-b", "x"])
starred = st.sampled_from(["*", "**", "app-*", "*-b", "a-*", "app*", "*x"])
hosts = st.sampled_from(
    [
        *("ghcr.io", "GHCR.io", "ghcr.io:443", "ghcr.io:5000", "a.b", "[::1]", "[::1]:443"),
        *("localhost", "localhost:443", "localhost:5000"),
        *("docker.io", "index.docker.io", "index.docker.io:443", "registry-1.docker.io"),
    ]
)
host_patterns = hosts | st.sampled_from(["*", "**", "*.io", "*.b", "*.io:443", "*.io:5000", "*.io:*"])
host_patterns |= st.sampled_from(["*:5000", "localhost:*", "ghcr.io:*", "[::1]:*"])
tags = st.sampled_from(["", ":v1", ":v2", ":latest", ":prod"])
tag_patterns = tags | st.sampled_from([":*", ":v*", ":**", ":*o*", ":5000"])


def joined(host: str, path: list[str], end: str) -> str:
    return "/".join([*([host] if host else []), *path]) + end


references = st.builds(
    joined,
    st.just("") | hosts,
    st.lists(words, min_size=1, max_size=3),
    st.builds(str.__add__, tags, st.sampled_from(["", "", DIGEST])),
)
patterns = st.builds(
    joined, st.just("") | host_patterns, st.lists(words | starred, min_size=1, max_size=3), tag_patterns
).filter(lambda text: not re.match(r"[^/]*[a-z-]\*[^/]*/|\*[a-z-][^/]*/", text))
alone = st.builds(
    str.__add__,
    st.sampled_from(["*", "**", "localhost", "ghcr.io", "nginx", "registry", "*-x"]),
    tag_patterns,
)


@given(patterns | alone, st.lists(references, min_size=1, max_size=12))
@example("**:prod", ["ghcr.io/org/app:prod", "app:dev" + DIGEST, "app:dev", "docker.io:443/app:prod"])
@example("*:v1", ["ghcr.io/org/app:v1", "nginx:v1", "nginx:v2"])
@example("**:v*", ["ghcr.io/org/app:v1", "nginx:x"])
@example("localhost:443/org/app", ["localhost/org/app", "localhost:5000/org/app"])
@example("registry:5000", ["registry:5000"])
def test_two_readings_agree(pattern: str, texts: list[str]) -> None:
    for text in texts:
        reference = parse_reference(text)
        assert isinstance(reference, ImageReference)
        expected = second_answer(pattern, text)
        if expected is None:
            with pytest.raises(InputError):
                ImagePattern.parse(pattern)
        else:
            read = ImagePattern.parse(pattern)
            assert read.matches(reference.name, reference.effective_tag) is expected, text


@given(references)
def test_a_digest_is_judged_the_same_whatever_tag_is_typed_beside_it(text: str) -> None:
    name = text.partition("@")[0]
    bare = second_split(name)[0]
    for pattern in ("**:prod", "**:v*", "**:latest", f"{bare}:prod" if "/" in bare else "**"):
        read = ImagePattern.parse(pattern)
        answers = set()
        for tag in ("", ":prod", ":v1", ":other"):
            reference = parse_reference(f"{bare}{tag}{DIGEST}")
            assert isinstance(reference, ImageReference)
            answers.add(read.matches(reference.name, reference.effective_tag))
        assert answers == {True}
