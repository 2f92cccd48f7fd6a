"""Which files are read, and what is not gone by in silence."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.permissions import locked
from tests.workload import found_in, found_in_stdin, problems, readers, references
from verifier.workload.finding import read_files, search
from verifier.workload.names import Form, form_of

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: %s}]}\n"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.yaml", Form.DATA),
        ("a.YML", Form.DATA),
        ("a.json", Form.DATA),
        ("Dockerfile", Form.DOCKERFILE),
        ("Dockerfile.prod", Form.DOCKERFILE),
        ("api.dockerfile", Form.DOCKERFILE),
        ("Containerfile", Form.DOCKERFILE),
        ("images.txt", Form.LIST),
        ("prod-images.txt", Form.LIST),
        ("Dockerfile.dockerignore", Form.UNKNOWN),
        ("README.md", Form.UNKNOWN),
        ("yaml", Form.UNKNOWN),
    ],
)
def test_files_are_told_by_their_names(name: str, form: Form) -> None:
    assert form_of(f"folder.yaml/{name}") is form


def test_a_directory_is_searched_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.yaml", "a/1.yaml", "c.yml", "b/1.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POD % name.replace("/", "-").replace(".", "-"))
    (tmp_path / "README.md").write_text("image: evil")
    assert references(found_in(tmp_path)) == ["a-1-yaml", "b-1-yaml", "b-2-yaml", "c-yml"]


def test_hidden_files_are_passed_over_and_that_is_said(tmp_path: Path) -> None:
    for name in (".git/a.yaml", ".hidden/a.yaml", "node_modules/a.yaml", ".images.txt", "a.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POD % "a")
    (tmp_path / ".ci.yaml").write_text("kind: pipeline\nsteps: [{image: a}]\n")
    (tmp_path / ".keys.yaml").write_text("image: a\nimage: b\n")
    found = found_in(tmp_path)
    assert references(found) == ["a"]
    said = [unseen.removeprefix(f"{tmp_path}/") for unseen in found.unseen]
    assert ".keys.yaml:2:1: duplicate key 'image'" in said
    assert {
        ".ci.yaml: hidden",
        ".images.txt: hidden",
        ".git: the repository of git",
        ".hidden: hidden",
        "node_modules: packages of others",
    } <= set(said)
    assert references(found_in(tmp_path / ".hidden")) == ["a"]


def test_an_object_in_a_hidden_file_is_found_since_kubectl_applies_it(tmp_path: Path) -> None:
    (tmp_path / ".a.yaml").write_text(POD % "a")
    assert references(found_in(tmp_path)) == ["a"]
    (tmp_path / ".a.yaml").write_text(POD % "a" + "spec: {}\n")
    assert "duplicate key" in problems(found_in(tmp_path))[0]


def test_a_link_to_a_directory_that_is_passed_over_is_a_problem(tmp_path: Path) -> None:
    for name in (".hidden", "inside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(POD % "a")
    (tmp_path / "link").symlink_to("inside")
    assert references(found_in(tmp_path)) == ["a"]
    (tmp_path / "..data").symlink_to(".hidden")  # as in a mounted ConfigMap
    found = found_in(tmp_path)
    assert references(found) == ["a"]
    assert f"{tmp_path}/..data: hidden" in found.unseen
    (tmp_path / "other").symlink_to(".hidden")
    assert "other: a link to a directory that is passed over" in problems(found_in(tmp_path))[0]


def test_a_chart_is_one_without_templates_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: a\ndependencies: [{name: b}]\n")
    (tmp_path / "a.yaml").write_text(POD % "a")
    assert "a Helm chart" in problems(found_in(tmp_path))[0]


def test_what_is_excluded_is_said(tmp_path: Path) -> None:
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "templates" / "a.yaml").write_text("image: {{ .Values.image }}")
    (tmp_path / "a.yaml").write_text(POD % "a")
    assert "a.yaml:1:9: a key that is not text" in problems(found_in(tmp_path))[0]
    found = found_in(tmp_path, exclude=["chart/*"])
    assert references(found) == ["a"]
    assert "excluded" in found.unseen[0]


def test_a_link_inside_is_followed_and_one_that_leads_out_is_a_problem(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.yaml").write_text(POD % "a")
    (inside / "b.yaml").symlink_to("a.yaml")
    (inside / "again").symlink_to(".")
    assert references(found_in(inside)) == ["a"]
    (tmp_path / "secret.yaml").write_text(POD % "secret")
    (inside / "LICENSE").symlink_to("../secret.yaml")  # no name of a file that is read
    for name, target in (("file.yaml", "../secret.yaml"), ("folder", "..")):
        (inside / name).symlink_to(target)
        (problem,) = problems(found_in(inside))
        assert problem.endswith(f"{name}: a link that leads out of the directory")
        (inside / name).unlink()


@pytest.mark.parametrize("target", ["missing", "loop.yaml"])
def test_a_link_to_nothing_is_a_problem(tmp_path: Path, target: str) -> None:
    (tmp_path / "loop.yaml").symlink_to(target)
    (problem,) = problems(found_in(tmp_path))
    assert "cannot be read" in problem


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert problems(found_in(tmp_path))[0].endswith("a.yaml: not a regular file")
    assert problems(found_in(tmp_path / "a.yaml"))[0].endswith("neither a file nor a directory")
    # One that has taken the place of a file since.
    (tmp_path / "b.yaml").write_text(POD % "b")
    searched = search([str(tmp_path / "b.yaml")], ())
    (tmp_path / "b.yaml").unlink()
    os.mkfifo(tmp_path / "b.yaml")
    assert "not a regular file" in problems(read_files(searched.files, readers(tmp_path)))[0]


def test_what_may_not_be_read_is_a_problem() -> None:
    with TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)  # for whoever root is meanwhile
        (top / "folder").mkdir()
        (top / "a.yaml").write_text(POD % "a")
        (top / "a.yaml").chmod(0)
        with locked(top / "folder"):
            found = found_in(top)
    assert [problem.rpartition("/")[2] for problem in problems(found)] == [
        "folder: cannot be read: Permission denied",
        "a.yaml: cannot be read: Permission denied",
    ]


def test_a_file_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert "larger than" in problems(found_in(tmp_path))[0]


def test_names_are_shown_without_control_characters(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\n.yaml").write_text("a: [")
    for found in (found_in(tmp_path), found_in(tmp_path / "a\x1b[31m\n.yaml")):
        said = "".join([*problems(found), *found.unseen])
        assert "\\x1b[31m\\x0a.yaml" in said
        assert "\x1b" not in said


def test_what_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    assert "No such file" in problems(found_in(tmp_path / "missing"))[0]


# --- files of other programs ---

OTHERS = {
    "values.yaml": "image: nginx:1\nreplicas: 3\n",
    "workflow.yaml": "on: [push]\njobs: {test: {container: {image: node}}}\n",
    "package.json": '{"name": "a", "version": "1"}',
    "tsconfig.json": '{"a": 1, // a comment\n}',
    "cloudformation.yaml": "Resources: {A: {Type: B, Properties: !GetAtt C.D}}\n",
    "empty.yaml": "",
    "comment.yaml": "# nothing\n---\n---\n",
    "text.yaml": "just text\n",
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_program_is_said_where_it_is_come_across(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    (tmp_path / "z.yaml").write_text(POD % "a")
    found = found_in(tmp_path)
    assert references(found) == ["a"]
    assert name in found.unseen[0]


@pytest.mark.parametrize(
    "name", [name for name in OTHERS if name not in {"empty.yaml", "comment.yaml", "text.yaml"}]
)
def test_a_file_of_another_program_is_a_problem_where_it_was_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    assert problems(found_in(tmp_path / name))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\na: [\n",
        '"\\x61piVersion": v1\n"\\x6bind": Pod\na: [\n',
        "containers: [{image: a}]\n",
        "kind: pipeline\nsteps: [{image: a}]\n",
        # kubectl passes over white space of every kind before a brace; to YAML it begins a text.
        '\u00a0{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"evil"}]}}\n',
        '"apiVersion: v1"\n',
        '"\\x61piVersion: v1"\n',
        # Keys in tags, without a word of an object.
        "!!binary YXBpVmVyc2lvbg==: v1\n!!binary a2luZA==: Pod\n---\na: [\n",
        "!<tag:yaml.org,2002:bin%61ry> YXBpVmVyc2lvbg==: v1\n---\na: [\n",
        "%TAG !e! tag:yaml.org,2002:\n---\n!e!binary YXBpVmVyc2lvbg==: v1\n---\na: [\n",
    ],
)
def test_what_may_be_an_object_is_a_problem_wherever_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "z.yaml").write_text(POD % "a")
    assert problems(found_in(tmp_path))


# --- standard input and lists ---


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"nginx:1\n# c\nghcr.io/a/b # c\n", ["nginx:1", "ghcr.io/a/b"]),
        ((POD % "a").encode(), ["a"]),
        (b'  {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "a"}]}}', ["a"]),
        (b"services: {a: {image: b}}", ["b"]),
        (b"oci:layout:1\n", ["oci:layout:1"]),
        (b"", []),
        (b"# nothing\n", []),
    ],
)
def test_standard_input_is_told_by_what_it_is(raw: bytes, expected: list[str]) -> None:
    assert references(found_in_stdin(raw)) == expected


@pytest.mark.parametrize(
    "raw", [b"nginx:1\nwhat is this\n", b"image: nginx\n", b"nginx:${TAG}\n", b"kind: Pod\n"]
)
def test_standard_input_that_is_nothing_is_a_problem(raw: bytes) -> None:
    assert problems(found_in_stdin(raw))


def test_very_many_mistakes_are_not_all_kept(tmp_path: Path) -> None:
    (tmp_path / "images.txt").write_text("not an image\n" * 5000)
    assert len(problems(found_in(tmp_path))) == 1000


@pytest.mark.parametrize("line", ["a b", "nginx#1", "a:{{tag}}", "https://a/b", "a@sha256:1", "A/b"])
def test_a_line_of_a_list_that_is_no_image_is_a_problem(tmp_path: Path, line: str) -> None:
    (tmp_path / "images.txt").write_text(f"nginx:1\n{line}\n")
    (problem,) = problems(found_in(tmp_path))
    assert "images.txt:2:1: " in problem


def test_a_line_of_blanks_takes_no_time_by_its_square(tmp_path: Path) -> None:
    (tmp_path / "images.txt").write_text(" " * 1_000_000 + "a b\n")
    assert "not one image in a line" in problems(found_in(tmp_path))[0]
    (tmp_path / "images.txt").write_text(" " * 1_000_000 + "a # b\n")
    assert references(found_in(tmp_path)) == ["a"]
