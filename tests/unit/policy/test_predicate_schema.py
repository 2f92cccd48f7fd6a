"""JSON Schemas of predicates: what they may ask, and how hostile predicates fare."""

from __future__ import annotations

import json
from typing import Any

import pytest

from verifier.errors import InputError
from verifier.policy.interface import Context, OptionError
from verifier.policy.predicate_schema import PredicateSchema


def _no_file(name: str) -> bytes:
    raise InputError(f"cannot read {name!r}")


CONTEXT = Context({}, (), _no_file)


def schema(text: dict[str, Any]) -> PredicateSchema:
    read = PredicateSchema.read({"schema": text}, CONTEXT)
    assert read is not None
    return read


def problems(text: dict[str, Any], document: Any) -> list[tuple[str, str]]:
    return list(schema(text).problems(document))


def test_a_predicate_that_fits_has_no_problem() -> None:
    wanted = {"type": "object", "required": ["ok"], "properties": {"ok": {"const": True}}}
    assert problems(wanted, {"ok": True}) == []
    assert problems(wanted, {"ok": False}) == [("$.ok", "True was expected")]
    assert problems(wanted, {}) == [("$", "'ok' is a required property")]
    assert problems(wanted, []) != []


def test_local_references_are_followed() -> None:
    wanted = {"$defs": {"a/b~c": {"type": "integer"}}, "items": {"$ref": "#/$defs/a~1b~0c"}}
    assert problems(wanted, [1, 2]) == []
    assert problems(wanted, [1, "x"]) == [("$[1]", "'x' is not of type 'integer'")]
    tree = {"properties": {"child": {"$ref": "#"}}, "required": ["name"]}
    assert problems(tree, {"name": 1, "child": {"name": 2}}) == []
    assert problems(tree, {"name": 1, "child": {}}) == [("$.child", "'name' is a required property")]


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/schema.json",
        "other.json",
        "/etc/passwd",
        "file:///etc/passwd",
        "urn:x",
        "//example.com/x",
        "#/$defs/absent",
        "#anchor",
        "#/examples/0",
        "https://json-schema.org/draft/2020-12/schema",
        "",
    ],
)
def test_a_reference_that_leads_to_no_schema_inside_is_refused(target: str) -> None:
    deep = {"examples": [{"uniqueItems": True}], "properties": {"a": {"allOf": [{"$ref": target}]}}}
    with pytest.raises(OptionError, match=r"\$ref leads to no schema inside this one") as caught:
        schema(deep)
    assert caught.value.path == ("schema",)


def test_a_reference_without_end_is_no_pass() -> None:
    ((path, reason),) = problems({"$ref": "#"}, {})
    assert (path, reason) == ("$", "it cannot be compared: the schema's references lead on and on")


def test_references_that_double_with_every_level_end_soon() -> None:
    inside = {"properties": {"x": {"$ref": "#"}}}
    tree = {"type": "object", "anyOf": [{**inside, "required": ["a"]}, {**inside, "required": ["b"]}]}
    document: dict[str, Any] = {}
    for _ in range(60):
        document = {"x": document}
    # Without the bound this goes on for 2**60 steps; the suite's timeout ends it.
    assert problems(tree, document) == [
        ("$", "it cannot be compared: the schema's references lead on and on")
    ]
    many = {"$defs": {"a": {"type": "integer"}}, "items": {"$ref": "#/$defs/a"}}
    assert problems(many, list(range(10_000))) == []


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ({"required": ["ok"], "properties": {"ok": {"const": True}}}, []),
        ({"required": ["ok"]}, "ok"),
        ({"additionalProperties": {"type": "integer"}}, 5),
        ({"$defs": {"a": {"required": ["ok"]}}, "$ref": "#/$defs/a"}, []),
        ({"allOf": [{"required": ["ok"]}]}, None),
        ({"items": {"type": "integer"}}, {}),
        ({"pattern": "x"}, {}),
        ({"minimum": 3}, {}),
    ],
)
def test_what_a_schema_does_not_speak_of_is_no_pass(wanted: dict[str, Any], other: Any) -> None:
    assert problems(wanted, other) == [
        ("$", "the schema asks nothing of a value of this kind, and does not say its type")
    ]
    assert problems({**wanted, "type": ["object", "array", "string", "number", "null"]}, other) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ({"uniqueItems": True}, "uniqueItems takes more than linear time"),
        ({"properties": {"a": {"uniqueItems": True}}}, "uniqueItems takes more than linear time"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties takes more than linear time"),
        ({"unevaluatedItems": {}}, "unevaluatedItems takes more than linear time"),
        ({"format": "date-time"}, "format is a remark to JSON Schema, and nothing would check it"),
        ({"contentMediaType": "application/json"}, "contentMediaType is a remark"),
        ({"requred": ["a"]}, "the keyword 'requred' is none that is supported"),
        ({"items": {"anyOf": [{"type": "text"}]}}, "no JSON Schema"),
        ({"items": {"anyOf": [{"typ": "string"}]}}, "the keyword 'typ' is none that is supported"),
        ({"definitions": {}}, "the keyword 'definitions' is none"),
        ({"items": {"$id": "https://example.com/"}}, r"the keyword '\$id' is none"),
        ({"$dynamicRef": "#a"}, r"the keyword '\$dynamicRef' is none"),
        ({"items": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}, r"keyword '\$schema'"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}, "only schemas of"),
        ({"pattern": "(?=a)"}, "the pattern '.*': it is no RE2 expression"),
        ({"patternProperties": {"(a)\\1": {}}}, "it is no RE2 expression"),
        ({"type": "objekt"}, r"no JSON Schema: \$\.type"),
        ({"required": "a"}, "no JSON Schema"),
        ({}, "a schema that asks for nothing"),
        ({"description": "x", "$defs": {"a": {"type": "null"}}}, "a schema that asks for nothing"),
    ],
)
def test_what_would_not_be_checked_or_not_end_is_refused(text: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        schema(text)


def test_names_and_values_are_no_keywords() -> None:
    wanted = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "what is named like a keyword",
        "properties": {"uniqueItems": True, "$ref": {"type": "string"}, "format": {}, "pattern": {}},
        "enum": [{"$ref": "https://example.com/"}, {"$ref": "b"}],
        "uniqueItems": False,
    }
    assert problems(wanted, {"$ref": "https://example.com/"}) == []
    assert problems(wanted, {"$ref": "c"}) != []


def test_patterns_search_and_the_author_anchors_them() -> None:
    assert problems({"pattern": "b+"}, "abbc") == []
    assert problems({"pattern": "^b+$"}, "abbc") == [("$", "'abbc' does not match '^b+$'")]
    assert problems({"items": {"pattern": "b"}}, [5]) == []


def test_additional_properties_are_those_that_no_pattern_takes() -> None:
    wanted = {
        "properties": {"a": {}},
        "patternProperties": {"^x-": {"type": "string"}, "(?i)^y$": {}},
        "additionalProperties": False,
    }
    assert problems(wanted, {"a": 1, "x-b": "c", "Y": 1}) == []
    assert problems(wanted, {"x-b": 1}) == [("$['x-b']", "1 is not of type 'string'")]
    assert problems(wanted, {"b": 1}) == [("$.b", "'b' is none of the properties")]
    typed = {"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}
    assert problems(typed, {"a": "x", "b": 1}) == []
    assert problems(typed, {"b": "x"}) == [("$.b", "'x' is not of type 'integer'")]
    assert problems({"properties": {"a": typed}}, {"a": ["x"]}) == []


@pytest.mark.parametrize(
    "text",
    [
        {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False},
        {"patternProperties": {"^(a+)+$": False}},
        {"propertyNames": {"pattern": "^(a|a)*$"}},
        {"additionalProperties": {"pattern": "^(a+)+$"}},
    ],
)
def test_hostile_text_takes_linear_time(text: dict[str, Any]) -> None:
    """Python's own expressions would take longer than the age of the universe."""
    hostile = "a" * 50_000 + "!"
    problems(text, {hostile: hostile, "b": hostile})


def test_many_properties_take_linear_time() -> None:
    wanted = {"properties": {"k0": {}}, "patternProperties": {"^k[0-9]+$": {}}, "additionalProperties": False}
    assert problems(wanted, {f"k{number}": 1 for number in range(50_000)}) == []


def test_half_a_character_is_no_pass() -> None:
    schemas: list[dict[str, Any]] = [
        {"pattern": ".*"},
        {"patternProperties": {".": {}}},
        {"items": {"pattern": ".*"}},
    ]
    for wanted in schemas:
        document = {"pattern": "%s", "patternProperties": {"%s": 1}, "items": ["%s"]}[next(iter(wanted))]
        bad, good = (json.loads(json.dumps(document) % text) for text in ("\\ud800", "x"))
        assert problems(wanted, bad) == [("$", "it cannot be compared: UnicodeEncodeError")]
        assert problems(wanted, good) == []


def test_a_deep_predicate_is_no_pass() -> None:
    document: Any = {"name": 1}
    for _ in range(5000):
        document = {"name": 1, "child": document}
    tree = {"properties": {"child": {"$ref": "#"}}, "required": ["name"]}
    assert problems(tree, document) == [("$", "it cannot be compared: RecursionError")]


def test_the_number_of_problems_and_their_length_are_bounded() -> None:
    found = problems({"items": {"const": 1}}, ["x" * 10_000] * 1000)
    assert len(found) == 20
    assert problems({"maxLength": 1}, "x" * 10_000)[0][1][200:] == ""


def test_a_file_may_hold_it() -> None:
    files = {"good.json": b'{"required": ["a"]}', "double.json": b'{"required": ["a"], "required": []}'}
    context = Context({}, (), lambda name: files[name])
    read = PredicateSchema.read({"schema-file": "good.json"}, context)
    assert read is not None
    assert json.loads(read.text) == {"required": ["a"]}
    with pytest.raises(OptionError, match="no acceptable JSON: duplicate key 'required'") as caught:
        PredicateSchema.read({"schema-file": "double.json"}, context)
    assert caught.value.path == ("schema-file",)
    with pytest.raises(OptionError, match="cannot read 'x'"):
        PredicateSchema.read({"schema-file": "x"}, CONTEXT)
    with pytest.raises(OptionError, match="given together"):
        PredicateSchema.read({"schema-file": "good.json", "schema": {"type": "object"}}, context)
    assert PredicateSchema.read({}, context) is None
