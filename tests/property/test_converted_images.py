"""A glob of policy-controller and the image patterns that it becomes are about the same images."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from verifier.policy.convert.cip_images import read_glob
from verifier.policy.patterns import ImagePattern

HOSTS = st.sampled_from(["ghcr.io", "index.docker.io", "*.io", "*", "**", "localhost:5000", "a"])
PIECES = st.sampled_from(["a", "b", "a-b", "library", "*", "**", "-", "sha256", "1"])
PARTS = st.lists(PIECES, min_size=1, max_size=3).map("".join)
ENDS = st.sampled_from(["", "*", "**", "@*", "@sha256:*", ":*", ":a*", "@sha256:1*"])
GLOBS = st.builds(
    lambda host, parts, end: "/".join((host, *parts)) + end,
    HOSTS,
    st.lists(PARTS, min_size=1, max_size=3),
    ENDS,
)
WORDS = st.sampled_from(["a", "b", "ab", "a-b", "aab", "b1", "library", "sha256", "xsha256y"])
NAMES = st.builds(
    lambda host, parts: "/".join((host, *parts)),
    st.sampled_from(["ghcr.io", "a.io", "localhost:5000"]),
    st.lists(WORDS, min_size=1, max_size=3),
) | st.lists(WORDS, min_size=2, max_size=3).map(lambda parts: "/".join(("docker.io", *parts)))
DIGESTS = ["0" * 64, "1" * 64, "ab" * 32, "c" * 64]


def expected(glob: str, name: str, digest: str) -> bool:
    """pkg/apis/glob of policy-controller, on the canonical name of a digest."""
    expression = re.escape(glob).replace(r"\*\*", "\0").replace(r"\*", "[^/]*").replace("\0", ".*")
    canonical = re.sub(r"\Adocker\.io/", "index.docker.io/", name)
    return re.fullmatch(expression, f"{canonical}@sha256:{digest}") is not None


def is_matched(patterns: tuple[str, ...], name: str) -> bool:
    return any(ImagePattern.parse(text).matches(name) for text in patterns)


@given(GLOBS, st.lists(NAMES, min_size=1, max_size=20))
def test_patterns_match_what_the_glob_matches(glob: str, names: list[str]) -> None:
    images = read_glob(glob)
    for name in names:
        got = is_matched(images.patterns, name)
        wanted = {expected(glob, name, digest) for digest in DIGESTS}
        if images.problem:
            assert not got or wanted == {True}
            assert got or wanted == {False} or is_matched(images.refused, name)
        else:
            assert {got} == wanted
