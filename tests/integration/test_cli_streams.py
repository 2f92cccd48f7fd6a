"""A verdict that nobody could read is no success (OUT-03)."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.cli import SAMPLE, TRUST, layout

GOOD = layout("demo")


@pytest.mark.parametrize("target", ["/dev/full", "closed"])
@pytest.mark.parametrize(
    "arguments",
    [
        [GOOD, *SAMPLE],
        [GOOD, *SAMPLE, "-o", "json"],
        ["tree", GOOD, *TRUST],
        ["policy", "schema"],
        ["image", "--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_output_that_cannot_be_written_is_no_success(
    tmp_path: Path, target: str, arguments: list[str]
) -> None:
    command = [sys.executable, "-m", "verifier", *arguments]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    if target == "closed":
        reader, writer = socket.socketpair()
        reader.close()
        with writer:
            done = subprocess.run(
                command, check=False, stdout=writer.fileno(), stderr=subprocess.PIPE, env=environment
            )
    else:
        with Path(target).open("wb") as full:
            done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr


@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        (">&-", [GOOD, *SAMPLE], 4),
        (">&-", [layout("unsigned"), *SAMPLE], 4),
        (">&-", ["--help"], 4),
        (">&-", ["--version"], 4),
        (">&-", ["tree", GOOD, *TRUST], 4),
        ("2>&-", [GOOD, *SAMPLE], 0),
        ("2>&-", [layout("unsigned"), *SAMPLE], 3),
        ("2>&-", ["--nope"], 2),
        ("<&-", [GOOD, *SAMPLE], 0),
        ("<&- >&- 2>&-", [GOOD, *SAMPLE], 4),
    ],
)
def test_streams_that_are_closed_from_the_start(
    tmp_path: Path, closed: str, arguments: list[str], code: int
) -> None:
    command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "verifier", *arguments]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    done = subprocess.run(command, check=False, capture_output=True, env=environment)
    assert done.returncode == code, done
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
