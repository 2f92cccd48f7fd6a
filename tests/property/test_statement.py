"""Hostile payloads only ever give the declared errors."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import changed, values
from verifier.attestation.statement import parse_simple_signing, parse_statement
from verifier.errors import LimitExceeded, StatementError, SubjectError
from verifier.model.predicate import predicate_document
from verifier.model.statement import Statement

A = "ab" * 32
DECLARED = (StatementError, SubjectError, LimitExceeded)


def statement() -> Any:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "hello",
                "uri": "https://example.org",
                "digest": {"sha256": A, "sha512": "cd" * 64},
                "content": "aGVsbG8=",
                "downloadLocation": "https://example.org/hello",
                "mediaType": "text/plain",
                "annotations": {"a": {"b": [1, 2.5, None, True]}},
            },
            {"digest": {"gitCommit": "ab" * 20}},
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"a": 1},
    }


def signing() -> Any:
    return {
        "critical": {
            "identity": {"docker-reference": "example.org/hello"},
            "image": {"docker-manifest-digest": f"sha256:{A}"},
            "type": "cosign container image signature",
        },
        "optional": {"a": 1},
    }


def check(payload: bytes) -> None:
    with contextlib.suppress(*DECLARED):
        parsed = parse_statement(payload)
        document = json.loads(payload)
        # What is accepted is about digests that stand in the payload, letter by letter.
        named = {each["digest"].get("sha256") for each in document["subject"]}
        assert {digest.hex for digest in parsed.subjects} == named - {None}
        assert parsed.subjects
        assert (parsed.type, parsed.predicate_type) == (document["_type"], document["predicateType"])
        assert parsed.predicate == document.get("predicate")
    with contextlib.suppress(*DECLARED):
        signed = parse_simple_signing(payload)
        assert f"{signed.digest}" == json.loads(payload)["critical"]["image"]["docker-manifest-digest"]


@given(st.binary(max_size=300))
def test_bytes(payload: bytes) -> None:
    check(payload)


@given(values)
def test_json(document: Any) -> None:
    check(json.dumps(document).encode())


@given(changed(statement, more=[A, A.upper(), {}, [], {"sha256": A}, [{"digest": {"sha256": A}}]]))
def test_statements(document: Any) -> None:
    check(json.dumps(document).encode())


@given(changed(signing, more=[A, f"sha256:{A}", {}, []]))
def test_classic_signatures(document: Any) -> None:
    check(json.dumps(document).encode())


@given(values | st.builds(json.dumps, values) | st.builds(lambda value: {"Data": value}, values))
def test_predicates(predicate: Any) -> None:
    content = Statement("", "", (), predicate, b"", {})
    with contextlib.suppress(StatementError):
        predicate_document(content)
