"""The catalogue lists every rule there is, under its own name, and imports none unasked."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import verifier.policy.rules
from verifier.policy.catalogue import RULES

FOLDER = Path(verifier.policy.rules.__file__ or "").parent


@pytest.mark.parametrize("name", RULES)
def test_a_rule_stands_under_its_own_name_and_is_documented(name: str) -> None:
    spec = RULES[name]
    assert spec.id == name
    assert spec.title
    assert spec.what.strip()
    assert spec.fix.strip()
    assert spec.example.startswith(f"- {name}:")
    assert set(spec.required) <= set(spec.options)
    for option, value in spec.options.items():
        assert value.get("description") or "enum" in value, option


def test_no_rule_is_left_out() -> None:
    modules = (path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    specs = (getattr(import_module(f"verifier.policy.rules.{stem}"), "SPEC", None) for stem in modules)
    assert {spec.id for spec in specs if spec is not None} == set(RULES)
    assert "licences" not in RULES
    with pytest.raises(KeyError):
        RULES["licences"]


def test_a_policy_imports_the_rules_that_it_makes_and_no_others() -> None:
    code = (
        "import sys; from verifier.policy.shipped import load_shipped; load_shipped('sample');"
        " print(*(m for m in sys.modules if m.startswith('verifier.policy.rules.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = done.stdout.split()
    assert "verifier.policy.rules.signature" in imported
    assert "verifier.policy.rules.licenses" not in imported
    assert "verifier.policy.rules.cel" not in imported
