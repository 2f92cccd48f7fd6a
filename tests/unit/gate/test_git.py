"""Git is asked about repositories that may be hostile: nothing of theirs may run, and honest ones work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workload import found_in, readers
from verifier.errors import UsageError
from verifier.gate.changes import Then, named_then
from verifier.gate.git import GitError

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: %s}]}\n"
ENVIRONMENT = {"PATH": os.environ["PATH"]}
# As githooks(5) lists them.
HOOKS = """applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg
    commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive
    post-receive post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite
    sendemail-validate fsmonitor-watchman p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit
    post-index-change"""

# Formats, and files, which test_nothing_is_included has.
ENDS_GIT = {"extensions", "include", "includeIf", "core.worktree"}


def git(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    home = {"HOME": str(folder.parent / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        command,
        cwd=folder,
        check=True,
        capture_output=True,
        env={**ENVIRONMENT, **home, **(environment or {})},
    )
    return done.stdout.decode().strip()


def commit(folder: Path, image: str) -> None:
    (folder / "pod.yaml").write_text(POD % image)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "--no-verify", "-m", image)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, with another image in each; the work tree names the first one again, and the second."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "first")
    commit(folder, "second")
    return folder


def then(folder: Path, revision: str) -> Then:
    using = readers(folder)
    return named_then(found_in(folder, using), revision, using, ENVIRONMENT)


def changed(folder: Path, revision: str = "HEAD") -> list[str]:
    using = readers(folder)
    found = found_in(folder, using)
    images, _ = named_then(found, revision, using, ENVIRONMENT).split(found.images)
    return [image.reference for image in images]


def lose(folder: Path, what: str) -> None:
    """Take an object away, as a partial clone lacks it."""
    name = git(folder, "rev-parse", what)
    (folder / ".git" / "objects" / name[:2] / name[2:]).unlink()


def promise(folder: Path, **remote: str) -> None:
    """Say that the remote has what is missing."""
    settings = {"core.repositoryformatversion": "1", "extensions.partialClone": "origin"}
    settings |= {"remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none"}
    settings |= {"protocol.allow": "always", "fetch.bundleURI": "http://127.0.0.1:9/"}
    for name, value in {
        **settings,
        **{f"remote.origin.{key}": value for key, value in remote.items()},
    }.items():
        git(folder, "config", name, value)


@pytest.fixture
def canary(tmp_path: Path) -> Callable[[str], str]:
    """A program of the repository's that leaves a file when it is run, whatever its arguments are."""
    place = tmp_path / "canaries"
    place.mkdir()

    def make(name: str) -> str:
        program = tmp_path / "programs" / re.sub(r"[^A-Za-z0-9]", "-", name)
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {place / program.name}\nexit 1\n")
        program.chmod(0o755)
        return str(program)

    return make


def ran(tmp_path: Path) -> list[str]:
    return sorted(each.name for each in (tmp_path / "canaries").iterdir())


def documented() -> list[str]:
    """Every setting that git documents, with names in the place of what a user chooses."""
    names = git(Path("/"), "help", "-c").split()
    filled = [re.sub(r"<[^>]*>|\*", "evil", name) for name in names]
    # An alias is called like one of the commands that are run here, a pager as well.
    for command in ("rev-parse", "ls-tree", "cat-file", "config", "git"):
        filled += [f"alias.{command}", f"pager.{command}"]
    return sorted({name for name in filled if re.fullmatch(r"[\w-]+\.(.*\.)?[a-zA-Z][a-zA-Z0-9-]*", name)})


def value_in(said: str, value: str) -> bool:
    return re.search(rf"{re.escape(value.lower())}(?![\w-])", said) is not None


def write_settings(repository: Path, settings: dict[str, str]) -> int:
    """Add all of them that git bears: a number or a boolean that is none ends it, and it says which."""
    config = repository / ".git" / "config"
    before = config.read_text()
    left = dict(settings)
    while True:
        lines = [before]
        for name, value in left.items():
            section, key = name.partition(".")[0], name.rpartition(".")[2]
            middle = name[len(section) + 1 : -len(key) - 1]
            lines.append(f'[{section} "{middle}"]' if middle else f"[{section}]")
            lines.append(f'\t{key} = "{value}"')
        config.write_text("\n".join(lines) + "\n")
        command = ["git", "rev-parse", "--git-dir"]
        done = subprocess.run(command, cwd=repository, check=False, capture_output=True, env=ENVIRONMENT)
        if done.returncode == 0:
            return len(left)
        said = done.stderr.decode().lower()
        # What it says of the mode of core.createObject has no name in it.
        wrong = [name for name in left if f"'{name.lower()}'" in said or value_in(said, left[name])]
        assert wrong, said
        for name in wrong:
            del left[name]


def test_no_setting_that_git_documents_runs_anything(
    repository: Path, tmp_path: Path, canary: Callable[[str], str]
) -> None:
    names = [name for name in documented() if not {name, name.partition(".")[0]} & ENDS_GIT]
    assert {"core.sshCommand", "core.fsmonitor", "remote.evil.vcs", "alias.rev-parse"} <= set(names)
    assert write_settings(repository, {name: canary(name) for name in names}) > 500
    for hook in HOOKS.split():
        program = Path(canary(f"hook {hook}"))
        shutil.copy(program, repository / ".git" / "hooks" / hook)
    attributes = "* filter=evil diff=evil merge=evil ident text working-tree-encoding=UTF-16 export-subst\n"
    (repository / ".gitattributes").write_text(attributes)
    (repository / ".git" / "info" / "attributes").write_text(attributes)
    assert changed(repository) == []
    assert changed(repository, "HEAD~1") == ["second"]
    lose(repository, "HEAD~1:pod.yaml")
    assert then(repository, "HEAD~1").missing == (str(repository / "pod.yaml"),)
    assert ran(tmp_path) == []


def test_the_canaries_work(repository: Path, tmp_path: Path, canary: Callable[[str], str]) -> None:
    git(repository, "config", "core.fsmonitor", canary("fsmonitor"))
    git(repository, "status")
    lose(repository, "HEAD~1:pod.yaml")
    promise(repository, url="ssh://git.example.com/app.git")
    git(repository, "config", "core.sshCommand", canary("ssh"))
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "cat-file", "blob", "HEAD~1:pod.yaml")
    assert ran(tmp_path) == ["fsmonitor", "ssh"]


@pytest.mark.parametrize(
    "remote",
    [
        {"url": "ext::PROGRAM"},
        {"url": "ssh://git.example.com/app.git"},
        {"url": "git.example.com:app.git"},
        {"url": "git://git.example.com/app.git"},
        {"url": "https://127.0.0.1:9/app.git"},
        {"url": "https://user@127.0.0.1:9/app.git"},
        {"url": "file://ELSEWHERE"},
        {"url": "ELSEWHERE"},
        {"url": "ELSEWHERE", "uploadpack": "PROGRAM"},
        {"vcs": "evil"},
        {"url": "evil::anything"},
        {"url": "fd::7"},
    ],
    ids=str,
)
def test_what_is_missing_is_not_fetched(
    repository: Path, tmp_path: Path, canary: Callable[[str], str], remote: dict[str, str]
) -> None:
    elsewhere = tmp_path / "elsewhere.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(elsewhere))
    git(elsewhere, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(elsewhere, "config", "uploadpack.allowFilter", "true")
    program = canary("transport")
    name = git(repository, "rev-parse", "HEAD~1")
    filled = {
        key: value.replace("PROGRAM", program).replace("ELSEWHERE", str(elsewhere))
        for key, value in remote.items()
    }
    promise(repository, **filled)
    for setting in ("core.sshCommand", "core.gitProxy", "credential.helper", "core.askPass"):
        git(repository, "config", setting, program)
    lose(repository, "HEAD~1:pod.yaml")
    assert then(repository, name).missing == (str(repository / "pod.yaml"),)
    lose(repository, "HEAD~1^{tree}")
    with pytest.raises(GitError):
        then(repository, name)
    lose(repository, "HEAD~1")
    with pytest.raises(UsageError):
        then(repository, name)
    # What is there can be used as before.
    assert changed(repository, "HEAD") == []
    assert ran(tmp_path) == []


def test_nothing_is_included(repository: Path, tmp_path: Path, canary: Callable[[str], str]) -> None:
    included = tmp_path / "included"
    included.write_text(f"[core]\n\tfsmonitor = {canary('a')}\n\tsshCommand = {canary('b')}\n")
    git(repository, "config", "include.path", str(included))
    git(repository, "config", f"includeIf.gitdir:{repository}/.path", str(included))
    git(repository, "config", "includeIf.onbranch:main.path", str(included))
    assert changed(repository) == []
    assert ran(tmp_path) == []


def test_the_environment_of_whoever_asks_leads_git_nowhere_else(
    repository: Path, tmp_path: Path, canary: Callable[[str], str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    commit(other, "other")
    environment = {
        **ENVIRONMENT,
        "GIT_DIR": str(other / ".git"),
        "GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects"),
        "GIT_SSH_COMMAND": canary("ssh"),
        "GIT_EXTERNAL_DIFF": canary("diff"),
        "GIT_PAGER": canary("pager"),
        "GIT_TRACE": str(tmp_path / "canaries" / "trace"),
        "GIT_TRACE2_EVENT": str(tmp_path / "canaries" / "trace2"),
    }
    using = readers(repository)
    found = found_in(repository, using)
    images, _ = named_then(found, "HEAD", using, environment).split(found.images)
    assert images == []
    assert ran(tmp_path) == []


def test_a_repository_without_a_work_tree_inside_another_is_not_used(
    repository: Path, tmp_path: Path
) -> None:
    """Anybody can commit one; git takes it for its own where it stands in it (safe.bareRepository)."""
    git(repository, "clone", "-q", "--bare", ".", str(repository / "sub"))
    (repository / "sub" / "pod.yaml").write_text(POD % "second")
    # To git, this is no repository at all; the directory around it would be taken.
    (repository / "sub" / ".git").mkdir()
    using = readers(repository / "sub")
    with pytest.raises(GitError, match="cannot use the repository"):
        named_then(found_in(repository / "sub", using), "HEAD", using, ENVIRONMENT)


@pytest.mark.parametrize("name", ["HEAD", "config", "packed-refs"])
def test_a_pipe_in_a_directory_of_git_is_an_error(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.gate.git.GIT_SECONDS", 0.5)
    (repository / ".git" / name).unlink(missing_ok=True)
    os.mkfifo(repository / ".git" / name)
    with pytest.raises(GitError, match="did not answer within"):
        then(repository, "main")


def test_another_work_tree_in_the_configuration_changes_nothing(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "pod.yaml").write_text(POD % "first")
    git(repository, "config", "core.worktree", str(other))
    assert changed(repository, "HEAD") == []
    assert changed(repository, "HEAD~1") == ["second"]


# --- honest repositories ---


def _packed(folder: Path, _: Path) -> Path:
    git(folder, "gc", "-q")
    return folder


def _linked_work_tree(folder: Path, place: Path) -> Path:
    git(folder, "worktree", "add", "-q", str(place / "linked"), "-b", "feature")
    return place / "linked"


def _own_directory(folder: Path, place: Path) -> Path:
    git(place, "clone", "-q", "--separate-git-dir", str(place / "kept"), str(folder), str(place / "clone"))
    return place / "clone"


def _borrowing(folder: Path, place: Path) -> Path:
    git(place, "clone", "-q", "--shared", str(folder), str(place / "clone"))
    return place / "clone"


def _submodule(folder: Path, place: Path) -> Path:
    outer = place / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder), "inner")
    return outer / "inner"


def _symbolic_link(folder: Path, place: Path) -> Path:
    (folder / ".git").rename(place / "real.git")
    (folder / ".git").symlink_to(place / "real.git")
    return folder


@pytest.mark.parametrize(
    "make", [_packed, _linked_work_tree, _own_directory, _borrowing, _submodule, _symbolic_link]
)
def test_every_form_of_a_repository_works(
    repository: Path, tmp_path: Path, make: Callable[[Path, Path], Path]
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    folder = make(repository, place)
    assert changed(folder, "HEAD") == []
    assert changed(folder, "HEAD~1") == ["second"]
    commit(folder, "third")
    assert changed(folder, "HEAD") == []
    assert changed(folder, "HEAD~1") == ["third"]
    assert changed(folder, "HEAD@{1}") == ["third"]


def test_hashes_of_another_kind_work(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    commit(folder, "first")
    commit(folder, "second")
    assert (changed(folder), changed(folder, "HEAD~1")) == ([], ["second"])


def test_every_way_to_name_a_commit_works(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    odd = 'odd"name.x'
    git(clone, "branch", "-m", odd)
    git(clone, "tag", "-a", "-m", "v1", "v1")
    commit(clone, "third")
    for revision in (
        "origin/main",
        "origin",
        "@{upstream}",
        f"{odd}@{{u}}",
        "HEAD@{push}",
        "v1",
        "HEAD^",
        "HEAD~1",
        "HEAD^{/second}",
        git(clone, "rev-parse", "v1"),
        git(clone, "rev-parse", "--short", "origin/main"),
    ):
        if revision == "HEAD@{push}":
            git(clone, "config", "push.default", "upstream")
        assert changed(clone, revision) == ["third"], revision
    with pytest.raises(UsageError):
        changed(clone, "nowhere")


def test_an_honest_partial_clone_says_what_it_lacks(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repository}", str(clone))
    assert then(clone, "HEAD").missing == ()
    assert changed(clone, "HEAD") == []
    assert then(clone, "HEAD~1").missing == (str(clone / "pod.yaml"),)
    git(clone, "show", "HEAD~1:pod.yaml")
    assert then(clone, "HEAD~1").missing == ()
    assert changed(clone, "HEAD~1") == ["second"]


def test_a_shallow_clone_works(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", str(clone))
    assert changed(clone, "HEAD") == []
    with pytest.raises(UsageError):
        changed(clone, "HEAD~1")


def test_nothing_is_left_behind(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    assert changed(repository) == []
    assert list(place.iterdir()) == []
    assert git(repository, "status", "--porcelain") == ""
