"""Whatever an expression says and whatever the facts are: true, false, or an error of ours."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.json_values import values
from verifier.policy.cel import EvaluationError, ExpressionError, compile_expression, uses
from verifier.policy.cel_process import SHARED

PARTS = [
    *("image", "sbom", "attestations", "now", "pkg", "x", ".a", ".?a", "[0]", "['b']", "has(", ")", "("),
    *(" == ", " != ", " < ", " && ", " || ", "!", " + ", " / ", " in ", " ? ", " : ", "1", "0", "'b'"),
    *(".all(x, ", ".exists(x, ", ".map(x, ", ".filter(x, ", ".size()", ".matches('(')", ".orValue(1)"),
    *("timestamp(", "string(", "int(", "{'a': ", "}", "[", "]", "\n", "\0", "\ud800", "é", "//"),
    *("true", "null"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=60))
def test_an_expression_compiles_or_is_refused(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_expression(text, "pkg", "bool")
        uses(text, "pkg")


CHECKS = [
    "image.a == image.b",
    "image.a.all(x, image.a.exists(y, x == y))",
    "image.a < image.b",
    "image.a.b.c in image.d",
    "size(image.a) > 0",
    "image.?a.?b.orValue(1) == 1",
    "image.a",
]


@settings(deadline=None)
@given(st.sampled_from(CHECKS), st.dictionaries(st.sampled_from("abcd"), values, max_size=4))
def test_any_facts_are_judged_or_refused(check: str, image: dict[str, Any]) -> None:
    request = {
        "check": check,
        "when": None,
        "message": None,
        "each": None,
        "elements": [None],
        "facts": {"image": image},
        "now": "2026-11-24T00:00:00+00:00",
    }
    with SHARED.session() as session:
        try:
            answer = session.ask(request)
        except EvaluationError:
            return
    assert answer["seen"] == 1
    assert len(answer["failed"]) <= 1


texts = st.text(st.characters(), max_size=5)
pairs: st.SearchStrategy[tuple[Any, Any]] = (
    st.tuples(texts, texts).map(lambda parts: (parts[0], "".join(parts)))
    | st.tuples(values, values)
    | values.map(lambda value: (value, value))
    # Beyond this, the engine rounds a whole number before it compares it with a fraction.
    | st.tuples(st.integers(-(2**53), 2**53), st.sampled_from([float, bool, str])).map(
        lambda pair: (pair[0], pair[1](pair[0]))
    )
    | st.sampled_from([(1, True), (0, False), (0, None), ("", None), ([], {}), ("1", 1)])
)


@settings(deadline=None)
@given(pairs)
def test_two_values_are_equal_only_if_they_are(pair: tuple[Any, Any]) -> None:
    """Nothing is lost on the way into the engine: not a part of a text, and not a kind of value."""
    one, other = pair
    facts = {"one": {"x": one}, "other": {"x": other}}
    request = {
        "check": "image.one == image.other",
        "when": None,
        "message": None,
        "each": None,
        "elements": [None],
        "facts": {"image": facts},
        "now": "2026-11-24T00:00:00+00:00",
    }
    with SHARED.session() as session:
        try:
            holds = session.ask(request)["failed"] == []
        except EvaluationError:
            return
    if holds:
        assert one == other
        assert _kinds(one) == _kinds(other)


def _kinds(value: Any) -> Any:
    """The kinds of values within; whole numbers and others are one kind, as in CEL."""
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    return float if type(value) is int else type(value)
