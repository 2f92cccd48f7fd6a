"""docs/policy.md says what is so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.sigstore_instance import Key
from verifier.errors import PolicyError
from verifier.model.predicate import ALIASES
from verifier.policy.document import load_policy, read_policy
from verifier.policy.lint import lint
from verifier.policy.schema import schema
from verifier.policy.shipped import shipped_bytes

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TEXT = (ROOT / "docs" / "policy.md").read_text("utf-8")
POLICIES = [
    re.sub(r"^ {3}", "", block, flags=re.MULTILINE) if block.startswith("   version") else block
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
]


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("number", range(len(POLICIES)))
def test_the_examples_are_policies(tmp_path: Path, number: int) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "security.pub").write_text(Key("security").pem)
    (tmp_path / "policy.yaml").write_text(POLICIES[number])
    policy = read_policy(tmp_path / "policy.yaml", shipped=shipped_bytes)
    assert policy.rules
    assert lint(policy, NOW) == []


def test_the_example_of_the_readme_is_a_policy() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    policy = load_policy(example.encode(), source="README.md")
    assert len(policy.rules) == 7
    assert lint(policy, NOW) == []


def test_there_are_examples() -> None:
    assert len(POLICIES) == 7


def test_the_error_is_the_one_that_comes(tmp_path: Path) -> None:
    text = POLICIES[0].replace("    issuer:", "    isuer:")
    (tmp_path / "policy.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        read_policy(tmp_path / "policy.yaml")
    said = f"error: {caught.value}\nhint:  {caught.value.hint}\n".replace(f"{tmp_path}/", "")
    assert said in TEXT


def test_every_alias_is_listed_and_no_other() -> None:
    (line,) = re.findall(r"^Aliases: (.*)\.$", TEXT, re.MULTILINE)
    assert re.findall(r"`([^`]+)`", line) == list(ALIASES)


def test_every_key_is_described() -> None:
    document = schema()
    objects = [document, *document["$defs"].values()]
    for key in (key for item in objects for key in item.get("properties", ())):
        assert re.search(rf"(^|[`\s{{]){key}[`:\s]", TEXT, re.MULTILINE), key
