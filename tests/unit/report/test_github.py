"""Annotations, read as the runner reads them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.report.factory import BLOB, failed_check, hostile_report, refused, report, unavailable
from tests.unit.report.hostile import HOSTILE
from verifier.model.finding import Outcome, Verdict
from verifier.model.report import Location, Report
from verifier.report.github import render_github
from verifier.report.json_report import report_document

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)
PLACE = Location("apps/web.yaml", 12, 16, "Pod web", "spec.containers[0].image")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What the runner would do: ActionCommand.TryParseV2 of actions/runner, and TryParse for older ones."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        assert not re.search(r"##\[|##vso\[|##\w+\[", line)
        if (match := re.match(r"\s*::([a-zA-Z-]+)(?: ([^:]*))?::(.*)$", line, re.DOTALL)) is None:
            assert "::" not in line.lstrip()[:2]
            continue
        pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
        properties = {name: unescaped(value, [("%3A", ":"), ("%2C", ",")]) for name, _, value in pairs}
        found.append((match[1], properties, unescaped(match[3], [])))
    return found


def unescaped(text: str, more: list[tuple[str, str]]) -> str:
    for escape, character in [("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")]:
        text = text.replace(escape, character)
    return text


def rendered(made: Report) -> str:
    return render_github(report_document(made))


def named(*places: Location) -> Report:
    made = refused(CHECK)
    return replace(made, images=(replace(made.images[0], named_at=places),))


def test_a_finding_is_an_error_at_each_place_that_names_the_image() -> None:
    second = replace(PLACE, file="b.yaml", line=3, column=1)
    message = "registry.example/app:1: nobody signed it (linux/amd64) [SignatureError]. What to do: sign it."
    assert commands(rendered(named(PLACE, second))) == [
        (
            "error",
            {"title": "verify: signature", "file": "apps/web.yaml", "line": "12", "col": "16"},
            message,
        ),
        ("error", {"title": "verify: signature", "file": "b.yaml", "line": "3", "col": "1"}, message),
    ]


@pytest.mark.parametrize("places", [(), (replace(PLACE, file="-"),)])
def test_without_a_file_it_is_an_error_of_the_step(places: tuple[Location, ...]) -> None:
    ((level, properties, _),) = commands(rendered(named(*places)))
    assert (level, properties) == ("error", {"title": "verify: signature"})


def test_a_pass_says_so_and_has_no_annotation() -> None:
    assert rendered(report("app")) == "PASS  app\n"


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.FAIL, "error"),
        (Outcome.ERROR, "error"),
        (Outcome.WARN, "warning"),
        (Outcome.WAIVED, "notice"),
        (Outcome.PASS, None),
        (Outcome.SKIP, None),
    ],
)
def test_levels(outcome: Outcome, level: str | None) -> None:
    made = refused(replace(CHECK, outcome=outcome), replace(CHECK, message="the one that failed"))
    levels = [name for name, _, message in commands(rendered(made)) if "failed" not in message]
    assert levels == ([level] if level else [])


def test_what_could_not_be_found_out_is_an_error() -> None:
    assert [level for level, _, _ in commands(rendered(unavailable()))] == ["error"]


def test_separators_in_a_file_name_are_escaped() -> None:
    place = replace(PLACE, file="a,b:c%d\ne=f.yaml")
    ((_, properties, _),) = commands(rendered(named(place)))
    assert properties["file"] == r"a,b:c%d\x0ae=f.yaml"
    assert properties["line"] == "12"


def test_untrusted_text_gives_no_command() -> None:
    made = hostile_report(HOSTILE)
    image = replace(made.images[0], named_at=(replace(PLACE, file=HOSTILE, object=HOSTILE, field=HOSTILE),))
    found = commands(rendered(replace(made, images=(image,))))
    assert [(level, sorted(properties)) for level, properties, _ in found] == (
        [("error", ["col", "file", "line", "title"])] * 2
    )
    assert {properties["line"] for _, properties, _ in found} == {"12"}


@pytest.mark.parametrize("verdict", [item for item in Verdict if item is not Verdict.PASS])
def test_what_is_no_pass_is_an_error_even_where_no_check_says_why(verdict: Verdict) -> None:
    made = report(verdict=verdict)
    platform = replace(made.images[0].platforms[0], checks=())
    made = replace(made, images=(replace(made.images[0], platforms=(platform,)),))
    ((level, _, message),) = commands(rendered(made))
    assert level == "error"
    assert f"{verdict}, and no check says why" in message
