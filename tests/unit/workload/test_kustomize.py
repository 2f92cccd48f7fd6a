"""Kustomizations: the manifests beside one are judged only where they are what is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workload import found_in, found_in_stdin, problems, readers, references

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: nginx:1}]}\n"
HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def directory(folder: Path, text: str, name: str = "kustomization.yaml") -> Path:
    (folder / name).write_text(text)
    (folder / "pod.yaml").write_text(POD)
    (folder / "inner").mkdir()
    (folder / "inner" / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
    (folder / "inner" / "pod.yaml").write_text(POD.replace("nginx", "inner"))
    return folder


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "resources: [pod.yaml, inner]\n",
        "resources: [./pod.yaml]\nnamespace: prod\nnamePrefix: x-\ncommonLabels: {image: a}\n",
        HEAD + "labels: [{pairs: {image: a}, includeSelectors: true}]\n",
        HEAD + "configMapGenerator: [{name: a, literals: [image=b]}]\n",
    ],
)
def test_one_that_changes_no_image_is_read_with_what_is_beside_it(tmp_path: Path, text: str) -> None:
    found = found_in(directory(tmp_path, text))
    assert references(found) == ["inner:1", "nginx:1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("images: [{name: nginx, newTag: '2'}]\n", "'images' can change images"),
        ("patches: [{path: patch.yaml}]\n", "'patches' can change images"),
        ("components: [../c]\n", "'components' can change images"),
        ("helmCharts: [{name: a}]\n", "'helmCharts' can change images"),
        ("transformers: [a.yaml]\n", "'transformers' can change images"),
        ("replacements: []\n", "'replacements' can change images"),
        ("somethingNew: 1\n", "'somethingNew' can change images"),
        (
            "labels: [{pairs: {reference: a}, fields: [{path: spec/volumes/image}]}]\n",
            "in fields of their own",
        ),
        ("resources: [../base]\n", "not read with the kustomization: ../base"),
        ("resources: [/etc/pod.yaml]\n", "not read with the kustomization"),
        ("resources: [.hidden/pod.yaml]\n", "not read with the kustomization"),
        ("resources: [https://example.com/pod.yaml]\n", "there is no https://example.com/pod.yaml here"),
        ("resources: [github.com/a/b?ref=v1]\n", "not read with the kustomization: github.com/a/b"),
        ("resources: [github.com/a/b]\n", "not read with the kustomization: github.com/a/b"),
        ("resources: ['gh:a/b']\n", "not read with the kustomization: gh:a/b"),
        ("resources: [node_modules/pod.yaml]\n", "not read with the kustomization"),
        ("resources: [missing.yaml]\n", "there is no missing.yaml here"),
        ("resources: [pod.txt]\n", "not read with the kustomization: pod.txt"),
        ("resources: [{a: b}]\n", "not read with the kustomization"),
    ],
)
def test_one_that_deploys_something_else_is_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "pod.txt").write_text(POD)
    for folder in ("github.com/a/b", "node_modules"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
        (tmp_path / folder / "pod.yaml").write_text(POD)
    found = found_in(directory(tmp_path, HEAD + text))
    assert any(problem in message for message in problems(found))
    assert all(error.hint and "kustomize build" in error.hint for error in found.problems)


@pytest.mark.parametrize("head", ["", "kind:\n", "kind: ''\n", "kind: Kustomization\n", "apiVersion: a/v1\n"])
@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_the_name_of_its_file_is_enough(tmp_path: Path, head: str, name: str) -> None:
    found = found_in(directory(tmp_path, f"{head}images: [{{name: nginx, newName: evil}}]\n", name))
    assert "'images' can change images" in problems(found)[0]


def test_a_component_and_a_kustomization_by_itself_are_problems(tmp_path: Path) -> None:
    directory(tmp_path, HEAD.replace("kind: Kustomization", "kind: Component"))
    assert "a component changes manifests of others" in problems(found_in(tmp_path))[0]
    alone = found_in(tmp_path / "inner" / "kustomization.yaml", readers(tmp_path))
    assert "a kustomization by itself" in problems(alone)[0]
    assert "a kustomization by itself" in problems(found_in_stdin(HEAD.encode()))[0]


def test_that_of_flux_is_another_kind(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        "metadata: {name: a}\nspec: {path: ./b}\n"
    )
    found = found_in(tmp_path)
    assert references(found) == []
    assert "Kustomization a: the manifests that it deploys from elsewhere" in found.unseen[0]
