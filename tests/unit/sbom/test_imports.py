"""Reading attestations must not pay for spdx-tools, nor importing for Protobuf."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("spdx_tools", "rdflib", "license_expression", "in_toto_attestation", "google.protobuf", "yaml")
PROGRAM = "import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"


@pytest.mark.parametrize(
    "module",
    [
        "verifier.sbom.reader",
        "verifier.sbom.files",
        "verifier.sbom.compare",
        "verifier.attestation.statement",
    ],
)
def test_modules_on_the_main_path_are_light(module: str) -> None:
    program = PROGRAM.format(module=module, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
