"""The commands that the pages show and what they print, and the pages made from the code.

``python -m tests.documented`` writes what is so now into all of them.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from verifier.policy.documentation import rules_markdown
from verifier.policy.schema import schema

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("cli", "gate", "reports")))
GENERATED: Mapping[Path, Callable[[], str]] = {
    ROOT / "docs" / "rules.md": rules_markdown,
    ROOT / "docs" / "policy.schema.json": lambda: json.dumps(schema(), indent=2) + "\n",
}
ELSEWHERE = "[…]"  # the last line shown, where more is printed
_BLOCK = re.compile(
    r"(?:\$ verify (?P<command>.*)|`make demo` ends with:\n\n```console)\n(?P<shown>(?:(?!\$ ).*\n)*?)```\n"
)
_DEMO = re.compile(r"^demo:.*\n\t\$\(BIN\)/verify (.*)$", re.MULTILINE)


def examples(page: Path) -> Iterator[tuple[str, re.Match[str]]]:
    """Each command that ``page`` shows with its output, and where."""
    (demo,) = _DEMO.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["shown"]:
            yield block["command"] or demo, block


def printed(command: str, home: Path) -> list[str]:
    """What ``verify COMMAND`` prints on a terminal of 100 columns, standard error last."""
    environment = {"HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "verifier", *shlex.split(command)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment | {"PATH": os.environ["PATH"]},
    )
    return [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]


def shown(block: re.Match[str], lines: list[str]) -> list[str]:
    """As much of ``lines`` as the page shows."""
    before = block["shown"].splitlines()
    return [*lines[: len(before) - 1], ELSEWHERE] if before[-1] == ELSEWHERE else lines


def refresh(page: Path, home: Path) -> None:
    """Write into ``page`` what its commands print now."""
    text = page.read_text(encoding="utf-8")
    for command, block in reversed(list(examples(page))):
        lines = shown(block, printed(command, home))
        start, end = block.span("shown")
        text = text[:start] + "".join(f"{line}\n" for line in lines) + text[end:]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for path, make in GENERATED.items():
        path.write_text(make(), encoding="utf-8")
    with TemporaryDirectory() as folder:
        for each in PAGES:
            refresh(each, Path(folder))
