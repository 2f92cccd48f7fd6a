"""docs/json-report.md lists the codes and the fields that there are."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from verifier import errors
from verifier.model.finding import USAGE_EXIT_CODE, Verdict
from verifier.report.json_report import report_schema

_DOCUMENT = (ROOT / "docs" / "json-report.md").read_text("utf-8")

# Branches of the tree, and errors that end the run before a report.
_NEVER_REPORTED = {
    "VerifierError",
    "InputError",
    "UsageError",
    "ReportError",
    "RejectedError",
    "UnavailableError",
}


def test_every_code_is_documented_and_no_other() -> None:
    classes = [item for item in vars(errors).values() if isinstance(item, type)]
    codes = {item.code for item in classes if issubclass(item, errors.VerifierError)}
    section = _DOCUMENT.partition("## Codes")[2]
    documented = set(re.findall(r"^\| `([A-Za-z]+)` \|", section, re.MULTILINE))
    assert documented == codes - _NEVER_REPORTED


def test_every_exit_code_is_documented() -> None:
    section = _DOCUMENT.partition("## Exit codes")[2].partition("## Codes")[0]
    documented = re.findall(r"^\| ([0-9]) \| (?:`([a-z]+)`|–) \|", section, re.MULTILINE)
    codes = {int(verdict): str(verdict) for verdict in Verdict} | {USAGE_EXIT_CODE: ""}
    assert {int(code): verdict for code, verdict in documented} == codes


def test_every_field_is_documented() -> None:
    schema = report_schema()
    objects = [schema, *schema["$defs"].values()]
    for field in (name for item in objects for name in item["properties"]):
        assert re.search(rf"[`{{ ]{field}(\[\])?[`,}}]", _DOCUMENT), field
