"""JSON of somebody else on standard output: the same document, and nothing that a terminal or a CI obeys."""

from __future__ import annotations

import json
import re

import pytest

from verifier.cli import output

HOSTILE = (
    "\x1b[31m\x9b2J\x07\r\n::error::x\n##vso[task.complete]\n##[error]y\u202e\u2066\U000e0001\ud800\ttab\x7f"
)
OBEYED = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|^\s*::|##(?=\w*\[)", re.MULTILINE
)


def written(text: str, capture: pytest.CaptureFixture[bytes]) -> str:
    output.write_json(text)
    return capture.readouterr().out.decode("utf-8")


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_a_document_is_the_same_document(
    indent: int | str | None, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    document = {"name": HOSTILE, HOSTILE: [HOSTILE, 1.50, None, "café 中文"]}
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    shown = written(text, capsysbinary)
    assert json.loads(shown) == document
    assert not OBEYED.search(shown)
    assert "café 中文" in shown


@pytest.mark.parametrize(
    "text", ['{"x": 1.0,  "y":[1 , 2]}', "[]", "null", "12", '"text"', '{\n  "a": {}\n}']
)
def test_a_plain_document_is_printed_as_it_is(text: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert written(text, capsysbinary) == f"{text}\n"


@pytest.mark.parametrize(
    "text", [HOSTILE, "SPDXVersion: SPDX-2.3\nPackageName: a\n", "NaN", "{'a': 1}", "[" * 100_000]
)
def test_text_that_is_no_json_is_a_json_string(text: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    shown = written(text, capsysbinary)
    assert json.loads(shown) == text
    assert not OBEYED.search(shown)


def test_no_predicate_is_an_empty_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert written("", capsysbinary) == "\n"
