"""Run the command line as a user does: a process of its own, with an empty home."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

TESTDATA = ROOT / "testdata"
LAYOUTS = TESTDATA / "layouts"
TRUST = ("--trusted-root", str(TESTDATA / "trusted_root.json"), "--offline")
SAMPLE = ("--policy", "sample", *TRUST)


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def verify(
    home: Path,
    *arguments: str,
    python: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Done:
    """Run ``verify`` with these arguments and no environment but a home and what is given."""
    command = [sys.executable, *python.split(), "-m", "verifier", *arguments]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        cwd=cwd or home,
        env={
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            **(env or {}),
        },
    )
    result = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.err, result.err
    return result


def layout(name: str) -> str:
    """The reference of a layout of the test data."""
    return f"oci:{LAYOUTS / name}"
