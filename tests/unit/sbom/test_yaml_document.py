"""YAML, read as the JSON that it stands for."""

from __future__ import annotations

import pytest

from verifier.errors import SbomError
from verifier.limits import JSON_DEPTH
from verifier.sbom.yaml_document import parse_yaml
from verifier.strict_json import Json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", {"a": "b"}),
        ("--- \na: 1.10\nb: 017\nc: 1:30\nd: 2024-01-31T12:00:00Z\n", None),
        ("a: true\nb: false\nc: null\nd: ~\ne:\n", {"a": True, "b": False, "c": None, "d": None, "e": None}),
        ("a: 'true'\nb: \"null\"\nc: ''\n", {"a": "true", "b": "null", "c": ""}),
        ("a: yes\nb: NO\nc: on\nd: True\n", {"a": "yes", "b": "NO", "c": "on", "d": "True"}),
        ("- a\n- [b, {c: d}]\n- - e\n", ["a", ["b", {"c": "d"}], ["e"]]),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("true: a\n1: b\n", {"true": "a", "1": "b"}),
        ("'<<': a\n", {"<<": "a"}),
        ('{"json": [1, "two", {"three": null}]}', {"json": ["1", "two", {"three": None}]}),
        ("[" * JSON_DEPTH + "]" * JSON_DEPTH, None),
    ],
)
def test_plain_yaml_is_read(text: str, value: Json) -> None:
    assert value is None or parse_yaml(text) == value


def test_numbers_and_times_stay_as_written() -> None:
    assert parse_yaml("a: 1.10\nb: 017\nc: 1:30\nd: 2024-01-31T12:00:00Z") == {
        "a": "1.10",
        "b": "017",
        "c": "1:30",
        "d": "2024-01-31T12:00:00Z",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: &x b\nc: *x\n",
        "a: &x b\n",
        "&x a: b\n",
        "a: *x\n",
        "a: &x [*x]\n",
        "a: !!python/object:os.system x\n",
        "a: !!str b\n",
        "a: !x b\n",
        "!!map {a: b}\n",
        "<<: {a: b}\n",
        "a: b\na: c\n",
        "a: b\n'a': c\n",
        "? [a]\n: b\n",
        "? {a: b}\n: c\n",
        "a: b\n---\nc: d\n",
        "a: [\n",
        "a: b: c\n",
        "\ta: b\n",
        "a: \x01\n",
        "%TAG ! tag:x:\n--- !a b\n",
        "[" * (JSON_DEPTH + 1) + "]" * (JSON_DEPTH + 1),
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "",
        "# nothing\n",
    ],
)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(SbomError):
        parse_yaml(text)


def test_a_refusal_says_where() -> None:
    with pytest.raises(SbomError, match=r"line 2, column 1"):
        parse_yaml("a: b\na: c\n")
