"""A verdict that nobody could read is no success (OUT-03)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.cli import SAMPLE, TRUST, layout

GOOD = layout("demo")


@pytest.mark.parametrize("unbuffered", ["", "1"])
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
    tmp_path: Path, target: str, arguments: list[str], unbuffered: str
) -> None:
    command = [sys.executable, "-m", "verifier", *arguments]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
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
    "arguments",
    [
        [GOOD, *SAMPLE, "-o", "json"],
        ["tree", GOOD, *TRUST],
        ["policy", "list"],
        ["--help"],
        ["image", "--help"],
    ],
    ids=" ".join,
)
def test_a_pipe_that_is_closed_ends_it_quietly(tmp_path: Path, arguments: list[str]) -> None:
    """As in `verify --help | head -1`: whoever closed it has seen enough. It is no pass all the same."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "verifier", *arguments],
            check=False,
            stdout=writer,
            stderr=subprocess.PIPE,
            env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (4, b"")


HELP = [[], ["image"], ["gate"], ["policy"], ["policy", "check"], ["admission", "serve"], ["sbom", "diff"]]


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_help_is_shown_on_every_terminal(tmp_path: Path, arguments: list[str], encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", *arguments, "--help"],
        check=False,
        capture_output=True,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C", "PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: verify" in done.stdout
    done.stdout.decode(encoding)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--show-completion", "bash"], {}),
        ([], {"_VERIFY_COMPLETE": "source_bash"}),
        ([], {"_VERIFY_COMPLETE": "complete_bash", "COMP_WORDS": "verify pol", "COMP_CWORD": "1"}),
    ],
)
def test_completion_is_no_defect(tmp_path: Path, arguments: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", *arguments],
        check=False,
        capture_output=True,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environment},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


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
