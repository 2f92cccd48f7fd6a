"""The JSON report, field by field as the documentation has it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.unit.report.factory import AMD64, BLOB, INDEX, hostile_report, report, unavailable
from verifier.model.finding import Verdict
from verifier.report.json_report import render_json, report_schema

GOOD = json.loads(render_json(report()))


def valid(document: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(report_schema()).is_valid(document))


def test_the_schema_is_one_and_closed_everywhere() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    text = json.dumps(report_schema())
    assert text.count('"type": "object"') == text.count('"additionalProperties"')


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_valid(verdict: Verdict) -> None:
    document = json.loads(render_json(report(verdict=verdict)))
    assert valid(document)
    assert (document["verdict"], document["exitCode"]) == (verdict.name.lower(), verdict.value)
    assert valid(json.loads(render_json(unavailable())))


def test_the_whole_document() -> None:
    statement = {
        "subject": str(INDEX),
        "scope": "index",
        "format": "cosign-simplesigning",
        "evidence": str(BLOB),
        "storedAt": "tag x.sig, layout",
        "signer": {"issuer": "text", "subject": "text", "claims": {"sourceRepositoryURI": "text"}},
        "log": {"kind": "dsse/0.0.1", "index": 7, "id": "ab" * 32, "proof": "promise"},
        "signedAt": "2026-11-01T12:00:00Z",
        "acceptedBy": ["release"],
    }
    (image,) = GOOD["images"]
    assert image["signatures"] == [statement, {**statement, "subject": str(AMD64), "scope": "platform"}]
    assert image["attestations"] == [
        {
            "subject": str(AMD64),
            "scope": "platform",
            "format": "sigstore-bundle",
            "evidence": str(BLOB),
            "storedAt": "tag x.sig, layout",
            "signer": {"keyFingerprint": str(BLOB)},
            "log": None,
            "signedAt": None,
            "acceptedBy": ["key"],
            "predicateType": "text",
            "statementType": "https://in-toto.io/Statement/v1",
        }
    ]
    assert image["rejected"] == [
        {"evidence": str(BLOB), "storedAt": "text", "code": "TimeError", "reason": "text"}
    ]
    assert image["unsigned"] == [{"evidence": str(BLOB), "storedAt": "text", "predicateType": "text"}]
    assert image["platforms"] == [
        {
            "platform": "linux/amd64",
            "digest": str(AMD64),
            "verdict": "pass",
            "sbom": {
                "format": "SPDX-2.3",
                "predicateType": "text",
                "evidence": str(BLOB),
                "scope": "platform",
                "created": "2026-11-01T12:30:00.250000Z",
                "creators": ["text"],
                "packages": 18,
                "relationships": 40,
            },
            "checks": [
                {
                    "rule": "signature",
                    "policy": "app",
                    "outcome": "pass",
                    "code": None,
                    "message": "text",
                    "hint": None,
                    "evidence": [str(BLOB)],
                }
            ],
        }
    ]
    assert {name: GOOD[name] for name in GOOD if name not in {"images", "tool"}} == {
        "schemaVersion": 1,
        "verdict": "pass",
        "exitCode": 0,
        "evaluatedAt": "2026-11-01T12:00:00Z",
        "trustRoot": {"source": "text", "digest": str(BLOB)},
        "policies": [{"name": "app", "source": "text", "digest": str(BLOB)}],
    }


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if path[-1:] != ("claims",):
                yield (*path, key)
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from places(value, (*path, number))


@pytest.mark.parametrize("path", list(places(GOOD)), ids=str)
def test_no_field_may_be_missing_or_misspelt(path: tuple[Any, ...]) -> None:
    for rename in (False, True):
        document = copy.deepcopy(GOOD)
        node = document
        for step in path[:-1]:
            node = node[step]
        value = node.pop(path[-1])
        if rename:
            node[path[-1] + "x"] = value
        assert valid(GOOD)
        optional = path[-1] in {"platformsLeftOut", "searched", "warnings"}
        assert valid(document) is (optional and not rename)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J",
        "\u202e",
        "\ud800",
        "\x00",
        '"',
        "\n::error::x",
        "\u20ac",
        "##[add-mask]x",
        "a ##vso[task.setvariable variable=x]y",
        "###[error]x",
        "\\##[error]x",
        "# #[x] a##b #1",
    ],
)
def test_whatever_text_it_holds_it_is_ascii_and_says_the_same(text: str) -> None:
    rendered = render_json(hostile_report(text))
    rendered.encode("ascii")
    assert json.loads(rendered)["images"][0]["reference"] == text
    assert valid(json.loads(rendered))
    assert not re.search(r"^\s*::|##\w*\[", rendered, re.MULTILINE)
