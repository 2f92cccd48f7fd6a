"""Compose files: variables, profiles, what extends and includes, what is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workload import found_in, found_in_stdin, found_in_text, problems, readers, references
from verifier.workload.interface import Found


def service(image: str) -> str:
    return f"services:\n  web:\n    image: {image}\n"


def found_with(text: str, **variables: str) -> Found:
    return found_in_text(text, name="compose.yaml", using=readers(Path("/nowhere"), variables=variables))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("a:${T}", "a:1"),
        ("a:$T", "a:1"),
        ("a:${T:-x}", "a:1"),
        ("a:${T-x}", "a:1"),
        ("a:${T:?no}", "a:1"),
        ("a:${T?no}", "a:1"),
        ("a:${T:+x}", "a:x"),
        ("a:${T+x}", "a:x"),
        ("a:${NONE:-x}", "a:x"),
        ("a:${NONE-x}", "a:x"),
        ("a${NONE:+x}", "a"),
        ("a${NONE+x}", "a"),
        ("a:${EMPTY:-x}", "a:x"),
        ("a${EMPTY-x}", "a"),
        ("a${EMPTY:+x}", "a"),
        ("a:x${EMPTY+y}", "a:xy"),
        ("a:${NONE:-${T}}", "a:1"),
        ("a:${NONE:-${OTHER:-y}-z}", "a:y-z"),
        ("'${R}/a:${T}'", "ghcr.io/a:1"),
    ],
)
def test_variables_have_the_values_that_compose_gives_them(image: str, expected: str) -> None:
    found = found_with(service(image), T="1", EMPTY="", R="ghcr.io")
    assert references(found) == [expected]
    assert found.images[0].span is None


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("a:${NONE}", "the variable NONE has no value"),
        ("a:$NONE", "the variable NONE has no value"),
        ("a:${NONE:?say which}", "say which"),
        ("a:${EMPTY:?say which}", "say which"),
        ("a:${NONE:-${OTHER}}", "the variable OTHER has no value"),
        ("'a:${T'", "without '}'"),
        ("'a:${}'", "no variable"),
        ("'a:${T!x}'", "behind a variable"),
        ("a:$", "before no name"),
        ("a:$$", "not final: '$'"),
        ("a:$${T}", "not final: '${'"),
    ],
)
def test_a_variable_without_value_is_a_problem(image: str, problem: str) -> None:
    (found,) = problems(found_with(service(image), T="1", EMPTY=""))
    assert found.startswith("compose.yaml:")
    assert problem in found


def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T", "from-the-environment")
    assert "no value" in problems(found_with(service("a:${T}")))[0]


def compose(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_values_come_from_the_file_beside_and_given_ones_win(tmp_path: Path) -> None:
    compose(tmp_path, compose_yaml=service("a:${A}-${B}"))
    (tmp_path / ".env").write_text("# c\nexport A=1 # c\nB=\"${A}\"\n\nC='$not'\n")
    assert references(found_in(tmp_path)) == ["a:1-1"]
    assert references(found_in(tmp_path, readers(tmp_path, variables={"A": "2"}))) == ["a:2-2"]
    (tmp_path / "other.env").write_text("A=7\nB=8\n")
    using = readers(tmp_path, env_files=(str(tmp_path / "other.env"),))
    assert references(found_in(tmp_path, using)) == ["a:7-8"]
    (tmp_path / "other.env").unlink()
    assert "there is no file" in problems(found_in(tmp_path, using))[0]


def test_a_file_of_variables_that_cannot_be_read_is_a_problem_where_it_is_needed(tmp_path: Path) -> None:
    compose(tmp_path, compose_yaml=service("a:1"))
    (tmp_path / ".env").write_text("A= # is it empty, or a word?\n")
    assert references(found_in(tmp_path)) == ["a:1"]
    (tmp_path / ".env").write_text("A='1\nno name\n")
    assert references(found_in(tmp_path)) == ["a:1"]
    (tmp_path / "compose.yaml").write_text(service("a:${A}"))
    (problem,) = problems(found_in(tmp_path))
    assert ".env:1: a quote that does not end" in problem


def test_variables_that_grow_without_end_are_a_problem(tmp_path: Path) -> None:
    compose(tmp_path, compose_yaml=service("a:${V40}"))
    lines = ["V0=0123456789", *(f"V{n}=${{V{n - 1}}}${{V{n - 1}}}" for n in range(1, 41))]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert "variables that grow" in problems(found_in(tmp_path))[0]
    deep = "${A:-" * 20_000 + "x" + "}" * 20_000
    assert "more than 65536 characters of text" in problems(found_with(service(f"'{deep}'")))[0]
    assert "nested deeper" in problems(found_with(service(f"'{'${A:-' * 200}x{'}' * 200}'")))[0]


def test_every_profile_is_read() -> None:
    text = "services:\n  a: {image: a, profiles: [debug]}\n  b: {image: b}\n"
    assert references(found_with(text)) == ["a", "b"]


def test_a_service_that_is_built_is_said_and_one_with_a_name_is_judged(tmp_path: Path) -> None:
    compose(tmp_path, compose_yaml="services:\n  a: {build: .}\n  b: {build: ., image: ghcr.io/b}\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    found = found_in(tmp_path)
    assert references(found) == ["ghcr.io/b"]
    (built,) = found.built
    assert (built.name, built.location.line) == ("a", 2)


def test_the_platform_of_a_service_is_the_one_that_is_judged() -> None:
    found = found_with("services:\n  a: {image: a, platform: '${P}'}\n  b: {image: b}\n", P="linux/arm64/v8")
    assert [[str(each) for each in image.platforms] for image in found.images] == [["linux/arm64"], []]
    assert "not a platform" in problems(found_with("services: {a: {image: a, platform: arm64}}"))[0]


def test_a_service_that_extends_another_has_its_image_unless_its_own(tmp_path: Path) -> None:
    compose(
        tmp_path,
        base__common_yaml="services:\n"
        "  base: {image: base, platform: linux/arm64}\n"
        "  more: {extends: base}\n",
        compose_yaml="services:\n"
        "  a: {extends: {file: base/common.yaml, service: more}}\n"
        "  b: {extends: a, image: own}\n"
        "  c: {extends: {service: d}}\n"
        "  d: {image: d}\n",
    )
    found = found_in(tmp_path / "compose.yaml", readers(tmp_path))
    assert references(found) == ["base", "own", "d", "d"]
    at = found.images[0].location
    assert (Path(at.file).name, at.line, at.object) == ("common.yaml", 2, "service a")
    assert [[str(each) for each in image.platforms] for image in found.images[:2]] == [["linux/arm64"]] * 2


def test_what_is_included_is_read_with_its_own_variables(tmp_path: Path) -> None:
    compose(
        tmp_path,
        compose_yaml="include: [inner/compose.yaml]\n" + service("outer:${T}"),
        inner__compose_yaml="include: [{path: [more.yaml], env_file: more.env}]\n" + service("inner:${T}"),
        inner__more_yaml=service("more:${T}"),
    )
    (tmp_path / ".env").write_text("T=outer\n")
    (tmp_path / "inner" / ".env").write_text("T=inner\n")
    (tmp_path / "inner" / "more.env").write_text("T=more\n")
    found = found_in(tmp_path / "compose.yaml", readers(tmp_path))
    # Compose: the project that includes wins.
    assert sorted(references(found)) == ["inner:outer", "more:outer", "outer:outer"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("include: [oci://example.com/compose]\n" + service("a"), "not a file here"),
        ("include: ['https://github.com/a/b.git']\n" + service("a"), "not a file here"),
        ("include: [../outside.yaml]\n" + service("a"), "outside the directories"),
        ("include: [/etc/hostname]\n" + service("a"), "outside the directories"),
        ("include: [missing.yaml]\n" + service("a"), "there is no file"),
        ("include: [compose.yaml]\n" + service("a"), "lead from one to the other"),
        ("include: [{path: a.yaml, project_directory: b}]\n" + service("a"), "not understood"),
        ("include: [link.yaml]\n" + service("a"), "outside the directories"),
        ("services:\n  a: {extends: b}\n  b: {extends: a}\n", "extend one another"),
        ("services:\n  a: {extends: none}\n", "no service none"),
        ("services:\n  a: {extends: {file: missing.yaml, service: a}}\n", "there is no file"),
        ("services:\n  a: {command: [x]}\n", "neither an image nor a build"),
        ("services:\n  a: !reset null\n", "for merging files"),
        ("services:\n  a: {image: [x]}\n", "no text"),
        ("services:\n  a: {image: 1.10}\n", "is a number"),
        ("services:\n  a: {image: a, hooks: [{image: hidden}]}\n", "looks like an image"),
        ("services:\n  a: {image: a, volumes: [{type: image, target: /x}]}\n", "no text"),
        ("services:\n  a: {image: a}\n  a: {image: b}\n", "duplicate key"),
        ("services: [a]\n", "neither"),
    ],
)
def test_what_cannot_be_read_is_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    inside = tmp_path / "inside"
    compose(inside.parent, inside__compose_yaml=text)
    (tmp_path / "outside.yaml").write_text(service("outside"))
    (inside / "link.yaml").symlink_to("../outside.yaml")
    found = found_in(inside / "compose.yaml", readers(inside))
    assert problem in " ".join(problems(found))


def test_an_image_that_is_mounted_is_one() -> None:
    text = "services:\n  a: {image: a, volumes: [{type: image, source: b, target: /b}, 'x:/y']}\n"
    assert references(found_with(text)) == ["a", "b"]


def test_an_image_that_is_mounted_is_one_whatever_its_type_is_put_together_from(tmp_path: Path) -> None:
    text = 'services:\n  a: {image: a, volumes: [{type: "${T:-image}", source: b, target: /b}]}\n'
    assert references(found_in_stdin(text.encode())) == ["a", "b"]
    (tmp_path / "base.txt").write_text("services:\n  b: {volumes: [{type: image, source: b, target: /b}]}\n")
    extends = "services:\n  a: {image: a, extends: {file: base.txt, service: b}%s}\n"
    for own in ("", ", volumes: ['x:/y']"):
        (tmp_path / "compose.yaml").write_text(extends % own)
        assert references(found_in(tmp_path)) == ["a", "b"]


def test_a_service_that_is_always_built_runs_no_image_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    compose(tmp_path, compose_yaml="services:\n  a: {image: a, build: ., pull_policy: build}\n")
    found = found_in(tmp_path)
    assert (references(found), [built.name for built in found.built]) == ([], ["a"])
    compose(tmp_path, compose_yaml="services:\n  a: {image: a, build: ., pull_policy: always}\n")
    found = found_in(tmp_path)
    assert (references(found), found.built) == (["a"], [])


def test_a_compose_file_over_standard_input_leads_nowhere() -> None:
    assert references(found_in_stdin(service("nginx:1").encode())) == ["nginx:1"]
    for text in ("include: [a.yaml]\n" + service("a"), "services:\n  a: {extends: {file: b, service: a}}\n"):
        assert "from standard input" in problems(found_in_stdin(text.encode()))[0]


def test_services_of_another_program_are_no_compose_file(tmp_path: Path) -> None:
    (tmp_path / "services.yaml").write_text("services:\n  app: {resource: src}\n")
    found = found_in(tmp_path)
    assert references(found) == []
    assert "neither a Kubernetes object nor a Compose file" in found.unseen[0]
