"""Predicate types and what predicates hold."""

from __future__ import annotations

import json

import pytest

from verifier.errors import InputError, StatementError
from verifier.model.digest import Digest
from verifier.model.predicate import alias_of, matches, parse_predicate_type, predicate_document
from verifier.model.statement import Statement
from verifier.strict_json import Json


def statement(predicate: Json) -> Statement:
    return Statement(
        type="https://in-toto.io/Statement/v1",
        predicate_type="https://spdx.dev/Document",
        subjects=(Digest("ab" * 32),),
        predicate=predicate,
        payload=b"",
        annotations={},
    )


@pytest.mark.parametrize(
    ("wanted", "predicate_type"),
    [
        ("spdx", "https://spdx.dev/Document"),
        ("spdx", "https://spdx.dev/Document/v2.3"),
        ("cyclonedx", "https://cyclonedx.org/bom"),
        ("cyclonedx", "https://cyclonedx.org/bom/v1.6"),
        ("openvex", "https://openvex.dev/ns/v0.2.0"),
        ("slsa-provenance", "https://slsa.dev/provenance/v1"),
        ("slsa-provenance", "https://slsa.dev/provenance/v0.2"),
        ("https://spdx.dev/Document", "https://spdx.dev/Document"),
    ],
)
def test_the_wanted_type_matches(wanted: str, predicate_type: str) -> None:
    assert matches(wanted, predicate_type)


@pytest.mark.parametrize(
    ("wanted", "predicate_type"),
    [
        ("spdx", "https://spdx.dev/Document/"),
        ("spdx", "https://spdx.dev/Document/v2.3/"),
        ("spdx", "https://spdx.dev/Document/v2.3\n"),
        ("spdx", "https://spdx.dev/Documents"),
        ("spdx", "https://spdx.dev/document"),
        ("spdx", "https://spdx.dev/Document/vmalicious"),
        ("spdx", "https://cyclonedx.org/bom"),
        ("spdx", "spdx"),
        ("slsa-provenance", "https://slsa.dev/provenance/v1/v2"),
        ("https://spdx.dev/Document", "https://spdx.dev/Document/v2.3"),
        ("https://spdx.dev/Document/v2.3", "https://spdx.dev/Document"),
    ],
)
def test_another_type_does_not_match(wanted: str, predicate_type: str) -> None:
    assert not matches(wanted, predicate_type)


def test_an_alias_is_found_for_a_type() -> None:
    assert alias_of("https://spdx.dev/Document/v2.3") == "spdx"
    assert alias_of("https://example.org/unknown") is None


@pytest.mark.parametrize("text", ["spdx", "https://example.org/x/v1", "urn:example:a"])
def test_aliases_and_uris_can_be_asked_for(text: str) -> None:
    assert parse_predicate_type(text) == text


@pytest.mark.parametrize("text", ["", "spdxx", "https://a b", "https://a\n", "x" * 40 + ":a"])
def test_other_texts_cannot_be_asked_for(text: str) -> None:
    with pytest.raises(InputError):
        parse_predicate_type(text)


DOCUMENT: dict[str, Json] = {"spdxVersion": "SPDX-2.3"}


@pytest.mark.parametrize(
    "predicate",
    [
        DOCUMENT,
        json.dumps(DOCUMENT),
        {"Data": DOCUMENT},
        {"Data": json.dumps(DOCUMENT)},
        {"Data": json.dumps(DOCUMENT), "Timestamp": "2024-01-01T00:00:00Z"},
    ],
)
def test_the_document_is_found_however_it_was_packed(predicate: Json) -> None:
    assert predicate_document(statement(predicate)) == DOCUMENT


@pytest.mark.parametrize("predicate", [None, {}])
def test_a_missing_predicate_is_an_empty_one(predicate: Json) -> None:
    assert predicate_document(statement(predicate)) == {}


def test_a_document_that_has_data_beside_other_members_is_itself() -> None:
    predicate: Json = {"Data": "{}", "other": 1}
    assert predicate_document(statement(predicate)) == predicate


def test_only_one_text_is_unpacked() -> None:
    assert predicate_document(statement(json.dumps("{}"))) == "{}"


@pytest.mark.parametrize(
    "predicate",
    [
        "SPDXVersion: SPDX-2.3",
        '{"a":1,"a":2}',
        "[NaN]",
        "[" * 65 + "]" * 65,
        '"\ud800"',
        {"Data": "plain text"},
        {"Data": ""},
    ],
)
def test_a_text_that_holds_no_strict_json_is_refused(predicate: Json) -> None:
    with pytest.raises(StatementError):
        predicate_document(statement(predicate))
