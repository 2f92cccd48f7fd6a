"""Identities of other tools, as texts and patterns for the whole value."""

from __future__ import annotations

import pytest

from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.texts import exact, is_loose, searched, wildcards
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.yaml_loader import Document


def node(text: str) -> Node:
    return Node(text, ("x",), Document({"x": text}, {}, "original.yaml"))


def matches(text: str, is_pattern: bool, value: str) -> bool:
    matcher = TextMatcher.pattern(text) if is_pattern else TextMatcher.exact(text, otherwise="x")
    return matcher.matches(value)


@pytest.mark.parametrize(
    ("expression", "inside"),
    [
        (r"^https://github\.com/org/.*$", r"https://github\.com/org/.*"),
        (r"^(?:a|b)/x$", "(?:a|b)/x"),
        (r"^a[|]b$", "a[|]b"),
        (r"^a[]|]b$", "a[]|]b"),
        (r"^a[^]|]b$", "a[^]|]b"),
        (r"^a\|b$", r"a\|b"),
        (r"^a\[b\]$", r"a\[b\]"),
    ],
)
def test_anchors_around_all_of_it_are_left_out(expression: str, inside: str) -> None:
    assert searched(node(expression)) == (inside, True)
    assert not is_loose(expression)


@pytest.mark.parametrize(
    "expression",
    ["^k|q$", "^k", "k$", "k", r"^k\$", "(?m)^k$", "^(?m)k$", r"^\Qk|q\E$", "^[[^]|k$", "^[[:digit:](]|k$"],
)
def test_anchors_around_a_part_are_kept(expression: str) -> None:
    text, is_pattern = searched(node(expression))
    assert is_pattern
    assert text == f"(?s:.*)(?:{expression})(?s:.*)"


@pytest.mark.parametrize(
    ("expression", "loose"),
    [
        ("https://github.com/org/.*", True),
        ("^https://github.com/org/", True),
        ("^https://github.com/org/.*", False),
        (".*@example.com$", False),
        ("^a|b$", True),
        ("", True),
    ],
)
def test_what_is_not_about_the_whole_value_is_loose(expression: str, loose: bool) -> None:
    assert is_loose(expression) is loose


@pytest.mark.parametrize("expression", [".*", "", "^.*$", "(", "(?=k)", r"k\1", "k$q", "invalid", r"k\Q"])
def test_an_expression_that_means_anybody_or_nothing_cannot_be_said(expression: str) -> None:
    with pytest.raises(UnsayableError):
        searched(node(expression))


def test_an_exact_text_is_exact_whatever_it_holds() -> None:
    assert exact(node("https://x/y")) == ("https://x/y", False)
    for value in ("https://x/*", "https://x/$HOME", "a?*(b)"):
        text, is_pattern = exact(node(value))
        assert matches(text, is_pattern, value)
        assert not matches(text, is_pattern, value + "x")
        assert not matches(text, is_pattern, value.replace("*", "k").replace("$", "k"))


@pytest.mark.parametrize(
    ("wanted", "value", "matched"),
    [
        ("https://x/*", "https://x/", True),
        ("https://x/*", "https://x/a/b", True),
        ("https://x/*", "httpsx//x/a", False),
        ("h?tps://x.y/*", "https://x.y/a", True),
        ("h?tps://x.y/*", "https://xzy/a", False),
        ("https://x.y", "https://xzy", False),
        ("*@x(1)", "a@x(1)", True),
    ],
)
def test_wildcards(wanted: str, value: str, matched: bool) -> None:
    assert matches(*wildcards(node(wanted)), value) is matched


@pytest.mark.parametrize("wanted", ["*", "**", "*?*", " x"])
def test_wildcards_that_mean_anybody_cannot_be_said(wanted: str) -> None:
    with pytest.raises(UnsayableError):
        wildcards(node(wanted))
