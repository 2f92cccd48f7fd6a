"""What start-up must not pay for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = {"sigstore", "spdx_tools", "httpx", "jsonschema", "cryptography", "re2", "tuf", "yaml"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("--nope",),
        ("image", "--help"),
        ("image", "nginx", "--nope"),
        ("sbom", "show", "--help"),
    ],
)
def test_help_and_usage_errors_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "verifier", *arguments]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "verifier" in imported
    assert not imported & HEAVY
