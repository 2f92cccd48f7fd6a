"""Markdown, read by GitHub's own parser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.report.factory import BLOB, failed_check, hostile_report, of_platforms, refused, report
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.parsers import Tags, markdown
from verifier.limits import REPORT_ALIKE, SUMMARY_BYTES, SUMMARY_ROWS
from verifier.model.bundle import Rejection
from verifier.model.finding import Outcome, Verdict
from verifier.model.report import Report
from verifier.report.json_report import report_document
from verifier.report.markdown import escaped, render_markdown

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)
OWN = {
    *("h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td"),
    *("ul", "li", "strong", "blockquote", "details", "summary", "sub"),
}


def page(made: Report) -> Tags:
    return markdown(render_markdown(report_document(made)))


def test_the_verdict_comes_first_then_the_images() -> None:
    found = page(of_platforms(("amd64", CHECK), ("arm64", None)))
    assert found.texts[0] == ("h2", "❌ verify: unverified")
    assert found.names() == OWN
    cells = [data.strip() for tag, data in found.texts if tag == "td" and data.strip()]
    assert cells == [
        "❌ unverified",
        "text",
        f"sha256:{'a' * 14}",
        "linux/amd64, linux/arm64 (1 not judged)",
        "1",
    ]
    assert "nobody signed it (linux/amd64) [SignatureError] (policy app)" in found.text()
    assert "What to do: sign it" in found.text()


def test_a_pass_says_so() -> None:
    found = page(report())
    assert found.texts[0] == ("h2", "✅ verify: pass")
    assert "fail" not in found.text()


def test_the_worst_images_come_first() -> None:
    good, bad = report("good").images[0], refused(CHECK).images[0]
    text = render_markdown(report_document(replace(report(), images=(good, bad))))
    assert text.index("registry.example/app:1") < text.index("good")


def test_many_alike_findings_are_counted() -> None:
    checks = [replace(CHECK, message=f"package {number}") for number in range(REPORT_ALIKE + 5)]
    text = page(refused(*checks)).text()
    assert f"package {REPORT_ALIKE - 1} " in text
    assert f"package {REPORT_ALIKE} " not in text
    assert "and 5 more of this rule" in text


def test_evidence_that_was_rejected_for_one_reason_stands_once() -> None:
    rejected = [Rejection(BLOB, ("x",), "IdentityError", "somebody else")] * 3
    assert (
        "rejected: somebody else [IdentityError] (3 times)" in page(refused(rejected=tuple(rejected))).text()
    )


def test_it_fits_into_a_summary_and_says_what_it_leaves_out() -> None:
    made = refused(*(replace(CHECK, rule=f"rule-{n}", message="m" * 1900) for n in range(20)))
    (image,) = made.images
    count = SUMMARY_ROWS + 100
    images = tuple(replace(image, reference=f"image-{number}") for number in range(count))
    text = render_markdown(report_document(replace(made, images=images)))
    assert len(text.encode()) <= SUMMARY_BYTES
    found = markdown(text)
    assert "and 100 more images" in found.text()
    shown = sum(tag == "h3" for tag, _ in found.elements)
    assert 0 < shown < count
    assert f"the details of {count - shown} more images" in found.text()


def test_untrusted_text_makes_no_mark_up() -> None:
    found = page(hostile_report(HOSTILE))
    assert found.names() == OWN
    assert all(len(row) == 5 for row in rows(found))
    assert list(found.attributes()) == []
    assert {comment.strip() for comment in found.comments} == {""}


def rows(found: Tags) -> list[list[str]]:
    made: list[list[str]] = []
    for tag, _ in found.elements:
        if tag == "tr":
            made.append([])
        elif tag in {"td", "th"}:
            made[-1].append(tag)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "a@octocat.example",
        "#12",
        "org/repo#12",
        "GH-12",
        "https://evil.invalid",
        "www.evil.invalid",
        "WWW.evil.invalid",
        "ftp://evil.invalid",
        "mailto:a@b.example",
    ],
)
def test_nothing_becomes_a_link_or_a_mention_by_itself(text: str) -> None:
    """GitHub looks at the text between two tags or comments: none holds what it looks for."""
    found = markdown(f"x {escaped(text)} y")
    assert found.names() == {"p"}
    assert found.text() == f"x {text} y\n"
    looked_for = re.compile(r"@\w|#\d|\bGH-\d|://|www\.", re.IGNORECASE)
    assert [data for _, data in found.texts if looked_for.search(data)] == []


@pytest.mark.parametrize(
    "text",
    [
        "a|b",
        "`code`",
        "**b**",
        "~~s~~",
        "[a](b)",
        "![a](b)",
        "<b>",
        "&lt;",
        "\\",
        "\\|",
        "$x$",
        "a_b_c",
        "<!--",
    ],
)
def test_text_stays_what_it_is(text: str) -> None:
    assert markdown(f"x {escaped(text)} y").text() == f"x {text} y\n"
    table = markdown(f"| a | b |\n| --- | --- |\n| {escaped(text)} | y |\n")
    assert [data for tag, data in table.texts if tag == "td"] == [text, "y"]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_word(verdict: Verdict) -> None:
    made = report(verdict=verdict)
    assert f"verify: {verdict}" in render_markdown(report_document(made)).splitlines()[0]


def test_warnings_and_waivers_are_told() -> None:
    checks = [replace(CHECK, outcome=item, message=item.value) for item in (Outcome.WARN, Outcome.WAIVED)]
    text = page(refused(CHECK, *checks)).text()
    assert "warn signature: warn" in text
    assert "waived signature: waived" in text


def test_a_warning_stands_beside_the_pass_that_it_is_about_and_is_not_folded_away() -> None:
    made = report()
    warning = replace(CHECK, policy=None, outcome=Outcome.WARN, verdict=Verdict.PASS, message="NOT JUDGED")
    text = render_markdown(
        report_document(replace(made, images=(replace(made.images[0], checks=(warning,)),)))
    )
    assert text.index("NOT JUDGED") < text.index("<details>")
