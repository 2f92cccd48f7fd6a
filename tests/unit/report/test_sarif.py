"""SARIF, held to its schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.report.factory import AMD64, BLOB, failed_check, of_platforms, refused, report, unavailable
from tests.unit.report.parsers import sarif
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import Location, Report
from verifier.report.json_report import report_document
from verifier.report.sarif import render_sarif
from verifier.report.view import Extras, RuleText

FIRST = Location("apps/web.yaml", 12, 16, "Deployment default/web", "spec.template.spec.containers[0].image")
SECOND = Location("apps/job.yaml", 7, 3, "Job batch", "spec.template.spec.containers[0].image")
CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)


NOTHING = Extras()


def run(made: Report, extras: Extras = NOTHING) -> Any:
    return sarif(render_sarif(report_document(made), extras))


def named(*places: Location, check: Finding = CHECK, **changed: Any) -> Report:
    made = refused(check)
    return replace(made, images=(replace(made.images[0], named_at=places, **changed),))


def test_a_pass_has_no_results() -> None:
    made = run(report())
    assert made["results"] == []
    assert made["invocations"][0]["executionSuccessful"] is True
    assert made["invocations"][0]["exitCode"] == 0


def test_a_finding_is_an_error_at_the_place_that_names_the_image() -> None:
    (result,) = run(named(FIRST))["results"]
    assert (result["ruleId"], result["level"]) == ("signature", "error")
    assert result["message"]["text"] == (
        "registry.example/app:1: nobody signed it (linux/amd64). What to do: sign it."
    )
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "apps/web.yaml"},
        "region": {"startLine": 12, "startColumn": 16},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == (
        "Deployment default/web spec.template.spec.containers[0].image"
    )
    assert result["properties"]["evidence"] == [str(BLOB)]
    assert result["properties"]["code"] == "SignatureError"


def test_each_place_has_a_result_of_its_own() -> None:
    results = run(named(FIRST, SECOND))["results"]
    uris = [item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in results]
    assert uris == ["apps/web.yaml", "apps/job.yaml"]
    assert len({item["partialFingerprints"]["verifyFinding/v1"] for item in results}) == 2


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ü.yaml", "a%20b/%C3%BC.yaml"),
        ("./x.yaml", "x.yaml"),
        ("/abs/x.yaml", "file:///abs/x.yaml"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("a\x1b\n?#%.yaml", "a%1B%0A%3F%23%25.yaml"),
        ("\ud800.yaml", "%3F.yaml"),
    ],
)
def test_files_are_uri_references(file: str, uri: str) -> None:
    (result,) = run(named(replace(FIRST, file=file)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("places", [(), (replace(FIRST, file="-"),)])
def test_without_a_file_the_image_stands_in_its_place(places: tuple[Location, ...]) -> None:
    (result,) = run(named(*places))["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "registry.example/app%3A1"}}
    assert location["logicalLocations"] == [
        {"fullyQualifiedName": "registry.example/app:1", "kind": "resource"}
    ]


def test_what_is_said_of_several_platforms_is_one_result() -> None:
    (result,) = run(of_platforms(("amd64", CHECK), ("arm64", CHECK), ("s390x", None)))["results"]
    assert result["properties"]["platforms"] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.FAIL, "error"),
        (Outcome.ERROR, "error"),
        (Outcome.WARN, "warning"),
        (Outcome.WAIVED, "error"),
        (Outcome.PASS, None),
        (Outcome.SKIP, None),
    ],
)
def test_levels(outcome: Outcome, level: str | None) -> None:
    passed = replace(CHECK, outcome=Outcome.PASS, verdict=Verdict.PASS, message="ok")
    is_problem = outcome in {Outcome.FAIL, Outcome.ERROR}
    verdict = Verdict.FAIL if is_problem else Verdict.PASS
    made = refused(replace(CHECK, outcome=outcome, verdict=verdict), passed)
    platform = replace(made.images[0].platforms[0], verdict=verdict)
    image = replace(made.images[0], verdict=verdict, platforms=(platform,))
    results = run(replace(made, images=(image,)))["results"]
    assert [item["level"] for item in results] == ([level] if level else [])
    suppressed = [item["suppressions"] for item in results if "suppressions" in item]
    wanted = [{"kind": "external", "status": "accepted", "justification": "nobody signed it"}]
    assert suppressed == ([wanted] if outcome is Outcome.WAIVED else [])


def fingerprint(made: Report) -> str:
    (result,) = run(made)["results"]
    found: str = result["partialFingerprints"]["verifyFinding/v1"]
    return found


def test_a_fingerprint_stays_when_line_tag_digest_and_words_change() -> None:
    first = named(FIRST)
    other = "registry.example/app:2"
    moved = named(
        replace(FIRST, line=99, column=1),
        check=replace(CHECK, message="two days later", evidence=(AMD64,)),
        reference=other,
        digest=BLOB,
        resolved=f"registry.example/app@{BLOB}",
    )
    assert fingerprint(first) == fingerprint(moved)


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "attestation"},
        {"code": "IdentityError"},
        {"policy": "other"},
        {"asked": "there is an SBOM"},
        {"package": "pkg:apk/wolfi/zlib@1"},
        {"vulnerability": "CVE-2026-1"},
    ],
)
def test_another_finding_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert fingerprint(named(FIRST)) != fingerprint(named(FIRST, check=replace(CHECK, **changed)))


def test_another_image_or_place_has_another_fingerprint() -> None:
    first = fingerprint(named(FIRST))
    assert first != fingerprint(named(SECOND))
    assert first != fingerprint(named(FIRST, resolved=f"registry.example/other@{AMD64}"))


def test_two_alike_findings_are_told_apart() -> None:
    results = run(refused(CHECK, replace(CHECK, message="another")))["results"]
    prints = [item["partialFingerprints"]["verifyFinding/v1"] for item in results]
    assert prints[0].removesuffix(":1") == prints[1].removesuffix(":2")


def test_messages_have_no_placeholders_and_no_links() -> None:
    text = "{0} {{1}} [click](https://evil.invalid) [x](1)"
    (result,) = run(refused(replace(CHECK, message=text, hint=None)))["results"]
    said = result["message"]["text"]
    # Section 3.11.5: doubled braces stand for themselves.
    assert "{{0}} {{{{1}}}}" in said
    assert "](" not in said


def test_rules_say_what_they_mean() -> None:
    extras = Extras({"signature": RuleText("Signed", "Who **signed**.", "Sign it.")})
    (rule,) = run(refused(CHECK), extras)["tool"]["driver"]["rules"]
    assert rule["shortDescription"] == {"text": "Signed"}
    assert rule["help"]["markdown"] == "Who **signed**.\n\n**To mend a finding:** Sign it."
    (unknown,) = run(unavailable())["tool"]["driver"]["rules"]
    assert unknown["help"]["text"] == "The image can be had and judged"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_defect_is_a_run_that_failed(verdict: Verdict) -> None:
    invocation = run(report(verdict=verdict))["invocations"][0]
    assert invocation["executionSuccessful"] is (verdict is not Verdict.ERROR)
    assert (invocation["exitCode"], invocation["exitCodeDescription"]) == (int(verdict), str(verdict))
