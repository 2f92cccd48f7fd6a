"""What is wrong with options and files of the gate: exit code 2, the place, and nothing judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import LAYOUTS, SAMPLE, TESTDATA, Done, verify

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\nspec: {containers: [{image: %s}]}\n"
LIST = f"oci:{LAYOUTS / 'demo'}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "images.txt").write_text(LIST)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "no PATH is given"),
        (("missing",), "No such file"),
        (("images.txt", "--kinds", "missing"), "--kinds: cannot read missing"),
        (("images.txt", "--env", "=x"), "is not NAME or NAME=VALUE"),
        (("images.txt", "--env", "NOT_THERE"), "there is no NOT_THERE in the environment"),
        (("images.txt", "--build-arg", "x"), "is not NAME=VALUE"),
        (("images.txt", "--baseline", "missing"), "cannot read the baseline"),
        (("images.txt", "--allow-private-registry", "http://x"), "--allow-private-registry: "),
        (("images.txt", "--changed-since", "HEAD"), "none of the files is in a repository"),
        (("images.txt", "-o", "pdf"), "'pdf' is not supported"),
        (("images.txt", "--policy", "no-such-policy"), "no-such-policy"),
    ],
)
def test_options_that_are_wrong(home: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = verify(home, "gate", *arguments, *SAMPLE)
    assert done.code == 2
    assert done.out == ""
    assert problem in done.err


@pytest.mark.parametrize("option", ["--patch", "--write-baseline", "--report=json"])
def test_a_file_that_could_not_be_written_is_found_out_before(home: Path, option: str) -> None:
    target = "no-such-folder/file"
    arguments = (f"{option}={target}",) if "=" in option else (option, target)
    done = verify(home, "gate", "images.txt", *arguments, *SAMPLE)
    assert done.code == 4
    assert "there is no directory" in done.err


def test_every_problem_is_told_with_its_place(home: Path) -> None:
    (home / "deploy").mkdir()
    (home / "deploy" / "a.yaml").write_text(POD % '"{{ .x }}"')
    (home / "deploy" / "b.yaml").write_text(POD % "1.10" + "---\n" + POD % '"a${B}"')
    done = verify(home, "gate", "deploy", "images.txt", *SAMPLE)
    assert done.code == 2
    assert done.out == ""
    for place in ("deploy/a.yaml:4:", "deploy/b.yaml:4:", "deploy/b.yaml:9:"):
        assert f"error: {place}" in done.err


def test_nothing_to_look_at_is_an_error_unless_allowed(home: Path) -> None:
    (home / "empty").mkdir()
    (home / "empty" / "service.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    for path in ("empty", "empty/service.yaml"):
        done = verify(home, "gate", path, *SAMPLE)
        assert (done.code, done.out) == (2, "")
        assert "no image is named there" in done.err
        assert verify(home, "gate", path, "--allow-empty", *SAMPLE).code == 0
    (home / "none").mkdir()
    assert verify(home, "gate", "none", *SAMPLE).code == 2


def test_a_mistake_is_no_reason_to_be_empty(home: Path) -> None:
    (home / "a.yaml").write_text("apiVersion: v1\nkind: Pod\n")
    assert verify(home, "gate", "a.yaml", "--allow-empty", *SAMPLE).code == 2


def test_without_a_policy_the_place_of_the_image_is_named(home: Path) -> None:
    (home / "a.yaml").write_text(POD % "ghcr.io/org/app")
    done = verify(home, "gate", "a.yaml", "--offline", "--trusted-root", str(TESTDATA / "trusted_root.json"))
    assert done.code == 2
    assert "a.yaml:4:29: no policy that ships with verify is about ghcr.io/org/app" in done.err


def test_a_service_that_is_built_is_unverified_unless_left_out(home: Path) -> None:
    (home / "compose.yaml").write_text("services:\n  a: {build: .}\n")
    done = verify(home, "gate", "compose.yaml", "images.txt", "-o", "json", *SAMPLE)
    assert done.code == 3
    (built,) = (image for image in done.report["images"] if image["verdict"] != "pass")
    assert built["reference"] == "build of a"
    assert built["checks"][0]["rule"] == "built-image"
    assert built["namedAt"][0]["line"] == 2
    allowed = verify(home, "gate", "compose.yaml", "images.txt", "--allow-builds", *SAMPLE)
    assert allowed.code == 0
    assert "not looked at: a, which is built here" in allowed.err
    assert verify(home, "gate", "compose.yaml", "--allow-builds", *SAMPLE).code == 2


def test_variables_come_from_the_environment_only_by_name(home: Path) -> None:
    (home / "compose.yaml").write_text("services: {a: {image: 'oci-is-a-name:${TAG}'}}\n")
    common = ("gate", "compose.yaml", *SAMPLE, "-o", "json")
    assert verify(home, *common, env={"TAG": "1"}).code == 2
    for arguments, tag in ((("--env", "TAG"), "1"), (("--env", "TAG=2"), "2")):
        done = verify(home, *common, *arguments, env={"TAG": "1"})
        assert done.report["images"][0]["reference"] == f"oci-is-a-name:{tag}"


def test_quiet_says_the_verdict_and_verbose_everything(home: Path) -> None:
    (home / "README.yaml").write_text("a: b\n")
    quiet = verify(home, "gate", ".", "-q", *SAMPLE)
    assert (quiet.code, quiet.out, quiet.err) == (0, "PASS  1 image: 1 pass\n", "")
    normal = verify(home, "gate", ".", *SAMPLE)
    assert "not looked at: README.yaml:1: neither" in normal.err
    assert "signed by" not in normal.out
    assert "signed by" in verify(home, "gate", ".", "-v", *SAMPLE).out


@pytest.mark.parametrize(
    "name", ["\x1b[31mred.yaml", "a\n::error::x.yaml", "##[error]x.yaml", "\u202eevil.yaml"]
)
def test_names_of_files_cannot_speak_to_terminals_or_build_servers(home: Path, name: str) -> None:
    (home / "deploy").mkdir()
    (home / "deploy" / name).write_text(POD % "1.10")
    (home / "deploy" / f"x{name}").write_text("a: [")
    done = verify(home, "gate", "deploy", *SAMPLE)
    assert done.code == 2
    for text in (done.out, done.err):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "##[" not in text
        assert not any(line.startswith("::") for line in text.splitlines())


def test_the_gate_is_among_the_commands(home: Path) -> None:
    assert "gate" in verify(home, "--help").out
    assert "--require-digest" in verify(home, "gate", "--help").out


TERRAFORM = 'resource "docker_container" "a" {\n  image = "registry.example/a:1"\n}\n'


def _report(done: Done) -> Any:
    return json.loads(done.out)


@pytest.mark.parametrize("name", ["main.tf", "infra/main.tf", ".github/workflows/ci.yml"])
def test_a_file_that_is_not_read_is_reported_and_no_error(home: Path, name: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(TERRAFORM)
    done = verify(home, "gate", ".", "-o", "json", *SAMPLE)
    made = _report(done)
    assert (done.code, made["verdict"], made["exitCode"]) == (0, "pass", 0)
    assert made["files"][0]["path"] == name
    assert made["files"][0]["outcome"] == "passedOver"
    assert made["files"][0]["imageLike"] is True
    assert f"{name}: for " in done.err


@pytest.mark.parametrize("how", [{"VERIFY_STRICT_FILES": "1"}, {}])
def test_with_strict_files_it_is_an_error_and_the_rest_is_judged(home: Path, how: dict[str, str]) -> None:
    (home / "main.tf").write_text(TERRAFORM)
    (home / "package.json").write_text("{}")
    option = () if how else ("--strict-files",)
    done = verify(home, "gate", ".", *option, "-o", "json", *SAMPLE, env=how)
    made = _report(done)
    assert (done.code, made["verdict"], made["exitCode"]) == (2, "unverified", 2)
    assert [image["verdict"] for image in made["images"]] == ["pass"]
    said = [(file["path"], file["outcome"], file["code"]) for file in made["files"]]
    assert said == [("main.tf", "error", "ManifestError"), ("package.json", "passedOver", None)]
    text = verify(home, "gate", ".", "--strict-files", *SAMPLE)
    assert text.code == 2
    assert "main.tf" in text.out
    assert verify(home, "gate", ".", "--strict-files", "--exclude=*.tf", *SAMPLE).code == 0


def test_with_strict_files_and_no_image_there_is_an_error_all_the_same(home: Path) -> None:
    (home / "images.txt").unlink()
    (home / "main.tf").write_text(TERRAFORM)
    done = verify(home, "gate", ".", "--strict-files", "--allow-empty", *SAMPLE)
    assert (done.code, done.out) == (2, "")
    assert "main.tf: for Terraform or OpenTofu, which is not read" in done.err
    assert verify(home, "gate", ".", "--allow-empty", *SAMPLE).code == 0
