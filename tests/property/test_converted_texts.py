"""An expression that is searched for, and the pattern for the whole value that it becomes, match alike."""

from __future__ import annotations

from typing import Any

import re2
from hypothesis import given
from hypothesis import strategies as st

from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.texts import searched, wildcards
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.yaml_loader import Document

PIECES = st.sampled_from(
    [
        "a",
        "b",
        ".",
        ".*",
        "^",
        "$",
        "|",
        "(?:",
        "(",
        ")",
        "[",
        "]",
        "[^]",
        "[:alpha:]",
        "\\",
        "\\$",
        "+",
        "?",
        "(?i)",
        "(?m)",
    ]
)
EXPRESSIONS = st.lists(PIECES, max_size=8).map("".join)
VALUES = st.text(alphabet="abA$|]\n", max_size=6)


def node(text: str) -> Node:
    return Node(text, (), Document(text, {}, "original.yaml"))


@given(EXPRESSIONS | EXPRESSIONS.map(lambda inner: f"^{inner}$"), st.lists(VALUES, min_size=1, max_size=20))
def test_searched(expression: str, values: list[str]) -> None:
    try:
        text = searched(node(expression)).text
    except UnsayableError:
        return
    options = re2.Options()
    options.log_errors = False
    original: Any = re2.compile(expression, options)  # type: ignore[no-untyped-call]
    for value in values:
        assert TextMatcher.pattern(text).matches(value) == (original.search(value) is not None)


@given(
    st.text(alphabet="ab.*?+(\\", max_size=8), st.lists(st.text(alphabet="ab.+(\\", max_size=8), max_size=20)
)
def test_wildcards(wanted: str, values: list[str]) -> None:
    try:
        text, is_pattern = wildcards(node(wanted))
    except UnsayableError:
        return
    for value in values:
        got = TextMatcher.pattern(text).matches(value) if is_pattern else text == value
        assert got == _matches(wanted, value)


def _matches(wanted: str, value: str) -> bool:
    """Written down from the definition: ``*`` is any run, ``?`` one character."""
    if not wanted:
        return not value
    if wanted[0] == "*":
        return any(_matches(wanted[1:], value[cut:]) for cut in range(len(value) + 1))
    return bool(value) and wanted[0] in {"?", value[0]} and _matches(wanted[1:], value[1:])
