"""The table above a report on files."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.report.factory import report
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import ImageReport, Location, Report
from verifier.report.text_report import render_text

PLACE = Location("deploy/web.yaml", 14, 18, "Deployment prod/web", "spec.template.spec.containers[0].image")


def named(*verdicts: Verdict, places: tuple[Location, ...] = (PLACE,)) -> Report:
    made = report("ghcr.io/org/app:1")
    images = tuple(
        replace(report(f"ghcr.io/org/app:{number}", verdict).images[0], named_at=places)
        for number, verdict in enumerate(verdicts)
    )
    return replace(made, images=images)


def rendered(made: Report, verbosity: int = 0, width: int = 120) -> list[str]:
    text = render_text(made, colour=False, width=width, verbosity=verbosity, ascii_only=False)
    return text.splitlines()


def with_check(image: ImageReport, outcome: Outcome, rule: str) -> ImageReport:
    check = Finding(rule=rule, policy=None, outcome=outcome, verdict=Verdict.PASS, code=None, message="said")
    return replace(image, checks=(check,))


def test_the_worst_comes_first_with_its_place() -> None:
    lines = rendered(named(Verdict.PASS, Verdict.FAIL, Verdict.UNAVAILABLE))
    assert lines[0] == "UNAVAILABLE  3 images: 1 unavailable, 1 fail, 1 pass"
    assert lines[2:5] == [
        "  UNAVAILABLE  ghcr.io/org/app:2  deploy/web.yaml:14 Deployment prod/web",
        "  FAIL         ghcr.io/org/app:1  deploy/web.yaml:14 Deployment prod/web",
        "  PASS         ghcr.io/org/app:0  deploy/web.yaml:14 Deployment prod/web",
    ]


def test_more_is_said_of_what_is_no_pass_and_of_everything_on_demand() -> None:
    made = named(Verdict.PASS, Verdict.FAIL)
    headings = [line for line in rendered(made) if line.startswith(("PASS", "FAIL"))]
    assert headings == ["FAIL  2 images: 1 fail, 1 pass", "FAIL  ghcr.io/org/app:1"]
    everything = [
        line for line in rendered(made, verbosity=1) if line.startswith(("PASS  ghcr", "FAIL  ghcr"))
    ]
    assert everything == ["FAIL  ghcr.io/org/app:1", "PASS  ghcr.io/org/app:0"]
    assert rendered(made, verbosity=-1) == ["FAIL  2 images: 1 fail, 1 pass"]
    place = "  named at   deploy/web.yaml:14:18 Deployment prod/web spec.template.spec.containers[0].image"
    assert place in rendered(made)


def test_what_is_waived_is_said_of_a_pass() -> None:
    made = named(Verdict.PASS, Verdict.PASS)
    made = replace(made, images=(with_check(made.images[0], Outcome.WAIVED, "signature"), made.images[1]))
    lines = rendered(made)
    assert lines[0] == "PASS  2 images: 2 pass (1 with accepted failures)"
    assert "PASS  ghcr.io/org/app:0" in lines
    assert "PASS  ghcr.io/org/app:1" not in lines


def test_tags_are_counted() -> None:
    made = named(Verdict.PASS)
    made = replace(made, images=(with_check(made.images[0], Outcome.WARN, "digest"),))
    assert "by tag     1 image without a digest; --write pins what passed" in rendered(made)


def test_many_places_are_counted() -> None:
    places = tuple(replace(PLACE, line=number + 1) for number in range(30))
    lines = rendered(named(Verdict.FAIL, places=places))
    assert "deploy/web.yaml:1 Deployment prod/web and 29 more" in lines[2]
    assert "             and 10 more places: -v lists them" in lines
    assert sum("deploy/web.yaml" in line for line in rendered(named(Verdict.FAIL, places=places), 1)) >= 30


def test_untrusted_text_is_escaped() -> None:
    evil = "\x1b[2K\n::error::\u202e##[x]"
    place = Location(evil, 1, 1, evil, evil)
    text = "\n".join(rendered(named(Verdict.FAIL, places=(place,)), verbosity=1))
    for bad in ("\x1b", "\u202e", "##[", "\n::"):
        assert bad not in text


def test_a_report_on_references_has_no_table() -> None:
    assert rendered(report("ghcr.io/org/app:1"))[0] == "PASS  ghcr.io/org/app:1"
