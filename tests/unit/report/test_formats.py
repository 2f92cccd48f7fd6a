"""What holds for every format alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.factory import files_of, hostile_report, of_platforms, report, unavailable
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.parsers import Tags, junit, markdown, policy_report, sarif, statements
from tests.unit.report.test_github import commands
from verifier.cli import output
from verifier.cli.reporting import FORMATS
from verifier.model.finding import Outcome, Verdict
from verifier.model.report import Location, Report
from verifier.report.formats import COMMANDS, RENDERERS
from verifier.report.json_report import report_document
from verifier.report.text_report import render_text, render_text_document
from verifier.report.view import Extras

NOTHING = Extras()


def rendered(kind: str, made: Report) -> str:
    return RENDERERS[kind](report_document(made), NOTHING)


def test_the_command_line_knows_the_formats_that_there_are() -> None:
    assert set(FORMATS) == {"text", *RENDERERS}


def accuses(kind: str, made: Report) -> bool:
    """Whether a reader of this format alone is told that it is no pass."""
    text = rendered(kind, made)
    match kind:
        case "sarif":
            return any(
                item["level"] == "error" and "suppressions" not in item for item in sarif(text)["results"]
            )
        case "junit":
            root = junit(text)
            return root.get("failures") != "0" or root.get("errors") != "0"
        case "markdown":
            return markdown(text).texts[0] != ("h2", "✅ verify: pass")
        case "html":
            return "verify: pass" not in Tags(text).text()
        case "vsa":
            passed = {
                item["subject"][0]["name"].partition("@")[0]
                for item in statements(text)
                if item["predicate"]["verificationResult"] == "PASSED"
            }
            return not any(
                image.reference in passed for image in made.images if image.verdict is not Verdict.PASS
            )
        case "github":
            return any(level == "error" for level, _, _ in commands(text))
        case "policy-report" | "openreports":
            name = "PolicyReport" if kind == "policy-report" else "Report"
            summary = policy_report(text, name)["summary"]
            return bool(summary["fail"] or summary["error"])
        case _:
            return '"verdict": "pass"' not in text.splitlines()[6]


OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=3)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports with any verdict, any checks, and any number of images and platforms."""
    images = []
    for number in range(draw(st.integers(0, 2))):
        verdict = draw(st.sampled_from(list(Verdict)))
        (image,) = report(f"image-{number}", verdict).images
        check = image.platforms[0].checks[0]
        # Checks that say less than the verdict, as a defect would.
        own = tuple(replace(check, outcome=outcome) for outcome in draw(OUTCOMES))
        platforms = tuple(
            replace(image.platforms[0], checks=tuple(replace(check, outcome=item) for item in draw(OUTCOMES)))
            for _ in range(draw(st.integers(0, 2)))
        )
        images.append(replace(image, checks=own, platforms=platforms))
    return replace(report(), images=tuple(images))


@pytest.mark.parametrize("kind", sorted(RENDERERS))
@given(made=reports())
def test_what_is_no_pass_looks_like_none_in_any_format(kind: str, made: Report) -> None:
    if made.verdict is not Verdict.PASS:
        assert accuses(kind, made)


@pytest.mark.parametrize("kind", sorted(set(RENDERERS) - {"vsa"}))
def test_a_pass_looks_like_one(kind: str) -> None:
    """The positive twin."""
    assert not accuses(kind, report())
    assert accuses(kind, report(verdict=Verdict.FAIL))


def placed(text: str) -> Report:
    made = hostile_report(text)
    place = Location(text, 1, 1, text, text)
    images = (replace(made.images[0], named_at=(place,)),)
    return replace(made, images=images, files=files_of(text))


ANYTHING = st.text(
    st.one_of(
        st.sampled_from("<>&'\"`|[]()!@#:/\\%{}$*_~-.=;,\n\r\t\x00\x1b\u202e\ufeff\ud800\uffff"),
        st.characters(),
        st.sampled_from("scriptimgjavaw:"),
    ),
    max_size=60,
)


def parse(kind: str, text: str) -> object:
    """What the format's own parser makes of it, its words taken out: its shape."""
    match kind:
        case "sarif":
            return [sorted(item) for item in sarif(text)["results"]]
        case "junit":
            return [(item.tag, sorted(item.attrib)) for item in junit(text).iter()]
        case "markdown":
            return [name for name, _ in markdown(text).elements]
        case "html":
            return [(name, sorted(attributes)) for name, attributes in Tags(text).elements]
        case "vsa":
            return [sorted(item) for item in statements(text)]
        case "github":
            return [(level, sorted(properties)) for level, properties, _ in commands(text)]
        case "policy-report":
            return len(policy_report(text, "PolicyReport")["results"])
        case _:
            return len(policy_report(text, "Report")["results"])


@pytest.mark.parametrize("kind", sorted(set(RENDERERS) - {"json"}))
@given(text=ANYTHING)
def test_whatever_the_text_the_shape_stays(kind: str, text: str) -> None:
    # A word before it, since a piece of text that is empty is left out.
    assert parse(kind, rendered(kind, placed(f"a{text}"))) == parse(kind, rendered(kind, placed("a")))


@pytest.mark.parametrize("kind", sorted(RENDERERS))
@pytest.mark.parametrize("text", [HOSTILE, "::error::x", "\n::error::x", "##[error]x", "##vso[x]y"])
def test_nothing_in_it_can_move_a_cursor_or_command_a_build_server(kind: str, text: str) -> None:
    made = rendered(kind, placed(text))
    made.encode("utf-8")
    assert not set(made) & set("\x00\x07\x1b\x7f\x9b\r\u202e\u2066\u200b\ufeff\ud800")
    if kind not in COMMANDS:
        # What standard output makes harmless was harmless before.
        assert output._inert(made) == made


@pytest.mark.parametrize("made", [report(), unavailable(), of_platforms(("a", None), ("b", None))])
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_a_saved_report_reads_like_the_live_one(made: Report, verbosity: int) -> None:
    style = {"colour": False, "width": 80, "ascii_only": False, "verbosity": verbosity}
    live = render_text(made, **style)  # type: ignore[arg-type]
    assert render_text_document(report_document(made), **style) == live  # type: ignore[arg-type]
