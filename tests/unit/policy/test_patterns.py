"""Which images a pattern means, and which text a matcher (PLG-03, IDN-03)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import InputError
from verifier.policy.patterns import ImagePattern, TextMatcher

# pattern, names that it means, names that it does not mean
PATTERNS: list[tuple[str, list[str], list[str]]] = [
    (
        "nginx",
        ["docker.io/library/nginx"],
        ["docker.io/library/nginx2", "docker.io/org/nginx", "ghcr.io/nginx"],
    ),
    ("org/app", ["docker.io/org/app"], ["docker.io/org/app/x", "ghcr.io/org/app"]),
    ("docker.io/library/nginx", ["docker.io/library/nginx"], ["docker.io/library/nginx-evil"]),
    ("index.docker.io/library/nginx", ["docker.io/library/nginx"], []),
    (
        "ghcr.io/org/app",
        ["ghcr.io/org/app"],
        ["ghcr.io/org/app-evil", "ghcr.io/org/app/x", "ghcr.io/org/App"],
    ),
    ("ghcr.io/org/*", ["ghcr.io/org/app"], ["ghcr.io/org/team/app", "ghcr.io/org", "ghcr.io/org-evil/app"]),
    ("ghcr.io/org/**", ["ghcr.io/org/app", "ghcr.io/org/a/b/c"], ["ghcr.io/org", "ghcr.io/org-evil/app"]),
    ("ghcr.io/*/app", ["ghcr.io/org/app"], ["ghcr.io/a/b/app", "ghcr.io/app"]),
    ("ghcr.io/**/app", ["ghcr.io/org/app", "ghcr.io/a/b/app"], ["ghcr.io/app", "ghcr.io/org/app/x"]),
    (
        "ghcr.io/org/app-*",
        ["ghcr.io/org/app-x", "ghcr.io/org/app-"],
        ["ghcr.io/org/app", "ghcr.io/org/app-x/y"],
    ),
    ("ghcr.io/org/*-app", ["ghcr.io/org/x-app"], ["ghcr.io/org/app", "ghcr.io/org/x-apps"]),
    (
        "ghcr.io/org/a-*-z",
        ["ghcr.io/org/a-m-z", "ghcr.io/org/a--z"],
        ["ghcr.io/org/a-z", "ghcr.io/org/a-m-zz"],
    ),
    ("registry.example:5000/app", ["registry.example:5000/app"], ["registry.example/app"]),
    ("*.example.com/app", ["a.example.com/app"], ["example.com/app", "a.example.com.evil/app"]),
    ("localhost/app", ["localhost/app"], ["docker.io/localhost/app"]),
    ("**", ["docker.io/library/nginx"], []),
]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        (pattern, name, expected)
        for pattern, yes, no in PATTERNS
        for names, expected in ((yes, True), (no, False))
        for name in names
    ],
)
def test_which_images_a_pattern_means(pattern: str, name: str, expected: bool) -> None:
    if pattern == "**":
        with pytest.raises(InputError):
            ImagePattern.parse("")
        return
    assert ImagePattern.parse(pattern).matches(name) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/app",
        "ghcr.io//app",
        "ghcr.io/org/",
        "ghcr.io/org/app*",
        "ghcr.io/org/ap**",
        "ghcr.io/***/app",
        "ghcr.io/org/app:v1",
        "ghcr.io/org/app@sha256:ab",
        "ghcr.io/org/a b",
        "ghcr.io/org/a?",
        "ghcr.io/org/[ab]",
        "https://ghcr.io/org/app",
    ],
)
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(InputError):
        ImagePattern.parse(text)


def naive(pattern: list[str], name: list[str]) -> bool:
    """The same by trying everything."""
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(naive(pattern[1:], name[count:]) for count in range(1, len(name) + 1))
    return bool(name) and part(pattern[0], name[0]) and naive(pattern[1:], name[1:])


def part(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(part(pattern[1:], text[count:]) for count in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and part(pattern[1:], text[1:])


PARTS = st.text(alphabet="ab-*", min_size=1, max_size=4).filter(lambda text: "**" not in text)


@given(
    st.lists(PARTS | st.just("**"), min_size=1, max_size=5),
    st.lists(st.text("ab-", min_size=1, max_size=4), max_size=6),
)
def test_the_matcher_is_the_naive_one(pattern: list[str], name: list[str]) -> None:
    assert ImagePattern("", tuple(pattern)).matches("/".join(name)) is naive(pattern, name or [""])


SUBJECT = "https://github.com/org/app/.github/workflows/release.yml@refs/tags/v1"
NEAR = [
    SUBJECT + "-evil",
    SUBJECT + "4.2",
    SUBJECT + "\n",
    " " + SUBJECT,
    "https://evil/?u=" + SUBJECT,
    SUBJECT.replace("github.com", "githubXcom"),
    SUBJECT.replace("github.com", "GitHub.com"),
    SUBJECT.replace("org/", "org%2F"),
    SUBJECT.replace("o", "\u03bf"),
    "https://github.com@evil/" + SUBJECT[19:],
    SUBJECT + "\0",
    SUBJECT[:-1],
    "",
]


@pytest.mark.parametrize("value", NEAR, ids=repr)
def test_a_near_miss_is_a_miss(value: str) -> None:
    matchers = [
        TextMatcher.exact(SUBJECT),
        TextMatcher.pattern(SUBJECT.replace(".", r"\.").replace("?", r"\?")),
        TextMatcher.pattern(r"https://github\.com/org/app/\.github/workflows/release\.yml@refs/tags/v[0-9]"),
        # Alternatives without a group, and a dollar, still mean the whole value.
        TextMatcher.pattern(r"https://github\.com/org/app/.github/workflows/release.yml@refs/tags/v1$|x"),
    ]
    for matcher in matchers:
        assert matcher.matches(SUBJECT)
        assert not matcher.matches(value)


@pytest.mark.parametrize("text", ["", " ", "\t", " x", "x ", "x\ny", "x\0"])
def test_wanted_text_is_never_empty_or_blank(text: str) -> None:
    for make in (TextMatcher.exact, TextMatcher.pattern):
        with pytest.raises(InputError):
            make(text)


@pytest.mark.parametrize(
    "text", ["(", "[", "a{5000}", "(?=a)", r"(a)\1", "(?P<n>a)(?P=n)", "*", "a" + "{1000}" * 3]
)
def test_what_is_no_pattern_is_said_at_once(text: str) -> None:
    with pytest.raises(InputError, match="RE2"):
        TextMatcher.pattern(text)


def test_a_hostile_value_takes_linear_time() -> None:
    assert not TextMatcher.pattern("(a+)+b").matches("a" * 100_000)


def test_half_a_character_matches_nothing() -> None:
    assert not TextMatcher.pattern(".*").matches("\ud800")
    assert TextMatcher.pattern(".*").matches("\u20ac")
