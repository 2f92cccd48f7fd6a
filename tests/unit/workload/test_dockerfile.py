"""Dockerfiles: what is an image, what is a stage, and what is neither."""

from __future__ import annotations

import pytest

from tests.workload import found_in_text, problems, readers, references
from verifier.workload.interface import Found


def found_with(text: str, **arguments: str) -> Found:
    return found_in_text(text, name="Dockerfile", using=readers(arguments=arguments))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a", ["a"]),
        ("from a as b\nFROM b\nFROM B", ["a"]),
        ("FROM a AS a\nFROM a", ["a"]),
        ("FROM scratch", []),
        ("FROM a\nFROM later\nFROM c AS later", ["a", "later", "c"]),
        ("FROM \\\n  a \\\n  AS b", ["a"]),
        ("FROM \\\n# a comment\n\n a", ["a"]),
        ("# escape=`\nFROM `\n a", ["a"]),
        ("# a comment\n# escape=`\nFROM \\\n a", ["a"]),
        ("FROM a\nRUN x \\\\\nFROM b", ["a", "b"]),
        ("ARG V=1\nFROM a:$V", ["a:1"]),
        ("ARG V=1\nFROM a:${V}", ["a:1"]),
        ('ARG V="1"\nFROM a:${V:-2}', ["a:1"]),
        ("ARG V\nFROM a:${V:-2}", ["a:2"]),
        ("ARG A=1 B=${A}2\nFROM a:${B}", ["a:12"]),
        ("ARG UNUSED=${NONE}\nFROM a", ["a"]),
        ("FROM a\nCOPY --from=b:1 /x /y", ["a", "b:1"]),
        ("FROM a\nCOPY --chown=1 --from=b:1 /x /y", ["a", "b:1"]),
        ("FROM a\nCOPY x --from=b:1", ["a"]),
        ("FROM a AS x\nFROM b\nCOPY --from=x /a /b\nCOPY --from=X /a /b\nCOPY --from=0 /a /b", ["a", "b"]),
        ("FROM a\nRUN --mount=type=bind,from=b:1,target=/x y", ["a", "b:1"]),
        ("FROM a\nRUN --mount=target=/x,From=b:1 y", ["a", "b:1"]),
        ("FROM a\nRUN --mount=from=b:1 --mount=type=cache,target=/x y", ["a", "b:1"]),
        ("FROM a\nONBUILD COPY --from=b:1 /x /y", ["a", "b:1"]),
        ("FROM a\nRUN <<EOF\nFROM evil\nEOF\nFROM b", ["a", "b"]),
        ("FROM a\nRUN <<-EOF x\n\tFROM evil\n\tEOF\nFROM b", ["a", "b"]),
        ("FROM a\nCOPY <<'A' <<\"B\" /x\nFROM e\nA\nFROM e\nB\nFROM b", ["a", "b"]),
        ('FROM a\nRUN echo "<<EOF"\nFROM b', ["a", "b"]),
        ("FROM a\nENV x=<<EOF\nFROM b", ["a", "b"]),
        ("FROM a\nRUN cat <<<word\nFROM b", ["a", "b"]),
        ("FROM a\nRUN x ${Y} 'z' <<EOF\nFROM evil\nEOF\nFROM b", ["a", "b"]),
        ("# escape=`\nFROM a\nRUN <<EOF x\nFROM evil\nEOF\nFROM b", ["a", "b"]),
        ("FROM a\nRUN <<EOF\nEOF\r\r\nFROM b", ["a", "b"]),
        ("FROM a\nRUN echo $((1<<2)) ${X}\nFROM b", ["a", "b"]),
        ("FROM a\nCOPY \\\r\r\n--from=b / /", ["a", "b"]),
        ("#!/x\n# escape=`\nFROM a\nENV x=`\nFROM b", ["a", "b"]),
        ('# escape=`\nFROM a\nCOPY ["x\\" <<y \\"", "/z"]\nFROM b\ny', ["a", "b"]),
        ("# syntax=docker/dockerfile:1\nFROM a", ["docker/dockerfile:1", "a"]),
        ("#syntax = docker/dockerfile:1 x\nFROM a", ["docker/dockerfile:1", "a"]),
        ("# a comment\n# syntax=docker/dockerfile:1\nFROM a", ["a"]),
        ("\ufeffFROM a\r\nFROM b\r\n", ["a", "b"]),
        ("\u00a0FROM a\n\vFROM b", ["a", "b"]),
        ("#!/usr/bin/env x\n#\fsyntax=s:1\nFROM a", ["s:1", "a"]),
        ("// syntax=s:1\nFROM a", ["s:1", "a"]),
    ],
)
def test_the_images_of_a_build(text: str, expected: list[str]) -> None:
    assert references(found_with(text)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "without FROM"),
        ("# FROM a", "without FROM"),
        ("RUN x", "without FROM"),
        ("FROM a:$V", "V has no value"),
        ("ARG V\nFROM a:$V", "V has no value"),
        ("ARG V=${NONE}\nFROM a:$V", "not final"),
        ("FROM a\nARG V=1\nFROM b:$V", "V has no value"),
        ("ARG V=1\nFROM a:${V#x}", "behind a variable"),
        ("FROM a b", "something else than IMAGE"),
        ("FROM", "something else than IMAGE"),
        ("FROM a AS b c", "something else than IMAGE"),
        ("FROM --platform=windows a", "not a platform"),
        ("FROM a\nCOPY --from=$X /a /b", "not final"),
        ("FROM a\nRUN --mount=from=${X} y", "not final"),
        ("FROM a\nRUN <<EOF\nx", "does not end"),
        ("FROM a\nRUN <<E\\OF\nEOF\nFROM b\n#E\\OF", "the name behind '<<'"),
        ("FROM a\nRUN <<E'O'F\nEOF\nFROM b", "the name behind '<<'"),
        ("FROM a\nRUN <<EOF it's\nFROM b\nENV x=\\\nEOF", "'<<' beside a quote"),
        ("FROM a\nRUN ${ <<EOF\nFROM b\nENV x=\\\nEOF", "'<<' beside a quote or a variable"),
        ("FROM a\nRUN ${X:-y} <<EOF\nFROM b\nEOF", "'<<' beside a quote or a variable"),
        ("FROM base-$TARGETARCH", "TARGETARCH has no value"),
        ("# escape=x\nFROM a", "neither \\ nor `"),
        ("FROM {{ .Image }}", "something else than IMAGE"),
        ("FROM {{image}}", "not final"),
        ("FROM A", "lower case"),
        ("FROM a\nCOPY --from= / /", "the image is empty"),
        ("FROM a\nCOPY --fr\\om=b / /", "an escape in a flag"),
        ('FROM a\nCOPY --"from"=b / /', "an escape in a flag"),
        ("FROM a\nRUN --mou\\nt=from=b y", "an escape in a flag"),
        (" # escape=`\nFROM a", "a directive behind a blank"),
        ("FROM a\u00a0b", "a blank (U+00A0)"),
        ("FROM a\nCOPY --from=b\x85c / /", "a blank (U+0085)"),
        ("FROM a\nRUN x\u2028--mount=from=b y", "a blank (U+2028)"),
        ("# syntax=s\u00a0t:1\nFROM a", "white space or characters"),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, problem: str) -> None:
    assert problem in " ".join(problems(found_with(text)))


def test_arguments_that_are_given_win() -> None:
    assert references(found_with("ARG V=1\nFROM a:$V", V="2")) == ["a:2"]
    assert references(found_with("ARG V\nFROM a:$V", V="2")) == ["a:2"]
    # One that the file does not declare has no value there.
    assert "no value" in problems(found_with("FROM a:$V", V="2"))[0]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("", []),
        ("--platform=linux/arm64", ["linux/arm64"]),
        ("--platform=$BUILDPLATFORM", []),
        ("--platform=${TARGETPLATFORM}", []),
        ("--platform=linux/$A", ["linux/amd64"]),
    ],
)
def test_the_platform_of_a_stage_is_the_one_that_is_judged(flag: str, expected: list[str]) -> None:
    (image,) = found_with(f"ARG A=amd64\nFROM {flag} a").images
    assert [str(platform) for platform in image.platforms] == expected


def test_places_are_those_of_the_words() -> None:
    found = found_with("FROM a:1 AS b\nRUN x \\\n  && y\nCOPY \\\n  --from=c:2 / /\n")
    assert references(found) == ["a:1", "c:2"]
    assert [(i.location.line, i.location.column) for i in found.images] == [(1, 6), (5, 10)]
    assert [i.location.object for i in found.images] == ["stage b", "stage b"]


@pytest.mark.parametrize("text", ["FROM a:$V", "FROM", "FROM a b"])
def test_what_is_wrong_with_the_only_from_is_said_once(text: str) -> None:
    assert len(problems(found_with(text))) == 1
    assert len(problems(found_with("RUN x"))) == 1


@pytest.mark.parametrize("before", ["", "#!/usr/bin/env docker\n"])
@pytest.mark.parametrize("first", ["# syntax=first:1\n", "// syntax=first:1\n", "#\tSYNTAX = first:1\n"])
def test_a_second_syntax_line_is_a_problem(before: str, first: str) -> None:
    # BuildKit runs the frontend of the first one, whatever others make of the second.
    assert references(found_with(f"{before}{first}FROM a")) == ["first:1", "a"]
    (problem,) = problems(found_with(f"{before}{first}{first.replace('first', 'second')}FROM a"))
    assert "a second directive 'syntax'" in problem


@pytest.mark.parametrize("name", ["syntax", "escape", "check"])
@pytest.mark.parametrize("blank", ["\v", "\u00a0", "\u0085", "\u2003", "\u2028", "\u3000", " \u00a0"])
def test_white_space_of_an_odd_kind_before_a_directive_is_a_problem(blank: str, name: str) -> None:
    # BuildKit, DirectiveParser.ParseLine: unicode.IsSpace in some releases, \\s of a pattern in others.
    (problem,) = problems(found_with(f"#{blank}{name}=`\nFROM a"))
    assert "a directive behind a blank of an odd kind" in problem
    # A zero width space is none to anybody, and so the line a comment.
    assert references(found_with(f"#\u200b{name}=`\nFROM a")) == ["a"]


@pytest.mark.parametrize("blank", ["", " ", "\t", "\f", "\r", " \t "])
def test_white_space_that_all_know_stands_before_a_directive(blank: str) -> None:
    assert references(found_with(f"#{blank}syntax=s:1\nFROM a")) == ["s:1", "a"]
