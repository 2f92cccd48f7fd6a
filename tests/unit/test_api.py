"""The Python API."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import verifier
from tests.conftest import ROOT
from verifier.errors import InputError, PolicyError
from verifier.model.finding import Verdict


def verify(testdata: Path, layout: str, **options: object) -> verifier.Report:
    settings: dict[str, object] = {
        "policy": "sample",
        "trusted_root": testdata / "trusted_root.json",
        "offline": True,
    }
    return verifier.verify_image(f"oci:{testdata / 'layouts' / layout}", **settings | options)  # type: ignore[arg-type]


def test_an_image_is_verified(testdata: Path) -> None:
    report = verify(testdata, "demo", platforms=["linux/amd64"])
    assert isinstance(report, verifier.Report)
    assert (report.verdict, report.exit_code) == (Verdict.PASS, 0)
    assert verify(testdata, "unsigned").exit_code == 3


def test_policies_are_names_or_files(testdata: Path) -> None:
    path = ROOT / "policies" / "sample.yaml"
    assert verify(testdata, "demo", policy=path).exit_code == 0
    assert verify(testdata, "demo", policy=["sample", path]).exit_code == 0
    with pytest.raises(PolicyError):
        verify(testdata, "demo", policy="absent")
    with pytest.raises(InputError):
        verify(testdata, "demo", policy=[])


def test_importing_it_costs_nothing() -> None:
    code = "import sys, verifier; sys.exit(len([m for m in sys.modules if m.startswith('verifier.')]))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
    with pytest.raises(AttributeError):
        _ = verifier.absent
