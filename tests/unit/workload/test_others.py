"""Files of other programs that may run images: each is told, and what is in them decides what comes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.workload import found_in, found_in_text, problems, references
from verifier import limits
from verifier.gate.files import file_reports
from verifier.model.report import FileOutcome
from verifier.workload import passed_over
from verifier.workload.interface import Note

POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: web}]}\n"
IMAGE = "registry.example/shop/worker:1"

# What each program documents as the place of an image in its files.
WITH_IMAGE = {
    "main.tf": f'container {{\n  image = "{IMAGE}"\n}}\n',
    "main.tofu": f'image = "{IMAGE}"',
    "main.tf.json": f'{{"resource": {{"docker_image": {{"a": {{"name": "{IMAGE}"}}}}}}}}',
    "job.nomad": f'config {{\n image = "{IMAGE}"\n}}',
    "job.nomad.hcl": 'config { image = "redis" }',
    "docker-bake.hcl": f'target "a" {{ contexts = {{ base = "docker-image://{IMAGE}" }} }}',
    "app.bicep": f"image: '{IMAGE}'",
    "worker.container": f"[Container]\nImage={IMAGE}\n",
    "worker.image": f"[Image]\nImage={IMAGE}\n",
    "data.volume": f"[Volume]\nDriver=image\nImage={IMAGE}\n",
    "Jenkinsfile": "agent { docker { image 'maven:3' } }",
    "ci/Jenkinsfile.release": "docker.image('maven:3').inside {}",
    "Vagrantfile": f'd.image = "{IMAGE}"',
    "Earthfile": "build:\n    FROM alpine\n",
    "fly.toml": f'[build]\nimage = "{IMAGE}"\n',
    "captain-definition": f'{{"imageName": "{IMAGE}"}}',
    "task-definition.json": f'{{"containerDefinitions": [{{"image": "{IMAGE}"}}]}}',
    "Dockerrun.aws.json": f'{{"AWSEBDockerrunVersion": "1", "Image": {{"Name": "{IMAGE}"}}}}',
    "stack.yaml": f"Resources:\n  A:\n    Type: AWS::ECS::TaskDefinition\n    Image: {IMAGE}\n",
    "playbook.yml": f"- hosts: web\n  tasks:\n    - docker_container: {{image: {IMAGE}}}\n",
    "values.yaml": "image:\n  repository: shop/web\n  tag: '1'\n",
    ".gitlab-ci.yml": "image: ruby\n",
    ".gitlab/ci/build.yml": "build: {services: ['postgres:15'], image: ruby}\n",
    ".github/workflows/a.yml": "jobs: {a: {container: 'node:18'}}\n",
    ".circleci/config.yml": f"jobs: {{a: {{docker: [{{image: {IMAGE}}}]}}}}\n",
    "azure-pipelines.yml": "resources: {containers: [{container: a, image: 'ubuntu:22.04'}]}\n",
    "bitbucket-pipelines.yml": "image: node\n",
    ".drone.yml": "steps: [{name: a, image: golang}]\n",
    "cloudbuild.yaml": "steps: [{name: a, args: [--image=gcr.io/a/b:1]}]\n",
    ".devcontainer/devcontainer.json": f'{{"image": "{IMAGE}"}}',
    "web.yaml.j2": f"image: {IMAGE}\n",
    "templates/_helpers.tpl": 'image: "{{ .Values.image }}"\n',
    "deploy.sh": "kubectl run web --image=nginx\n",
    "Makefile": "run:\n\tdocker run nginx\n",
    "web.service": f"ExecStart=podman run {IMAGE}\n",
    "web.jsonnet": f"{{ image: '{IMAGE}' }}",
    "web.cue": f'image: "{IMAGE}"',
    "MODULE.bazel": f'oci.pull(name = "a", image = "{IMAGE}")',
    ".hidden/web.yaml": POD,
    ".images.txt": "nginx\n",
    "worker.artifact": f"[Artifact]\nArtifact={IMAGE}\n",
    "worker.container.d/10.conf": f"[Container]\nImage={IMAGE}\n",
    ".teamcity/settings.kts": f'dockerImage = "{IMAGE}"',
    ".space.kts": f'container("{IMAGE}") {{ }}',
    "Acornfile": f'containers: web: image: "{IMAGE}"',
    "build.gradle.kts": f'jib {{ from {{ image = "{IMAGE}" }} }}',
    "pom.xml": f"<image>{IMAGE}</image>",
    "user-data.tftpl": f"docker run {IMAGE}\n",
    "web.sls": f"web: {{docker_container.running: [{{image: {IMAGE}}}]}}\n",
    "aci.yaml": f"apiVersion: 2021-10-01\ntype: Microsoft.ContainerInstance/a\nspec: {{image: {IMAGE}}}\n",
    "score.yaml": f"apiVersion: score.dev/v1b1\ncontainers: {{web: {{image: {IMAGE}}}}}\n",
    "zarf.yaml": f"kind: ZarfPackageConfig\ncomponents: [{{images: ['{IMAGE}']}}]\n",
    "lib/worker.yaml": '{{- include "common.deployment" . -}}\n',
}  # fmt: skip


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def _notes(root: Path) -> dict[str, Note]:
    found = found_in(root)
    assert problems(found) == []
    return {os.path.relpath(note.path, root): note for note in found.notes.kept}


@pytest.mark.parametrize("name", WITH_IMAGE)
def test_a_file_with_an_image_that_is_not_read_is_told(tmp_path: Path, name: str) -> None:
    _write(tmp_path, "web.yaml", POD)
    _write(tmp_path, name, WITH_IMAGE[name])
    note = _notes(tmp_path)[name]
    assert note.image_like
    assert note.may_deploy
    assert not note.was_read
    assert note.hint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", 'resource "aws_vpc" "a" {}\n'),
        ("network.bicep", "resource a 'x' = {}\n"),
        ("web.network.container", "[Unit]\n"),
        (".github/workflows/a.yml", "jobs: {a: {runs-on: ubuntu-latest}}\n"),
        ("Jenkinsfile", "pipeline {}\n"),
    ],
)
def test_what_may_deploy_without_an_image_is_told_behind_the_others(
    tmp_path: Path, name: str, text: str
) -> None:
    _write(tmp_path, name, text)
    note = _notes(tmp_path)[name]
    assert not note.image_like
    assert note.may_deploy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.md", f"image: {IMAGE}\n"),
        ("main.go", f'image := "{IMAGE}"\n'),
        ("test.sh", "make test\n"),
        ("Makefile", "image: build\n\tgo build\n"),
        ("web.service", "ExecStart=/usr/bin/web\n"),
        (".hidden/notes.txt", "nothing\n"),
    ],
)
def test_a_file_of_no_program_that_runs_images_is_not_told(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, "web.yaml", POD)
    _write(tmp_path, name, text)
    assert name not in _notes(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("package.json", '{"name": "a", "version": "1.0.0"}'), ("mkdocs.yml", "site_name: a\n")],
)
def test_data_of_other_programs_is_told_and_deploys_nothing(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, name, text)
    note = _notes(tmp_path)[name]
    assert not note.image_like
    assert not note.may_deploy


def test_what_is_excluded_is_not_looked_into(tmp_path: Path) -> None:
    _write(tmp_path, "web.yaml", POD)
    for name in ("main.tf", ".github/workflows/a.yml", ".cache/a.yml"):
        _write(tmp_path, name, f"image = '{IMAGE}'")
    found = found_in(tmp_path, exclude=["*.tf", ".github/*", ".cache"])
    said = {os.path.relpath(note.path, tmp_path): note for note in found.notes.kept}
    assert said["main.tf"].message == "excluded"
    assert said[".cache"].message == "excluded"
    assert ".github/workflows/a.yml" not in said
    assert not any(note.may_deploy for note in said.values())


def test_a_file_that_is_too_large_to_look_into_may_hold_an_image(tmp_path: Path) -> None:
    _write(tmp_path, "small.tf", "#" * limits.GATE_OTHER_BYTES)
    _write(tmp_path, "large.tf", "#" * (limits.GATE_OTHER_BYTES + 1))
    notes = _notes(tmp_path)
    assert (notes["small.tf"].image_like, notes["large.tf"].image_like) == (False, True)


def test_many_files_are_not_all_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passed_over, "GATE_OTHERS_BYTES", 10)
    for name in "abc":
        _write(tmp_path, f"{name}.tf", "# nothing\n")
    assert [note.image_like for note in _notes(tmp_path).values()] == [False, True, True]


def test_a_hidden_directory_is_looked_into_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passed_over, "GATE_HIDDEN_ENTRIES", 2)
    for name in ("a.txt", "b.txt", "c.yml"):
        _write(tmp_path, f".ci/{name}", f"image: {IMAGE}\n")
    notes = found_in(tmp_path).notes.kept
    assert [note.message for note in notes] == ["hidden", "hidden, with more files than are looked at"]
    assert notes[1].may_deploy


def test_links_and_pipes_are_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    outside = tmp_path / "outside.tf"
    outside.write_text(f"image = '{IMAGE}'")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.tf").symlink_to(outside)
    (root / "gone.tf").symlink_to("nowhere")
    os.mkfifo(root / "pipe.tf")
    notes = _notes(root)
    assert "a link, which is not followed" in notes["link.tf"].message
    assert "a link, which is not followed" in notes["gone.tf"].message
    assert "not a regular file" in notes["pipe.tf"].message
    assert notes["pipe.tf"].image_like


def test_very_many_others_do_not_hide_one_with_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.workload.interface.GATE_SAID", 3)
    for number in range(9):
        _write(tmp_path, f"a{number}.json", "{}")
    _write(tmp_path, "z.tf", f"image = '{IMAGE}'")
    reports = file_reports(found_in(tmp_path).notes.kept, strict=False)
    assert reports[0].path.endswith("z.tf")
    assert len(reports) == 5
    assert "more of these than can be told" in reports[-1].message


@pytest.mark.parametrize(
    ("note", "outcome"),
    [
        (Note(path="a", message="x"), FileOutcome.PASSED_OVER),
        (Note(path="a", message="x", image_like=True, may_deploy=True), FileOutcome.ERROR),
        (Note(path="a", message="x", may_deploy=True), FileOutcome.ERROR),
        (Note(path="a", message="x", image_like=True, may_deploy=True, was_read=True), FileOutcome.ERROR),
    ],
)
def test_with_strict_files_what_may_deploy_is_an_error(note: Note, outcome: FileOutcome) -> None:
    (strict,) = file_reports([note], strict=True)
    assert strict.outcome is outcome
    assert strict.code == ("ManifestError" if outcome is FileOutcome.ERROR else None)
    (usual,) = file_reports([note], strict=False)
    assert usual.outcome is (FileOutcome.READ if note.was_read else FileOutcome.PASSED_OVER)
    assert usual.code is None


def test_what_is_read_is_not_told(tmp_path: Path) -> None:
    _write(tmp_path, "web.yaml", POD)
    _write(tmp_path, "images.txt", "nginx\n")
    _write(tmp_path, "Dockerfile", "FROM alpine\n")
    found = found_in(tmp_path)
    assert sorted(references(found)) == ["alpine", "nginx", "web"]
    assert found.notes.kept == []


def test_half_an_object_is_an_error_unless_another_program_is_known_by_it() -> None:
    text = f"apiVersion: x/v1\ncontainers: {{web: {{image: {IMAGE}}}}}\n"
    assert len(found_in_text(text).problems) == 1
    # What kubectl reads behind a blank that is text to YAML stays an error, whatever words are in it.
    pod = '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "a"}]}'
    hidden = f'\u00a0{pod}, "x": "AWSTemplateFormatVersion"}}'
    assert len(found_in_text(hidden).problems) == 1
