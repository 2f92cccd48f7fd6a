"""Which images a pattern means, and which text a matcher (PLG-03, IDN-03)."""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.patterns import ImagePattern
from verifier.policy.text_patterns import TextMatcher

# Pattern, name, whether the pattern means it. By hand.
NAMES: list[tuple[str, str, bool]] = [
    # Docker Hub: short names and aliases
    ("nginx", "docker.io/library/nginx", True),
    ("nginx", "docker.io/library/nginx2", False),
    ("nginx", "docker.io/org/nginx", False),
    ("nginx", "ghcr.io/library/nginx", False),
    ("nginx-*", "docker.io/library/nginx-slim", True),
    ("nginx-*", "docker.io/org/nginx-slim", False),
    ("org/app", "docker.io/org/app", True),
    ("org/app", "ghcr.io/org/app", False),
    ("docker.io/nginx", "docker.io/library/nginx", True),
    ("index.docker.io/nginx", "docker.io/library/nginx", True),
    ("registry-1.docker.io/org/app", "docker.io/org/app", True),
    ("registry.hub.docker.com/org/app", "docker.io/org/app", True),
    ("docker.io/*", "docker.io/library/nginx", True),
    ("docker.io/*", "docker.io/org/nginx", False),
    ("docker.io/**", "docker.io/org/nginx", True),
    ("docker.io/**", "docker.io.evil.example/org/nginx", False),
    # the whole name
    ("ghcr.io/org/app", "ghcr.io/org/app", True),
    ("ghcr.io/org/app", "ghcr.io/org/app-evil", False),
    ("ghcr.io/org/app", "ghcr.io/org/app/x", False),
    ("ghcr.io/org/app", "ghcr.io/org/ap", False),
    ("ghcr.io/org/app", "ghcr.io/evil/ghcr.io/org/app", False),
    ("GHCR.io/org/app", "ghcr.io/org/app", True),
    # a star within one part
    ("ghcr.io/org/*", "ghcr.io/org/app", True),
    ("ghcr.io/org/*", "ghcr.io/org/team/app", False),
    ("ghcr.io/org/*", "ghcr.io/org", False),
    ("ghcr.io/org/*", "ghcr.io/org-evil/app", False),
    ("ghcr.io/*/app", "ghcr.io/org/app", True),
    ("ghcr.io/*/app", "ghcr.io/a/b/app", False),
    ("ghcr.io/org/app-*", "ghcr.io/org/app-x", True),
    ("ghcr.io/org/app-*", "ghcr.io/org/app", False),
    ("ghcr.io/org/app-*", "ghcr.io/org/app-x/y", False),
    ("ghcr.io/org/*-app", "ghcr.io/org/x-app", True),
    ("ghcr.io/org/*-app", "ghcr.io/org/x-apps", False),
    ("ghcr.io/org/a-*-z", "ghcr.io/org/a-m-z", True),
    ("ghcr.io/org/a-*-z", "ghcr.io/org/a-z", False),
    ("ghcr.io/org/x-*-*-x", "ghcr.io/org/x---x", True),
    ("ghcr.io/org/x-*-*-x", "ghcr.io/org/x--x", False),
    # any number of parts
    ("ghcr.io/org/**", "ghcr.io/org/app", True),
    ("ghcr.io/org/**", "ghcr.io/org/a/b/c", True),
    ("ghcr.io/org/**", "ghcr.io/org", False),
    ("ghcr.io/org/**", "ghcr.io/org-evil/app", False),
    ("ghcr.io/**/app", "ghcr.io/a/b/app", True),
    ("ghcr.io/**/app", "ghcr.io/app", False),
    ("ghcr.io/**/app", "ghcr.io/org/app/x", False),
    ("**", "docker.io/library/nginx", True),
    ("**", "registry.example:5000/a/b/c", True),
    # registries
    ("registry.example:5000/app", "registry.example:5000/app", True),
    ("registry.example:5000/app", "registry.example/app", False),
    ("registry.example/app", "registry.example:5000/app", False),
    ("[::1]:5000/app", "[::1]:5000/app", True),
    ("localhost/app", "localhost/app", True),
    ("localhost/app", "docker.io/localhost/app", False),
    ("*.example.com/app", "a.example.com/app", True),
    ("*.example.com/app", "example.com/app", False),
    ("*.example.com/app", "evilexample.com/app", False),
    ("*.example.com/app", "a.example.com.evil/app", False),
    ("*/org/app", "ghcr.io/org/app", True),
    ("*/org/app", "ghcr.io/x/org/app", False),
    ("**/app", "ghcr.io/x/org/app", True),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), NAMES)
def test_which_images_a_pattern_means(pattern: str, name: str, expected: bool) -> None:
    assert ImagePattern.parse(pattern).matches(name) is expected


def test_a_pattern_without_stars_means_what_it_means_as_a_reference() -> None:
    for text in (
        "nginx",
        "org/app",
        "docker.io/nginx",
        "localhost/a",
        "localhost:5000/a",
        "GHCR.io/a",
        "a.b/c",
    ):
        reference = parse_reference(text)
        assert isinstance(reference, ImageReference)
        assert ImagePattern.parse(text).matches(reference.name)


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
        "ghcr.io/org/app:",
        "ghcr.io/org/app@sha256:ab",
        "ghcr.io/org/a b",
        "ghcr.io/org/a?",
        "ghcr.io/org/[ab]",
        "ghcr.io/org/App",
        "https://ghcr.io/org/app",
        "*",
        "org-*/app",
        "ghcr.*/org/app",
        "*example.com/app",
        "ghcr.io*/org/app",
        "ghcr.io/org*/app",
        "ghcr.io/org/app:v 1",
        "ghcr.io/org/\u0430pp",
        "ghcr.io/org/app\n",
        " ghcr.io/org/app",
    ],
    ids=repr,
)
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(InputError):
        ImagePattern.parse(text)


def exact(text: str) -> TextMatcher:
    return TextMatcher.exact(text, otherwise="subject-pattern")


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
        exact(SUBJECT),
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
    for make in (exact, TextMatcher.pattern):
        with pytest.raises(InputError):
            make(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*", "compared exactly"),
        ("https://github.com/org/*", "compared exactly"),
        ("${ISSUER}", "variables are not expanded"),
        ("https://$HOST/", "variables are not expanded"),
        ("%ISSUER%", "variables are not expanded"),
    ],
)
def test_exact_text_that_is_meant_as_something_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        exact(text)


@pytest.mark.parametrize("text", ["https://a.example/%C3%A9%AB%CD", "cost$", "a$1", "me@example.com"])
def test_odd_exact_text_is_itself(text: str) -> None:
    assert exact(text).matches(text)


@pytest.mark.parametrize(
    "text", ["(", "[", "a{5000}", "(?=a)", r"(a)\1", "(?P<n>a)(?P=n)", "*", "a" + "{1000}" * 3]
)
def test_what_is_no_pattern_is_said_at_once(text: str) -> None:
    with pytest.raises(InputError, match="RE2"):
        TextMatcher.pattern(text)


def test_a_hostile_value_takes_linear_time() -> None:
    assert not TextMatcher.pattern("(a+)+b").matches("a" * 100_000)


def test_half_a_character_matches_nothing() -> None:
    assert not TextMatcher.pattern("x.*").matches("x\ud800")
    assert TextMatcher.pattern("x.*").matches("x\u20ac")


@pytest.mark.parametrize(
    ("vacuous", "twin"),
    [
        (".*", r"https://github\.com/org/.*"),
        (".+", r"https://github\.com/.+"),
        ("^.*$", "^https://gitlab.example/.*$"),
        ("https://.*", "https://issuer.example/.*"),
        (".*@.*", r".*@example\.com"),
        ("|.*", "a|b"),
        ("(?s).*", "(?s)x.*"),
        ("${SUBJECT}", r"cost\$A"),
    ],
)
def test_a_pattern_that_anybody_matches_is_refused(vacuous: str, twin: str) -> None:
    """IDN-02: it would be the same as leaving the issuer or the subject out."""
    with pytest.raises(InputError, match=r"matches anybody|looks like a variable"):
        TextMatcher.pattern(vacuous)
    TextMatcher.pattern(twin)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("https://ghcr.io/org/app", "leave https:// out"),
        ("oci:layouts/demo", "a layout has no name to compare"),
        ("ghcr.io/org/.*", "a pattern is no regular expression"),
        ("ghcr.io/org/.+", "a pattern is no regular expression"),
        ("ghcr.io:port/org/app", "write registry/path/name"),
        ("ghcr.io/org/-app", "write registry/path/name"),
        ("ghcr.io/Org/app", "in lower case"),
    ],
)
def test_what_is_no_pattern_is_said_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(InputError, match="not an image pattern") as caught:
        ImagePattern.parse(text)
    assert hint in str(caught.value.hint)
