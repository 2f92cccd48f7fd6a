"""JUnit of reports, held to Jenkins' schema."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from tests.unit.report.factory import BLOB, failed_check, of_platforms, refused, report, unavailable
from tests.unit.report.parsers import junit
from verifier.model.finding import Outcome, Verdict
from verifier.model.report import Location, Report
from verifier.report.json_report import report_document
from verifier.report.junit_report import render_junit_report

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)


def root(made: Report) -> Element:
    return junit(render_junit_report(report_document(made)))


def test_each_platform_is_a_suite_and_each_check_a_case() -> None:
    found = root(of_platforms(("amd64", None), ("arm64", CHECK)))
    assert [suite.get("name") for suite in found] == ["text linux/amd64", "text linux/arm64"]
    good, bad = found
    assert [case.get("name") for case in good] == ["signature: text"]
    assert good.get("failures") == "0"
    (case,) = bad
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.get("message") == "nobody signed it"
    assert failure.text == (
        f"nobody signed it\ncode: SignatureError\npolicy: app\nevidence: {BLOB}\nwhat to do: sign it"
    )


def test_what_is_not_judged_is_an_error() -> None:
    (suite,) = root(unavailable())
    (case,) = suite
    assert [item.tag for item in case] == ["error"]


def test_cases_are_called_by_what_the_rule_asks_so_that_they_keep_their_name() -> None:
    asked = replace(CHECK, asked="the platform is signed", message="not signed since yesterday")
    about = replace(CHECK, rule="licenses", package="pkg:apk/a@1", asked="no GPL")
    (suite,) = root(refused(asked, about, about, CHECK))
    assert [case.get("name") for case in suite] == [
        "signature: the platform is signed",
        "licenses: no GPL: pkg:apk/a@1",
        "licenses: no GPL: pkg:apk/a@1 (2)",
        "signature: nobody signed it",
    ]


def test_waived_and_skipped_checks_are_skipped_and_warnings_pass_with_words() -> None:
    outcomes = (Outcome.WAIVED, Outcome.SKIP, Outcome.WARN, Outcome.PASS, Outcome.FAIL)
    checks = [replace(CHECK, outcome=outcome, asked=outcome.value) for outcome in outcomes]
    (suite,) = root(refused(*checks))
    assert [[item.tag for item in case] for case in suite] == [
        ["skipped"],
        ["skipped"],
        ["system-out"],
        [],
        ["failure"],
    ]
    assert suite[0][0].get("message") == "waived: nobody signed it"
    assert suite[2][0].text == "warning: nobody signed it"


def test_it_says_where_the_image_is_named() -> None:
    made = refused(CHECK)
    place = Location("web.yaml", 12, 16, "Pod web", "spec.containers[0].image")
    (suite,) = root(replace(made, images=(replace(made.images[0], named_at=(place,)),)))
    (case,) = suite
    assert "named at: web.yaml:12:16 Pod web" in (case[0].text or "")


def test_what_the_image_itself_says_is_not_said_again_of_its_platforms() -> None:
    made = refused()
    (image,) = made.images
    (suite,) = root(replace(made, images=(replace(image, checks=(CHECK,)),)))
    assert (suite.get("name"), suite.get("tests")) == ("registry.example/app:1", "1")
    (unsaid,) = root(made)
    assert unsaid.get("name") == "registry.example/app:1 linux/amd64"
    assert [case.get("name") for case in unsaid] == ["verdict: unverified, and no check says why"]


def test_no_images_fail() -> None:
    found = root(replace(report(verdict=Verdict.FAIL), images=()))
    assert found.get("failures") == "1"
