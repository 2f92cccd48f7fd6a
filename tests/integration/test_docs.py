"""The outputs that README.md and docs/cli.md show are real."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "[…]"
_BLOCK = re.compile(r"```console\n\$ verify (.*)\n((?:.*\n)*?)```\n")
_NOW = re.compile(r"(judged at +)\S+")
_DEMO = re.compile(r"`make demo` ends with:\n\n```console\n((?:.*\n)*?)```\n")
_DEMO_COMMAND = re.compile(r"^demo:.*\n\t\$\(BIN\)/verify (.*)$", re.MULTILINE)


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


EXAMPLES = dict(_BLOCK.findall(_text("docs/cli.md"))) | dict(
    zip(_DEMO_COMMAND.findall(_text("Makefile")), _DEMO.findall(_text("README.md")), strict=True)
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_prints_what_is_shown(tmp_path: Path, command: str) -> None:
    environment = {"HOME": str(tmp_path), "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "verifier", *shlex.split(command)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment | {name: os.environ[name] for name in ("PATH",)},
    )
    actual = [_NOW.sub(r"\1…", line.rstrip()) for line in (done.stdout + done.stderr).splitlines()]
    shown = [_NOW.sub(r"\1…", line) for line in EXAMPLES[command].splitlines()]
    if shown[-1] == ELSEWHERE:
        shown.pop()
        actual = actual[: len(shown)]
    assert actual == shown
