"""What Compose services are built from: every base is judged, or it is said that it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workload import found_in, problems, readers, references
from verifier.workload.interface import Found

SERVICE = "services:\n  web:\n    image: web:1\n    build: %s\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def built(folder: Path, build: str, files: dict[str, str] | None = None, **options: bool) -> Found:
    """What a Compose file names that is given itself, with ``build`` of its service, and files beside it."""
    write(folder, {"compose.yaml": SERVICE % build, **(files or {})})
    using = readers(folder, variables={"V": "v"}, allow_builds=options.get("allow_builds", False))
    return found_in(folder / "compose.yaml", using)


def bases(found: Found) -> list[str]:
    """What is named beside the service's own image."""
    own, *others = references(found)
    assert own == "web:1"
    return others


@pytest.mark.parametrize(
    ("build", "file"),
    [
        (".", "Dockerfile"),
        ("''", "Dockerfile"),
        ("{}", "Dockerfile"),
        ("{context: ./app/}", "app/Dockerfile"),
        ("app/../other", "other/Dockerfile"),
        ("{context: '${V}'}", "v/Dockerfile"),
        ("{dockerfile: docker/web}", "docker/web"),
        ("{dockerfile: '${V}.yaml'}", "v.yaml"),
        ("{context: app, dockerfile: ../web}", "web"),
        ("{context: app, dockerfile: 'a b'}", "app/a b"),
        ("{context: app, dockerfile: .hidden/file}", "app/.hidden/file"),
        # buildx and podman-compose look for these too.
        (".", "dockerfile"),
        (".", "Containerfile"),
    ],
)
def test_the_dockerfile_of_a_build_is_followed_whatever_its_name(
    tmp_path: Path, build: str, file: str
) -> None:
    found = built(tmp_path, build, {file: "FROM base:1\nRUN true\n"})
    assert bases(found) == ["base:1"]
    at = found.images[1].location
    assert (Path(at.file), at.line, at.object, at.field) == (tmp_path / file, 1, "stage 0", "FROM")


def test_the_dockerfile_of_a_build_may_be_named_in_full_and_lie_beside_the_context(tmp_path: Path) -> None:
    write(tmp_path, {"docker/web": "FROM base:1\n"})
    for build in (
        f"{{dockerfile: {tmp_path}/docker/web}}",
        f"{{context: {tmp_path}, dockerfile: docker/web}}",
    ):
        assert bases(built(tmp_path, build)) == ["base:1"]
    write(tmp_path, {"deploy/compose.yaml": SERVICE % "{context: .., dockerfile: docker/web}"})
    assert bases(found_in(tmp_path / "deploy", readers(tmp_path))) == ["base:1"]


def test_a_dockerfile_in_a_compose_file_is_judged_with_its_place(tmp_path: Path) -> None:
    text = "FROM base:$${T:-1} AS a\\nFROM ${V}:1\\nCOPY --from=a / /\\nCOPY --from=c:1 / /\\n"
    inline = f'{{dockerfile_inline: "{text}"}}'
    found = built(tmp_path, inline)
    assert bases(found) == ["base:1", "v:1", "c:1"]
    at = found.images[1].location
    assert (Path(at.file), at.line, at.object) == (tmp_path / "compose.yaml", 4, "service web stage a")
    assert at.field == "services.web.build.dockerfile_inline FROM"
    assert all(image.span is None for image in found.images[1:])
    # Where the context is does not matter then.
    inline = "{context: 'https://example.com/a.git', dockerfile_inline: FROM base:1}"
    assert bases(built(tmp_path, inline)) == ["base:1"]
    assert (
        "dockerfile_inline:1:1: a Dockerfile without FROM"
        in problems(built(tmp_path, "{dockerfile_inline: RUN x}"))[0]
    )


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("{BASE: a:1}", "a:1"),
        ("[BASE=a:1]", "a:1"),
        ("{BASE: 'a:${V}'}", "a:v"),
        ("['BASE=a:${V}']", "a:v"),
        ("{V: }", "base:v"),
        ("[V]", "base:v"),
        # Without a value Compose leaves it out.
        ("{NONE: }", "base:1"),
        ("[NONE]", "base:1"),
        ("{OTHER: a:1, DEBUG: yes}", "base:1"),
        ("{V: 20}", "base:20"),
        ("{V: 3.12}", "base:3.12"),
        ("{V: true}", "base:true"),
        ("{V: '3.10'}", "base:3.10"),
    ],
)
def test_arguments_of_a_build_are_those_of_its_dockerfile(tmp_path: Path, args: str, expected: str) -> None:
    text = "ARG V=1\nARG NONE=x\nARG BASE=base:$V\nFROM $BASE\n"
    assert bases(built(tmp_path, f"{{args: {args}}}", {"Dockerfile": text})) == [expected]


@pytest.mark.parametrize("value", ["3.10", "0x1", "010", "1e3", "yes", "2024-01-01", "1_000", "-1"])
def test_a_number_that_programs_write_differently_is_a_problem_where_it_is_used(
    tmp_path: Path, value: str
) -> None:
    files = {"Dockerfile": "ARG V=1\nARG W=1\nFROM base:$V\n"}
    assert "the argument V is a number" in problems(built(tmp_path, f"{{args: {{V: {value}}}}}", files))[0]
    assert bases(built(tmp_path, f"{{args: {{W: {value}}}}}", files)) == ["base:1"]


def test_what_compose_gives_wins_over_the_command_line(tmp_path: Path) -> None:
    text = "ARG A\nARG B\nFROM $A\nFROM $B\n"
    write(tmp_path, {"compose.yaml": SERVICE % "{args: {A: compose:1}}", "web": text})
    write(tmp_path, {"compose.yaml": SERVICE % "{dockerfile: web, args: {A: compose:1}}"})
    using = readers(tmp_path, arguments={"A": "given:1", "B": "given:2"})
    assert bases(found_in(tmp_path / "compose.yaml", using)) == ["compose:1", "given:2"]


STAGES = (
    "FROM a:1 AS one\nFROM b:1 AS two\nCOPY --from=one / /\n"
    "FROM c:1 AS three\nRUN --mount=from=0,target=/x y\nFROM two\nCOPY --from=d:1 / /\n"
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("one", ["a:1"]),
        ("TWO", ["a:1", "b:1"]),
        ("three", ["a:1", "c:1"]),
        ("''", ["a:1", "b:1", "c:1", "d:1"]),
    ],
)
def test_of_a_target_what_it_needs_is_judged(tmp_path: Path, target: str, expected: list[str]) -> None:
    assert bases(built(tmp_path, f"{{target: {target}}}", {"Dockerfile": STAGES})) == expected


def test_a_target_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = built(tmp_path, "{target: four}", {"Dockerfile": STAGES})
    assert "there is no stage four" in problems(found)[0]


def test_platforms_of_a_build_are_those_that_are_judged(tmp_path: Path) -> None:
    flags = ("", "--platform=$TARGETPLATFORM ", "--platform=$BUILDPLATFORM ", "--platform=linux/arm ")
    text = "".join(f"FROM {flag}{name}:1\n" for flag, name in zip(flags, "abcd", strict=True))
    found = built(tmp_path, "{platforms: [linux/amd64, 'linux/${A:-arm64}']}", {"Dockerfile": text})
    shown = {image.reference: [str(each) for each in image.platforms] for image in found.images}
    both = ["linux/amd64", "linux/arm64"]
    assert shown == {"web:1": [], "a:1": both, "b:1": both, "c:1": [], "d:1": ["linux/arm/v7"]}
    write(tmp_path, {"compose.yaml": SERVICE % ". \n    platform: linux/amd64"})
    found = found_in(tmp_path / "compose.yaml", readers(tmp_path))
    assert [str(each) for each in found.images[1].platforms] == ["linux/amd64"]
    assert "not a platform" in problems(built(tmp_path, "{platforms: [x86]}"))[0]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ("{base: 'docker-image://other:1'}", ["other:1", "a:1", "b:1"]),
        ("['base=docker-image://other:${V}']", ["other:v", "a:1", "b:1"]),
        ("{base: 'docker-image://scratch'}", ["a:1", "b:1"]),
        ("{base: ./folder}", ["a:1", "b:1"]),
        ("{base: 'service:other'}", ["a:1", "b:1"]),
        ("{'a:1': ./folder}", ["base", "b:1"]),
        ("{'b:1': ./folder}", ["base", "a:1"]),
        ("{'b:1': 'https://example.com/b.git'}", ["base", "a:1"]),
        ("{unused: 'https://example.com/b.git', other: 'oci-layout://x@sha256:y'}", ["base", "a:1", "b:1"]),
        # Names are looked up as BuildKit writes them, letter by letter.
        ("{'base:latest': ./folder}", ["base", "a:1", "b:1"]),
        ("{docker.io/library/base: ./folder}", ["base", "a:1", "b:1"]),
        ("{Base: ./folder}", ["base", "a:1", "b:1"]),
        ("{'base::linux/amd64': ./folder}", ["base", "a:1", "b:1"]),
        # The whole stage is another one then.
        ("{stage: ./folder}", ["a:1"]),
        ("{stage: 'docker-image://other:1'}", ["other:1", "a:1"]),
    ],
)
def test_a_context_stands_for_the_image_of_its_name(
    tmp_path: Path, contexts: str, expected: list[str]
) -> None:
    text = "FROM base AS stage\nCOPY --from=b:1 / /\nFROM a:1\nCOPY --from=stage / /\n"
    write(tmp_path, {"Dockerfile": text})
    other = "\n  other: {build: {dockerfile_inline: FROM scratch}}"
    found = built(tmp_path, f"{{additional_contexts: {contexts}}}{other}")
    assert sorted(bases(found)) == sorted(expected)


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("base", "base"),
        ("base:latest", "base"),
        ("docker.io/library/base", "base"),
        ("index.docker.io/base", "base"),
        ("library/base", "base"),
        ("docker.io/org/base:1", "org/base:1"),
        ("ghcr.io/org/base:latest", "ghcr.io/org/base"),
    ],
)
def test_names_of_contexts_are_as_buildkit_writes_them(tmp_path: Path, name: str, context: str) -> None:
    build = f"{{dockerfile_inline: 'FROM {name}', additional_contexts: {{'{context}': ./x}}}}"
    assert bases(built(tmp_path, build)) == []


@pytest.mark.parametrize("name", ["ghcr.io:443/a", "registry-1.docker.io/a", "docker.io:443/a", "context"])
def test_another_name_for_the_same_image_is_another_name_to_buildkit(tmp_path: Path, name: str) -> None:
    contexts = "{ghcr.io/a: ./x, a: ./x, context: ./x}"
    build = f"{{dockerfile_inline: 'FROM {name}', additional_contexts: {contexts}}}"
    assert bases(built(tmp_path, build)) == [name]


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("https://example.com/a.git", "the content of https://example.com/a.git"),
        ("github.com/org/a", "the content of github.com/org/a"),
        ("oci-layout://images/a@sha256:" + "0" * 64, "which is not judged"),
        ("target:a", "which is not judged"),
        ("service:none", "not built in this file"),
        ("DOCKER-IMAGE://evil:1", "which is not judged"),
    ],
)
def test_a_base_that_cannot_be_judged_is_a_problem(tmp_path: Path, context: str, problem: str) -> None:
    build = f"{{dockerfile_inline: 'FROM base', additional_contexts: {{base: '{context}'}}}}"
    assert problem in problems(built(tmp_path, build))[0]


def test_what_is_run_by_a_build_is_judged(tmp_path: Path) -> None:
    files = {"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"}
    assert bases(built(tmp_path, ".", files)) == ["docker/dockerfile:1"]
    assert bases(built(tmp_path, "{args: {BUILDKIT_SYNTAX: 'evil/frontend:1 x'}}", files)) == [
        "evil/frontend:1"
    ]
    generator = "{sbom: 'generator=evil/scanner:1,x=y'}"
    assert bases(built(tmp_path, generator, files)) == ["evil/scanner:1", "docker/dockerfile:1"]
    for harmless in ("{sbom: true}", "{sbom: 'true'}", "{provenance: mode=max}"):
        assert bases(built(tmp_path, harmless, files)) == ["docker/dockerfile:1"]


def test_builds_of_services_that_extend_one_another_are_merged(tmp_path: Path) -> None:
    text = "ARG A=a:1\nARG B=b:1\nFROM $A AS one\nFROM $B\n"
    write(
        tmp_path,
        {
            "base/common.yaml": "services:\n"
            "  base: {build: {context: ., dockerfile: web, args: {A: a:2}, target: one}}\n"
            "  more: {extends: base, build: {target: '', args: [B=b:3]}}\n",
            "base/web": text,
            "compose.yaml": "services:\n"
            "  a: {image: 'web:1', extends: {file: base/common.yaml, service: base}}\n"
            "  b: {image: 'web:1', extends: {file: base/common.yaml, service: more},\n"
            "      build: {args: {A: a:4}}}\n",
        },
    )
    found = found_in(tmp_path / "compose.yaml", readers(tmp_path))
    assert references(found) == ["web:1", "a:2", "web:1", "a:4", "b:3"]


def test_paths_are_put_together_as_texts_before_links_are_followed(tmp_path: Path) -> None:
    # compose-go joins paths as texts: filepath.Join. The kernel would go to the link's own parent.
    write(tmp_path, {"far/app/x": "", "far/Dockerfile": "FROM wrong:1\n", "Dockerfile": "FROM base:1\n"})
    (tmp_path / "link").symlink_to("far/app")
    assert bases(built(tmp_path, "link/..")) == ["base:1"]


def test_what_is_included_is_built_where_its_project_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": "include: [{path: [inner/a.yaml, more/b.yaml]}]\nservices: {}\n",
            "inner/a.yaml": "services: {a: {build: .}}\n",
            "more/b.yaml": "services: {b: {build: {dockerfile: other}}}\n",
            "inner/Dockerfile": "FROM a:1\n",
            "inner/other": "FROM b:1\n",
            "more/other": "FROM wrong:1\n",
        },
    )
    assert references(found_in(tmp_path / "compose.yaml", readers(tmp_path))) == ["a:1", "b:1"]


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        ("https://github.com/org/app.git#main", "is not here"),
        ("github.com/org/app", "is not here"),
        ("git@github.com:org/app.git", "is not here"),
        ("ssh://host/app", "is not here"),
        ("docker-image://evil:1", "is not here"),
        ("service:other", "is not here"),
        ("~/app", "is not here"),
        ("{dockerfile: 'https://example.com/Dockerfile'}", "is not here"),
        ("..", "outside the directories"),
        ("/etc/hosts", "there is no file"),
        ("{dockerfile: /etc/hosts}", "outside the directories"),
        ("link", "outside the directories"),
        ("{dockerfile: folder}", "not a regular file"),
        ("missing", "there is no file"),
        ("{dockerfile: missing}", "there is no file"),
    ],
)
def test_what_cannot_be_followed_is_a_problem_unless_builds_are_left_out(
    tmp_path: Path, build: str, problem: str
) -> None:
    inside = tmp_path / "inside"
    write(tmp_path, {"Dockerfile": "FROM outside:1\n", "inside/folder/x": ""})
    (inside / "link").symlink_to(tmp_path)
    found = built(inside, build)
    assert problem in problems(found)[0]
    assert "--allow-builds" in (found.problems[0].hint or "")
    found = built(inside, build, allow_builds=True)
    assert references(found) == ["web:1"]
    assert problem in " ".join(map(str, found.unseen))


def test_a_build_that_is_nowhere_is_as_good_as_none_where_nothing_else_runs(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": "services: {web: {build: missing}}\n"})
    found = found_in(tmp_path)
    assert (problems(found), [each.name for each in found.built]) == ([], ["web"])
    assert "there is no file" in " ".join(map(str, found.unseen))
    # What is only changed here is in another file.
    assert bases(built(tmp_path, "{args: {A: b}}")) == []
    # One that is far away may be built.
    write(tmp_path, {"compose.yaml": "services: {web: {build: 'https://example.com/a.git'}}\n"})
    assert "is not here" in problems(found_in(tmp_path))[0]


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        ("{dockerfile: a, dockerfile_inline: FROM b}", "given together"),
        ("[.]", "neither text nor a mapping"),
        ("{context: [.]}", "is no text"),
        ("{dockerfile: 1}", "is no text"),
        ("{args: x}", "neither a mapping nor a list"),
        ("{context: '${NONE}'}", "NONE has no value"),
        ("{args: {A: '${NONE}'}}", "NONE has no value"),
        ("{additional_contexts: {a: 1.10}}", "is no text"),
        ("{additional_contexts: {a: 'docker-image://'}}", "the image is empty"),
        ("{sbom: 'generator='}", "the image is empty"),
        ("{dockerfile_inline: 'FROM base:$$V'}", "V has no value"),
    ],
)
def test_what_cannot_be_read_is_a_problem_even_where_builds_are_left_out(
    tmp_path: Path, build: str, problem: str
) -> None:
    assert problem in problems(built(tmp_path, build, {"Dockerfile": "FROM a:1\n"}, allow_builds=True))[0]


def test_a_dockerfile_that_is_come_across_too_is_named_once_and_can_be_pinned(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": SERVICE % "sub/../app", "app/Dockerfile": "FROM base:1\n"})
    (tmp_path / "sub").mkdir()
    found = found_in(tmp_path)
    assert sorted(references(found)) == ["base:1", "web:1"]
    assert all(image.span is not None for image in found.images)


def test_a_variable_of_a_dockerfile_has_the_value_that_compose_gives_it(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": SERVICE % "{args: {V: 2}}", "Dockerfile": "ARG V\nFROM base:$V\n"})
    assert sorted(references(found_in(tmp_path))) == ["base:2", "web:1"]
    # Another one has none.
    write(tmp_path, {"app/Dockerfile": "ARG V\nFROM base:$V\n"})
    assert "V has no value" in problems(found_in(tmp_path))[0]
    # And what else is wrong with it stays so.
    write(tmp_path, {"app/Dockerfile": "FROM scratch\n", "Dockerfile": "FROM a b\n"})
    assert "something else than IMAGE" in problems(found_in(tmp_path))[0]


def test_what_is_read_for_builds_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.workload.trees.BoundedTree.__init__.__defaults__", (1000,))
    services = "".join(f"  s{number}: {{build: .}}\n" for number in range(20))
    write(tmp_path, {"compose.yaml": f"services:\n{services}", "Dockerfile": f"#{'x' * 100}\nFROM a:1\n"})
    found = found_in(tmp_path / "compose.yaml")
    assert "bytes are to be read" in problems(found)[0]
