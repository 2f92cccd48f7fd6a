"""The Python API."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
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


def test_the_environment_says_nothing(testdata: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFY_POLICY", "sample")
    monkeypatch.setenv("VERIFY_PLATFORM", "linux/s390x")
    monkeypatch.setenv("VERIFY_CERTIFICATE_IDENTITY", "x")
    assert verify(testdata, "demo").exit_code == 0
    with pytest.raises(InputError):
        verify(testdata, "demo", policy=())


def test_what_was_asked_wrongly_is_raised_and_all_else_is_a_verdict(testdata: Path) -> None:
    for options in (
        {"platforms": ["linux"]},
        {"platforms": ["all", "linux/amd64"]},
        {"trusted_root": testdata / "absent"},
        {"trusted_root": testdata / "README.md"},
    ):
        with pytest.raises(InputError):
            verify(testdata, "demo", **options)
    with pytest.raises(InputError):
        verifier.verify_image("https://nginx", policy="sample")
    assert verify(testdata, "demo", platforms=["linux/s390x"]).verdict is Verdict.UNVERIFIED
    report = verifier.verify_image("127.0.0.1:1/app", policy="sample", allow_http=["127.0.0.1:1"], timeout=5)
    assert report.verdict is Verdict.UNAVAILABLE


def test_the_report_can_be_written_as_json(testdata: Path) -> None:
    from verifier.report.json_report import render_json

    report = verify(testdata, "demo", at=datetime(2026, 11, 2, tzinfo=UTC))
    document = json.loads(render_json(report))
    assert document["evaluatedAt"] == "2026-11-02T00:00:00Z"
    assert document["images"][0]["reference"].endswith("/demo")


def test_importing_it_costs_nothing() -> None:
    code = "import sys, verifier; print(*(name for name in sys.modules if name.startswith('verifier.')))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["verifier.version"]
    with pytest.raises(AttributeError):
        _ = verifier.absent
