"""YAML has one reading; what could have another is refused at its place (PFL-02)."""

from __future__ import annotations

from typing import Any

import pytest

from verifier.errors import PolicyError
from verifier.limits import POLICY_BYTES, POLICY_DEPTH, POLICY_NODES
from verifier.policy.yaml_loader import Document, load, load_all


def read(text: str) -> Document:
    return load(text.encode(), source="p.yaml")


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        read(text)
    return caught.value


# By hand, from YAML 1.2.2, section 10.3 (core schema); None of them is what YAML 1.1 makes of it.
SCALARS: list[tuple[str, Any]] = [
    ("true", True),
    ("false", False),
    ("null", None),
    ("~", None),
    ("0", 0),
    ("-12", -12),
    ("1.10", 1.1),
    ("True", "True"),
    ("NO", "NO"),
    ("no", "no"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("017", "017"),
    ("0x1F", "0x1F"),
    ("0o17", "0o17"),
    ("1_000", "1_000"),
    ("1:30", "1:30"),
    ("12:30:45", "12:30:45"),
    ("2026-11-01", "2026-11-01"),
    ("1e3", "1e3"),
    (".inf", ".inf"),
    (".nan", ".nan"),
    ("=", "="),
    ("+1", "+1"),
    ("9" * 40, "9" * 40),
    ("'true'", "true"),
    ('"1"', "1"),
    ("a#b", "a#b"),
    ("a # b", "a"),
    ('"\\u0041"', "A"),
    ("|\n  one\n  two\n", "one\ntwo\n"),
    (">-\n  one\n  two\n", "one two"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=repr)
def test_a_scalar_is_what_it_seems_to_be(text: str, value: object) -> None:
    data = read(f"key: {text}").data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_containers_of_either_style_are_read() -> None:
    text = "a:\n  - x\n  - {b: [1, 'y']}\nc: {}\nd: []\n"
    assert read(text).data == {"a": ["x", {"b": [1, "y"]}], "c": {}, "d": []}
    assert read(text.replace("\n", "\r\n")).data == read(text).data


def test_nothing_is_no_value() -> None:
    for text in ("", "# nothing\n", "---\n"):
        assert read(text).data is None


# What is refused, where, and in which words; beside it the form that is not.
REFUSED: list[tuple[str, str, str, str]] = [
    ("a: &x 1", "1:4", "anchors", "a: '&x 1'"),
    ("a: 1\nb: *a", "2:4", "aliases", "a: 1\nb: '*a'"),
    ("- &x [1]\n- *x", "1:3", "anchors", "- [1]\n- [1]"),
    ("a: !!str 1", "1:4", "tags", "a: '1'"),
    ("a: !!python/object/apply:os.system [id]", "1:4", "tags", "a: [id]"),
    ("a: !local x", "1:4", "tags", "a: x"),
    ("a: ! 1", "1:4", "tags", "a: '1'"),
    ("%YAML 1.1\n---\na: 1", "1:1", "directives", "---\na: 1"),
    ("%TAG ! tag:x,2026:\n---\na: 1", "1:1", "directives", "---\na: 1"),
    ("<<: {a: 1}", "1:1", "merge keys", "a: 1"),
    ("a: 1\n'<<': {}", "2:1", "merge keys", "a: 1\n'<': {}"),
    ("a: 1\nb: 2\na: 3", "3:1", "duplicate key 'a'", "a: 1\nb: 2\nc: 3"),
    ('a: 1\n"\\x61": 2', "2:1", "duplicate key 'a'", 'a: 1\n"\\x62": 2'),
    ("- {a: 1, 'a': 1}", "1:10", "duplicate key 'a'", "- {a: 1, 'b': 1}"),
    ("1: x", "1:1", "put it in quotes", "'1': x"),
    ("true: x", "1:1", "put it in quotes", "'true': x"),
    ("~: x", "1:1", "put it in quotes", "'~': x"),
    (": x", "1:1", "not YAML", "'': x"),
    ("? [a]\n: x", "1:3", "put it in quotes", "? a\n: x"),
    ("a: {b: 1}: 2", "1:10", "not YAML", "a: {b: 1}"),
    ("a: 'open", "1:9", "not YAML", "a: 'shut'"),
    ("a: [1", "2:1", "not YAML", "a: [1]"),
    ("a:\n\tb: 1", "2:1", "not YAML", "a:\n  b: 1"),
    ("a: b: c", "1:5", "not YAML", "a: {b: c}"),
    ("a: 1\n  b: 2", "2:4", "not YAML", "a: 1\nb: 2"),
    ("a: 1\n---\nb: 2", "2:1", "a second document begins here", "a: 1\nb: 2"),
    ("a: @x", "1:4", "not YAML", "a: '@x'"),
]


@pytest.mark.parametrize(("text", "place", "words", "twin"), REFUSED, ids=repr)
def test_what_has_two_readings_is_refused(text: str, place: str, words: str, twin: str) -> None:
    error = refused(text)
    assert error.place == f"p.yaml:{place}", error.message
    assert words in error.message
    assert read(twin).data is not None


@pytest.mark.parametrize(
    "character",
    [
        *("\0", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\u00ad", "\u200b", "\u200e", "\u2028", "\u2029"),
        *("\u202e", "\u2066", "\u2060", "\ufeff", "\ufffe", "\U000e0041", "\r"),
    ],
    ids=lambda each: f"U+{ord(each):04X}",
)
def test_a_character_that_hides_something_is_refused(character: str) -> None:
    """YAML 1.1 ends a comment at U+0085, U+2028 and U+2029; no editor shows it."""
    error = refused(f"a: 1\nb: 2 # see{character}c: 3\n")
    assert error.place == "p.yaml:2:11"
    assert f"U+{ord(character):04X}" in error.message
    assert read("a: 1\nb: 2 # see\u00e9\u200d\u65e5c: 3\n").data == {"a": 1, "b": 2}


@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\U00110000", "\\ud800", "\\udfff", "\\q"])
def test_an_escape_that_is_no_character_is_refused(escape: str) -> None:
    assert str(refused(f'a: "{escape}"').place).startswith("p.yaml")
    assert read('a: "\\U0001F600"').data == {"a": "\U0001f600"}


def test_text_that_is_not_utf_8_is_refused() -> None:
    for raw in (b"a: \xff", "a: 1".encode("utf-16"), b"a: \xed\xa0\x80"):
        with pytest.raises(PolicyError, match=r"^p\.yaml: not UTF-8$"):
            load(raw, source="p.yaml")


def nested(depth: int) -> str:
    return "[" * (depth - 1) + "1" + "]" * (depth - 1)


def test_depth_has_a_bound() -> None:
    assert read(nested(POLICY_DEPTH)).data
    error = refused(nested(POLICY_DEPTH + 1))
    assert (error.place, "nested deeper" in error.message) == (f"p.yaml:1:{POLICY_DEPTH + 1}", True)
    assert "nested deeper" in refused("[" * 100_000).message
    assert "nested deeper" in refused("? " * 1000 + "a").message


def test_the_number_of_values_has_a_bound() -> None:
    assert len(read("- 1\n" * (POLICY_NODES - 1)).data) == POLICY_NODES - 1
    error = refused("- 1\n" * POLICY_NODES)
    assert (error.place, "more than" in error.message) == (f"p.yaml:{POLICY_NODES}:3", True)


def test_size_has_a_bound() -> None:
    text = "a: 1\n#"
    assert read(text + "x" * (POLICY_BYTES - len(text))).data == {"a": 1}
    assert "larger than" in refused(text + "x" * (POLICY_BYTES - len(text) + 1)).message


def test_every_value_has_its_place() -> None:
    document = read("a:\n  b:\n    - x\n    -  y\n")
    assert document.place(("a", "b", 1)) == "p.yaml:4:8"
    assert document.place(("a", "b", "<key>")) == "p.yaml:2:3"
    # What is not there has the place of what is around it.
    assert document.place(("a", "c", "d")) == document.place(("a",)) == "p.yaml:2:3"
    assert document.place(()) == "p.yaml:1:1"


def test_the_name_of_the_file_is_made_harmless() -> None:
    with pytest.raises(PolicyError) as caught:
        load(b"a: &x 1", source="\x1b[2J.yaml")
    assert "\x1b" not in str(caught.value)


def test_a_stream_has_several_documents_each_with_its_places() -> None:
    raw = b"a: 1\n---\n---\n# nothing\n---\nb:\n- text\n"

    first, second = load_all(raw, source="p.yaml")

    assert (first.data, second.data) == ({"a": 1}, {"b": ["text"]})
    assert second.place(("b", 0)) == "p.yaml:7:3"


@pytest.mark.parametrize("raw", [b"", b"# nothing\n", b"---\n---\n"])
def test_a_stream_without_documents_is_empty(raw: bytes) -> None:
    assert load_all(raw, source="p.yaml") == ()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: 1\n---\na: 1\na: 2\n", "p.yaml:4:1: duplicate key 'a'"),
        (b"a: 1\n---\n{\n", "p.yaml:4:1: not YAML"),
        (b"a: 1\n---\nb: &x 1\n", "p.yaml:3:4: anchors (&) are not allowed"),
    ],
)
def test_what_is_wrong_in_a_later_document_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(PolicyError) as error:
        load_all(raw, source="p.yaml")
    assert message in error.value.message
