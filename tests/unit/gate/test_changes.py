"""What has changed since a revision, in a repository made for the test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workload import found_in, readers
from verifier.errors import UsageError
from verifier.gate.changes import named_then
from verifier.workload.reading import Readers

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: %s}, {image: same}]}\n"
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "pod.yaml").write_text(POD % "old")
    (tmp_path / "Dockerfile").write_text("ARG V=1\nFROM a:$V\nCOPY --from=b / /\n")
    (tmp_path / "compose.yaml").write_text("services:\n  a: {image: 'c:${V}'}\n  b: {build: .}\n")
    (tmp_path / ".env").write_text("V=1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "before")
    return tmp_path


def changed(folder: Path, using: Readers | None = None) -> list[str]:
    using = using or readers(folder)
    found = found_in(folder, using)
    assert found.problems == []
    then = named_then(found, "HEAD", using, ENVIRONMENT)
    images, _ = then.split(found.images)
    built, _ = then.split(found.built)
    return [*(image.reference for image in images), *(each.name for each in built)]


def test_nothing_has_changed_where_nothing_has(repository: Path) -> None:
    assert changed(repository) == []


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return edit


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_edit("pod.yaml", "image: old", "image: new"), ["new"]),
        (_edit("pod.yaml", "{name: a}", "{name: b}"), ["old", "same"]),
        (_edit("pod.yaml", "kind: Pod", "# moved\n\n\nkind: Pod"), []),
        (
            _edit("pod.yaml", "[{image: old}, {image: same}]", "[{image: same}, {image: old}]"),
            ["same", "old"],
        ),
        (
            _edit("pod.yaml", "containers:", "nodeSelector: {kubernetes.io/arch: arm64}, containers:"),
            ["old", "same"],
        ),
        (_edit("Dockerfile", "V=1", "V=2"), ["a:2"]),
        (_edit(".env", "V=1", "V=2"), ["c:2"]),
        (_edit("compose.yaml", "b: {build: .}", "d: {build: .}"), ["d"]),
        (lambda folder: (folder / "pod.yaml").rename(folder / "moved.yaml"), ["old", "same"]),
        (lambda folder: (folder / "new.yaml").write_text(POD % "new"), ["new", "same"]),
    ],
)
def test_what_is_named_otherwise_has_changed(
    repository: Path, edit: Callable[[Path], object], expected: list[str]
) -> None:
    edit(repository)
    assert changed(repository) == expected


def test_where_the_file_of_then_cannot_be_read_all_of_it_has_changed(repository: Path) -> None:
    (repository / "pod.yaml").write_text("apiVersion: v1\nkind: [\n")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    (repository / "pod.yaml").write_text(POD % "old")
    assert changed(repository) == ["old", "same"]


def test_where_variables_of_then_are_not_in_git_all_that_needs_them_has_changed(repository: Path) -> None:
    git(repository, "rm", "-q", "--cached", ".env")
    git(repository, "commit", "-q", "-m", "forgotten")
    assert changed(repository) == ["c:1", "b"]


def test_a_link_of_then_is_no_text(repository: Path) -> None:
    (repository / "real.yaml").write_text(POD % "old")
    (repository / "link.yaml").symlink_to("real.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    (repository / "link.yaml").unlink()
    (repository / "link.yaml").write_text(POD % "old")
    assert changed(repository) == ["old", "same"]


def test_names_that_git_could_mistake_are_names(repository: Path) -> None:
    for name in ("-a.yaml", "a b.yaml", ":(glob)x.yaml", "é\n.yaml"):
        (repository / name).write_text(POD % "odd")
    git(repository, "add", "--", ".")
    git(repository, "commit", "-q", "-m", "odd names")
    assert changed(repository) == []


def test_other_repositories_and_none(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    inner = repository / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "pod.yaml").write_text(POD % "inner")
    git(inner, "add", ".")
    git(inner, "commit", "-q", "-m", "inner")
    (inner / "pod.yaml").write_text(POD % "changed")
    assert changed(repository) == ["changed"]
    outside = tmp_path_factory.mktemp("outside")
    (outside / "pod.yaml").write_text(POD % "a")
    with pytest.raises(UsageError, match="none of the files is in a repository"):
        changed(outside)


def test_a_configuration_of_the_repository_runs_nothing(repository: Path) -> None:
    ran = repository / "ran"
    git(repository, "config", "core.fsmonitor", f"touch {ran}; false")
    git(repository, "config", "core.pager", f"touch {ran}")
    git(repository, "config", "diff.external", f"touch {ran}")
    (repository / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    git(repository, "config", "filter.evil.smudge", f"touch {ran}")
    git(repository, "config", "diff.evil.textconv", f"touch {ran}")
    ran.unlink(missing_ok=True)
    assert changed(repository) == []
    assert not ran.exists()
