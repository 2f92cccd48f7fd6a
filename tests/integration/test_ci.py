"""What build servers run: the scripts themselves, and the files that name them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.integration.cli import LAYOUTS, TESTDATA
from verifier.workload.names import HOOK_FILES

SCRIPT = ROOT / "ci" / "github-gate.sh"
GOOD, BAD = LAYOUTS / "demo", LAYOUTS / "unsigned"


@dataclass(frozen=True, slots=True)
class Step:
    """How a step ended, and what it told the runner."""

    code: int
    out: str
    err: str
    summary: str
    outputs: dict[str, str]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    verify = tmp_path / "verify"
    verify.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m verifier "$@"\n')
    verify.chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def run(workspace: Path, **inputs: str) -> Step:
    home = workspace.parent
    (home / "outputs").write_text("")
    (home / "summary").write_text("")
    defaults = {
        "paths": "images.txt",
        "policy": "sample",
        "changed_since": "",
        "baseline": "",
        "require_digest": "false",
        "allow_empty": "false",
        "arguments": f"--offline\n--trusted-root={TESTDATA / 'trusted_root.json'}",
        "sarif": "verify.sarif",
        "json": "verify.json",
    }
    environment = {f"GATE_{name.upper()}": value for name, value in {**defaults, **inputs}.items()}
    done = subprocess.run(
        ["bash", str(SCRIPT), str(home / "verify")],
        check=False,
        capture_output=True,
        encoding="utf-8",
        cwd=workspace,
        env={
            **environment,
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(home),
            "GITHUB_OUTPUT": str(home / "outputs"),
            "GITHUB_STEP_SUMMARY": str(home / "summary"),
        },
    )
    outputs = dict(line.partition("=")[::2] for line in (home / "outputs").read_text().splitlines())
    return Step(done.returncode, done.stdout, done.stderr, (home / "summary").read_text(), outputs)


def test_a_pass_ends_the_step_well_and_writes_the_reports(workspace: Path) -> None:
    (workspace / "images.txt").write_text(f"oci:{GOOD}\n")
    step = run(workspace)
    assert step.code == 0, step.err
    assert step.outputs == {"exit-code": "0", "sarif": "verify.sarif", "json": "verify.json"}
    assert json.loads((workspace / "verify.json").read_text())["verdict"] == "pass"
    assert json.loads((workspace / "verify.sarif").read_text())["version"] == "2.1.0"
    assert "oci:" in step.summary


def test_a_failure_fails_the_step_with_annotations_at_the_line(workspace: Path) -> None:
    (workspace / "images.txt").write_text(f"# both\noci:{GOOD}\noci:{BAD}\n")
    step = run(workspace)
    assert (step.code, step.outputs["exit-code"]) == (3, "3")
    annotations = [line for line in step.out.splitlines() if line.startswith("::error")]
    assert annotations
    assert all("file=images.txt" in line and "line=3" in line for line in annotations)
    assert "unsigned" in step.summary


def test_where_nothing_was_judged_old_reports_are_gone(workspace: Path) -> None:
    for name in ("verify.sarif", "verify.json"):
        (workspace / name).write_text("{}")
    (workspace / "images.txt").write_text("not an image\n")
    step = run(workspace)
    assert step.code == 2
    assert step.outputs == {"exit-code": "2"}
    assert not (workspace / "verify.sarif").exists()
    assert "before anything was judged" in step.summary
    (workspace / "images.txt").write_text("# none\n")
    assert run(workspace, allow_empty="true").code == 0
    assert run(workspace).code == 2


@pytest.mark.parametrize(
    "text", ["$(touch ran)", "`touch ran`", "; touch ran", "' touch ran '", '" touch ran']
)
def test_inputs_are_words_and_never_run(workspace: Path, text: str) -> None:
    for name in ("paths", "policy", "changed_since", "baseline", "arguments"):
        assert run(workspace, **{name: text}).code == 2
    assert not (workspace / "ran").exists()


def test_a_path_is_never_an_option(workspace: Path) -> None:
    (workspace / "--allow-empty").write_text("# none\n")
    step = run(workspace, paths="--allow-empty")
    assert step.code == 2
    assert "no image is named there" in step.err


def test_several_paths_and_policies_are_lines(workspace: Path) -> None:
    (workspace / "a b").mkdir()
    (workspace / "a b" / "images.txt").write_text(f"oci:{GOOD}\n")
    (workspace / "images.txt").write_text(f"oci:{GOOD}@sha256:{'0' * 64}\n")
    assert run(workspace, paths="a b\n", policy="sample\nsample\n").code == 0
    assert run(workspace, paths="a b\nimages.txt").code != 0


# --- the files ---


def test_the_action_gives_inputs_to_the_shell_as_variables_only() -> None:
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = action["runs"]["steps"]
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in steps)
    used = re.findall(r"inputs\.([a-z-]+)", json.dumps(action))
    assert sorted(set(used)) == sorted(action["inputs"])
    given = {name for step in steps for name in step.get("env", {})}
    assert given == set(re.findall(r"\bGATE_[A-Z_]+\b", SCRIPT.read_text()))
    for step in steps:
        script = re.findall(r"GITHUB_ACTION_PATH/([^\"]+)", step["run"])
        assert all(os.access(ROOT / name, os.X_OK) for name in script)


def test_every_script_is_one_that_bash_can_read() -> None:
    for script in (ROOT / "ci").glob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_hooks_name_commands_and_files_that_there_are() -> None:
    hooks: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        assert hook["entry"].startswith("verify gate")
        assert hook["pass_filenames"] is False
        for name in ("a/b.yaml", "a.YML", "Dockerfile", "x/Dockerfile.prod", "api.dockerfile", "images.txt"):
            assert re.search(hook["files"], name), name
        # What is no manifest, and decides which images the manifests name.
        for name in (".env", "a/prod.env", "a/Kustomization", "some-images.list"):
            assert re.search(hook["files"], name), name
        assert not re.search(hook["files"], "README.md")
        assert hook["files"] == HOOK_FILES


def test_the_gitlab_template_gives_every_input_to_the_job() -> None:
    header, jobs = yaml.safe_load_all((ROOT / "ci" / "gitlab.yml").read_text())
    used = set(re.findall(r"\$\[\[ inputs\.([a-z]+) \]\]", json.dumps(jobs)))
    assert used == set(header["spec"]["inputs"])
    script = "\n".join(jobs["verify-gate"]["script"])
    # Inputs are put into the text of the file: into values alone, which the shell does not read.
    assert "$[[" not in script
    if shutil.which("bash"):
        subprocess.run(["bash", "-n"], input=script.encode(), check=True)


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(base.startswith("cgr.dev/chainguard/python:") for base in bases)
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 65532:65532"
    copied = [
        word
        for line in lines
        if line.startswith("COPY") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert all((ROOT / name).exists() and f"!{name}" in ignored for name in copied)
