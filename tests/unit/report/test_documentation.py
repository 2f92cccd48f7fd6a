"""docs/json-report.md lists the codes that there are."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from verifier import errors

# Branches of the tree, and errors that end the run before a report.
_NEVER_REPORTED = {
    "VerifierError",
    "InputError",
    "UsageError",
    "ManifestError",
    "RejectedError",
    "UnavailableError",
}


def test_every_code_is_documented_and_no_other() -> None:
    classes = [item for item in vars(errors).values() if isinstance(item, type)]
    codes = {item.code for item in classes if issubclass(item, errors.VerifierError)}
    section = (ROOT / "docs" / "json-report.md").read_text().partition("## Codes")[2]
    documented = set(re.findall(r"^\| `([A-Za-z]+)` \|", section, re.MULTILINE))
    assert documented == codes - _NEVER_REPORTED
