"""Which files are Dockerfiles: by the names that people give them, and by what is in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workload import found_in, found_in_stdin, problems, references
from verifier.workload.names import HOOK_FILES, Form, form_of

# Of public repositories, and of what renovate, Dependabot, hadolint and Linguist take for Dockerfiles.
NAMES = (
    "Dockerfile dockerfile DOCKERFILE Containerfile containerfile Dockerfile.prod "
    "Dockerfile.prod.amd64 Dockerfile-prod Dockerfile_dev Dockerfile2 DockerfileDev "
    "Dockerfile.2.0 Dockerfile~ Dockerfile.bak Dockerfile.orig Dockerfile.txt dockerfile.conf "
    "Dockerfile.tmpl Dockerfile.j2 Dockerfile.in Dockerfile.yml Dockerfile.yaml Dockerfile.json "
    "web.Dockerfile web.dockerfile web-Dockerfile web_dockerfile webDockerfile "
    "app.containerfile Containerfile-x Containerfile.ubi9 base.Dockerfile.amd64 "
    "ACTUALLY_A_DOCKERFILE.template Dockerfile.md"
)
OTHERS = {
    "dockerfile.go": "package build\n\n// Lines of the file.\nvar Lines = []string{}\n",
    "dockerfile_lines.py": "from __future__ import annotations\n\nfrom pathlib import Path\n",
    "dockerfile.ts": "import {\n  a,\n} from 'a'\n",
    "dockerfile.txt": "Run docker build, copy the result\n",
    "Dockerfile.md": "# Dockerfile\n\nText.\n\n```dockerfile\nFROM evil:1\n```\n",
    "dockerfile.sql": "SELECT *\nFROM images\n",
    "dockerfile.sh": "#!/bin/sh\nfrom='x'\n",
    "Dockerfile.tmpl": "{{ template }}\nRUN true\n",
    "Dockerfile.inc": "RUN true\n",
    "Dockerfile.dockerignore": "*\n!src\n",
    "build-dockerfile": "#!/bin/bash\nset -e\n",
    "dockerfile.rs": "use std;\n",
    "Dockerfile.prod": "",
}


@pytest.mark.parametrize("name", NAMES.split())
def test_a_file_with_the_word_in_its_name_and_a_build_in_it_is_a_dockerfile(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("# a comment\nARG V=1\nFROM a:$V\nRUN true\n")
    assert references(found_in(tmp_path)) == ["a:1"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_without_a_build_in_it_is_none_and_no_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    (tmp_path / "z.dockerfile").write_text("FROM a:1\n")
    assert references(found_in(tmp_path)) == ["a:1"]


def test_a_picture_of_a_dockerfile_is_none_and_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "dockerfile.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    (tmp_path / "z.dockerfile").write_text("FROM a:1\n")
    assert references(found_in(tmp_path)) == ["a:1"]
    # What BuildKit reads in spite of such bytes is one.
    (tmp_path / "Dockerfile.txt").write_bytes(b"# caf\xe9\nFROM evil:1\n")
    assert "not UTF-8" in problems(found_in(tmp_path))[0]


@pytest.mark.parametrize("name", ["Dockerfile", "Containerfile", "api.dockerfile", "Dockerfile2"])
@pytest.mark.parametrize("text", ["", "RUN true\n", "package build\n"])
def test_a_file_of_the_usual_name_without_from_is_a_problem(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert "without FROM" in problems(found_in(tmp_path))[0]


@pytest.mark.parametrize("name", ["Dockerfile.prod", "Dockerfile-prod", "web-Dockerfile", "DockerfileDev"])
def test_a_from_that_was_forgotten_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("ARG V\nRUN true\n")
    assert "without FROM" in problems(found_in(tmp_path))[0]


@pytest.mark.parametrize("name", ["dockerfile.go", "Dockerfile.md", "Dockerfile.prod"])
def test_a_file_that_was_named_is_a_dockerfile_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("package build\n")
    assert "without FROM" in problems(found_in(tmp_path / name))[0]


@pytest.mark.parametrize("name", ["dockerfile.go", "Dockerfile.tmpl", "Dockerfile.prod", "Dockerfile.yml"])
def test_a_frontend_is_judged_whatever_it_reads(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# syntax=evil/frontend:1\nspec\n")
    assert [image.reference for image in found_in(tmp_path).images] == ["evil/frontend:1"]


def test_any_file_may_be_given(tmp_path: Path) -> None:
    text = "# a comment\nFROM --platform=linux/amd64 ${B:-b:1} AS x\nFROM a:1\n"
    (tmp_path / "web").write_text(text)
    assert references(found_in(tmp_path / "web")) == ["b:1", "a:1"]
    assert references(found_in_stdin(text.encode())) == ["b:1", "a:1"]
    # Two words, where a list has one in each line.
    (tmp_path / "web").write_text("b:1\na:1\n")
    assert references(found_in(tmp_path / "web")) == ["b:1", "a:1"]


def test_a_template_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.j2").write_text("{% if x %}\nFROM evil:1\n{% endif %}\n")
    assert references(found_in(tmp_path)) == ["evil:1"]
    (tmp_path / "Dockerfile.j2").write_text("FROM {{x}}\n")
    assert "not final" in problems(found_in(tmp_path))[0]


WORDS = ["docker", "container", "file", "Dockerfile", "images", "txt", "list", "yaml", "yml", "json", "env"]
PIECES = st.sampled_from(
    [*WORDS, *map(str.upper, WORDS), ".", "-", "_", "/", "a", "2", "dockerignore", "Kustomization"]
)


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join))
def test_the_hook_is_run_for_the_files_that_are_read(path: str) -> None:
    known = form_of(path) is not Form.UNKNOWN and not path.endswith("/")
    hooked = re.search(HOOK_FILES, path) is not None
    # Compose reads .env beside its files: no file of images, and yet what decides on them.
    assert hooked == (known or path.lower().endswith(".env"))
