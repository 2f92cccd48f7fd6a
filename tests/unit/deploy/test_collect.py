"""The script that fetches the reports of the fleet audit, with a kubectl that knows three workers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "deploy" / "kubernetes" / "audit" / "collect.sh"
KUBECTL = """\
#!/bin/sh
case "$*" in
  *"get job"*) printf 3 ;;
  *"get pods"*index=NONE*) ;;
  *"get pods"*index=0*) printf 'pod/first-try\\npod/audit-0\\n' ;;
  *"get pods"*index=1*) echo pod/audit-1 ;;
  *"get pods"*index=2*) echo pod/audit-2 ;;
  *logs*pod/SILENT) ;;
  *logs*pod/audit-*) echo "{\\"from\\": \\"$4\\"}" ;;
  *) exit 1 ;;
esac
"""


def collect(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    text = KUBECTL
    for old, new in changes.items():
        text = text.replace(old, new)
    (folder / "kubectl").write_text(text)
    (folder / "kubectl").chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    command = [str(SCRIPT), str(folder / "out")]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def reports(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text().strip() for path in (folder / "out").iterdir()}


def test_every_report_is_fetched_from_the_last_try(tmp_path: Path) -> None:
    done = collect(tmp_path)
    assert done.returncode == 0, done
    assert reports(tmp_path) == {f"share-{n}.json": f'{{"from": "pod/audit-{n}"}}' for n in range(3)}


@pytest.mark.parametrize(
    "change", [{"NONE": "1"}, {"SILENT": "audit-1"}, {"*logs*pod/audit-*": "*logs*pod/audit-0"}]
)
def test_with_one_report_missing_there_is_none(tmp_path: Path, change: dict[str, str]) -> None:
    collect(tmp_path)
    done = collect(tmp_path, **change)
    assert done.returncode == 1
    assert "worker 1 of 3" in done.stderr
    assert reports(tmp_path) == {}
