"""Checking expressions, and what comes of evaluating them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from verifier.limits import CEL_EXPRESSION_LENGTH
from verifier.policy.cel import (
    EvaluationError,
    ExpressionError,
    activation,
    compile_expression,
    uses,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def holds(expression: str, value: object) -> bool:
    facts: dict[str, Any] = {"image": {"x": value}, "now": NOW}
    return compile_expression(expression, None, "bool").holds(activation(facts, None))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "line 1, column 1"),
        ("image.name ==", "(line 1, column 14 of the expression)"),
        ("image.name == 'a'\n  && nme == 'b'", "undeclared reference to 'nme' (line 2, column 6 of the exp"),
        ("fetch('x')", "undeclared reference to 'fetch' (line 1, column 6 of the expression)"),
        ("1 + 'a' == 2", "found no matching overload for '_+_'"),
        ("image.name == 'a' && 'b'", "found no matching overload for '_&&_'"),
        ("has(image)", "has() argument must be a field selection"),
        ("size(now) > 1", "found no matching overload for 'size'"),
        ("now > '2026-01-01'", "found no matching overload for '_>_'"),
        ("image", "it must give true or false, and gives map<string, dyn>"),
        ("1", "it must give true or false, and gives int"),
        ("'true'", "it must give true or false, and gives string"),
        ("null", "it must give true or false, and gives null"),
        ("true\x00 || false", "token recognition error"),
        ("'\ud800' == image.x", "half of a character"),
    ],
)
def test_an_expression_that_cannot_decide_is_refused_with_its_place(expression: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression, None, "bool")
    assert message in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("package.name == 'a'", "'package' is a reserved word of CEL: the package is called pkg"),
        ("pkg.name == 'a'", "pkg is there with 'each: package'"),
        ("attestation.predicate == 'a'", "attestation is there with 'each: attestation'"),
        ("sbm.packages > 1", "known are image, platform, config, signatures"),
        ("image.name.beginsWith('a')", "beginsWith is no function of CEL; of a text there are contains"),
        ("image..name == 'a'", "look for a bracket, a quote or an operator there"),
    ],
)
def test_the_usual_slips_are_explained(expression: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression, None, "bool")
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_the_element_is_known_only_where_it_is_there() -> None:
    compile_expression("pkg.name == 'a'", "pkg", "bool")
    with pytest.raises(ExpressionError):
        compile_expression("signature.scope == 'a'", "pkg", "bool")
    with pytest.raises(ExpressionError) as caught:
        compile_expression("pgk.name == 'a'", "pkg", "bool")
    assert str(caught.value.hint).startswith("known are pkg, image, ")


def test_a_message_must_be_a_text() -> None:
    program = compile_expression("'it is ' + image.x", None, "string")
    assert program.text(activation({"image": {"x": "so"}}, None)) == "it is so"
    with pytest.raises(ExpressionError, match="it must give a text, and gives bool"):
        compile_expression("image.x == 'a'", None, "string")
    with pytest.raises(EvaluationError, match="gives int where a text is wanted"):
        compile_expression("image.x", None, "string").text(activation({"image": {"x": 1}}, None))


@pytest.mark.parametrize(
    "expression",
    [
        "+".join(["1"] * 2000),
        "(" * 2000 + "1" + ")" * 2000,
        "image" + ".a" * 2000 + " == 1",
        "true ? 1 : " * 300 + "1",
        "||".join(f"x{n}" for n in range(600)),
        "[" * 2000,
    ],
)
def test_a_hostile_expression_is_refused_in_few_words(expression: str) -> None:
    assert len(expression) <= CEL_EXPRESSION_LENGTH
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression, None, "bool")
    assert len(caught.value.message) < 400


def test_twenty_thousand_terms_are_refused() -> None:
    with pytest.raises(ExpressionError, match="Exceeded max recursion depth"):
        compile_expression("+".join(["1"] * 20_000) + "==1", None, "bool")


def test_without_the_engine_a_rule_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from verifier.policy import cel

    monkeypatch.setitem(sys.modules, "cel_expr_python.cel", None)
    cel._environment.cache_clear()
    cel.compile_expression.cache_clear()
    with pytest.raises(ExpressionError, match="there is no CEL engine here") as caught:
        compile_expression("image.x == 'a'", None, "bool")
    assert "install cel-expr-python" in str(caught.value.hint)
    cel._environment.cache_clear()


@pytest.mark.parametrize(
    ("expression", "value", "problem"),
    [
        ("image.y == 1", 1, 'Key not found in map : "y"'),
        ("image.x.y == 1", None, "Applying SELECT to non-message type"),
        ("1 / image.x == 1", 0, "divide by zero"),
        ("image.x + 1 == 1", 2**63 - 1, "integer overflow"),
        ("image.x.matches('(')", "a", "invalid regular expression: missing ): ("),
        ("image.x", 1, "it gives int where true or false is wanted"),
        ("image.x", "true", "it gives string where true or false is wanted"),
        ("image.x", [True], "it gives list<dyn> where true or false is wanted"),
        ("image.x", None, "it gives null where true or false is wanted"),
        ("image.x == 'a'", "\ud800", "a text among the facts holds half of a character"),
        ("image.x == 1", 2**64, "out of range"),
        ("image.x == 1", -(2**63) - 1, "out of range"),
        ("image.x == 1", 10**30, "out of range"),
        ("image.x.all(y, y >= 0)", list(range(10_000)), "Iteration budget exceeded"),
        ("platform.os == 'linux'", 1, 'No value with name "platform"'),
    ],
)
def test_what_has_no_clear_value_is_an_error(expression: str, value: object, problem: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        holds(expression, value)
    assert problem in caught.value.message
    assert "INVALID_ARGUMENT" not in caught.value.message


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        ("image.x == '\") || true || (\"'", '") || true || ("', True),
        ("image.x == 'good'", '") || true || ("', False),
        ("image.x == 9223372036854775807", 2**63 - 1, True),
        ("image.x.all(y, y >= 0)", list(range(9_999)), True),
        ("true || image.x.y == 1", None, True),
    ],
)
def test_what_has_one_decides(expression: str, value: object, expected: bool) -> None:
    assert holds(expression, value) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sbom.packages > 1", {"sbom"}),
        ("attestations.exists(a, a.sbom == 'signatures')", {"attestations"}),
        ("image.name == 'x' && now > timestamp('2026-01-01T00:00:00Z')", {"image", "now"}),
        ("[1].all(provenance, provenance > 0)", set()),
        ("1 == 1", set()),
    ],
)
def test_the_evidence_that_an_expression_uses_is_known_exactly(expression: str, expected: set[str]) -> None:
    assert uses(expression, None) == expected
