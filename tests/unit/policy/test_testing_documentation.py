"""docs/policy-testing.md says what is so."""

from __future__ import annotations

import json
import re
import textwrap
from importlib import resources
from pathlib import Path

from tests.conftest import ROOT
from verifier.policy.case_file import read_case_file

TEXT = (ROOT / "docs" / "policy-testing.md").read_text("utf-8")


def test_the_example_is_a_test_file(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "app.test.yaml").write_text(textwrap.dedent(block))
    assert len(read_case_file(tmp_path / "app.test.yaml").cases) == 2


def test_every_key_is_described_and_no_other() -> None:
    schema = json.loads(resources.files("verifier.policy").joinpath("case_schema.json").read_text("utf-8"))
    case = schema["$defs"]["case"]
    keys = {*schema["properties"], *case["properties"], *case["properties"]["expect"]["properties"]}
    tables = TEXT.partition("### The file")[2]
    assert set(re.findall(r"^\| `([^`]+)` \|", tables, re.MULTILINE)) == keys
