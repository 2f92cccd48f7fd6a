"""Inputs of the field on which the product was once wrong: each case runs, and ends as it says.

Read in place; `field_later.txt` names the cases that belong to work that is still open.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

FIELD = ROOT.parent / "shared" / "field"
LATER = frozenset((Path(__file__).parent / "field_later.txt").read_text(encoding="utf-8").split())
CASES = {"/".join(path.parent.relative_to(FIELD).parts): path for path in sorted(FIELD.rglob("case.toml"))}


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    """The program that belongs to the cases."""
    spec = importlib.util.spec_from_file_location("field_run", FIELD / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not CASES, reason="no field cases: ../shared/field is absent")
@pytest.mark.parametrize("name", sorted(CASES.keys() - LATER))
def test_a_case_of_the_field_ends_as_it_says(runner: ModuleType, name: str) -> None:
    verify = Path(sys.executable).with_name("verify")
    assert runner.run_case(CASES[name], str(verify), timeout=100) == []
