"""Image patterns beside a matcher that simply tries everything."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import InputError
from verifier.policy.patterns import ImagePattern
from verifier.policy.text_patterns import TextMatcher


def means(pattern: list[str], name: list[str]) -> bool:
    """``**`` is one part or more, ``*`` any text within one part."""
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(means(pattern[1:], name[count:]) for count in range(1, len(name) + 1))
    return bool(name) and part_means(pattern[0], name[0]) and means(pattern[1:], name[1:])


def part_means(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(part_means(pattern[1:], text[count:]) for count in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and part_means(pattern[1:], text[1:])


_PATTERN_PARTS = st.text("ab-*", min_size=1, max_size=5).filter(lambda text: "**" not in text) | st.just("**")
_NAME_PARTS = st.text("ab-", min_size=1, max_size=5)


@given(st.lists(_PATTERN_PARTS, min_size=1, max_size=5), st.lists(_NAME_PARTS, min_size=1, max_size=6))
def test_the_matcher_agrees_with_trying_everything(pattern: list[str], name: list[str]) -> None:
    assert ImagePattern("", tuple(pattern)).matches("/".join(name)) is means(pattern, name)


@given(st.lists(_PATTERN_PARTS, min_size=1, max_size=3), st.lists(_NAME_PARTS, min_size=1, max_size=4))
def test_a_pattern_that_is_read_agrees_too(pattern: list[str], name: list[str]) -> None:
    with contextlib.suppress(InputError):
        read = ImagePattern.parse("/".join(["r.example", *pattern]))
        assert read.matches("/".join(["r.example", *name])) is means(pattern, name)
        assert not read.matches("/".join(["r.example.evil", *name]))


@given(st.text(max_size=30) | st.text("ab*/.:@-\n", max_size=20))
def test_any_text_is_a_pattern_or_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        pattern = ImagePattern.parse(text)
        assert pattern.parts
        assert all(pattern.parts)


@given(st.text(max_size=30) | st.text("ab.*+?()[]{}\\\\|^$1", max_size=20), st.text(max_size=20))
def test_any_text_is_an_expression_or_an_input_error(text: str, value: str) -> None:
    with contextlib.suppress(InputError):
        TextMatcher.pattern(text).matches(value)


@given(st.text(), st.text())
def test_exact_text_means_itself_alone(wanted: str, value: str) -> None:
    with contextlib.suppress(InputError):
        matcher = TextMatcher.exact(wanted, otherwise="a pattern")
        assert matcher.matches(wanted)
        assert matcher.matches(value) is (wanted == value)
