"""Kubernetes policy reports, held to the definitions of their kinds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.report.factory import BLOB, failed_check, refused, report, unavailable
from tests.unit.report.parsers import policy_report
from verifier.model.finding import Outcome
from verifier.model.report import Location, Report
from verifier.report.json_report import report_document
from verifier.report.policy_report import OPEN_REPORT, POLICY_REPORT, Kind, render_policy_report

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)
KINDS = [POLICY_REPORT, OPEN_REPORT]


def made(one: Report, kind: Kind = POLICY_REPORT) -> Any:
    return policy_report(render_policy_report(report_document(one), kind), kind.kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_each_finding_is_a_result(kind: Kind) -> None:
    found = made(refused(CHECK), kind)
    (result,) = found["results"]
    assert (result["source"], result["policy"], result["rule"]) == ("verify", "app", "signature")
    assert result["result"] == "fail"
    assert result["message"] == "nobody signed it (linux/amd64)"
    assert result["timestamp"] == {"seconds": 1793534400, "nanos": 0}
    assert result["properties"]["image"] == "registry.example/app:1"
    assert result["properties"]["hint"] == "sign it"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.PASS, "pass"),
        (Outcome.FAIL, "fail"),
        (Outcome.ERROR, "error"),
        (Outcome.WARN, "warn"),
        (Outcome.WAIVED, "skip"),
        (Outcome.SKIP, "skip"),
    ],
)
def test_outcomes(outcome: Outcome, word: str) -> None:
    found = made(refused(CHECK, replace(CHECK, outcome=outcome, message="this one")))
    (result,) = [item for item in found["results"] if item["message"].startswith("this one")]
    assert result["result"] == word


def test_the_objects_that_name_the_image_are_its_resources() -> None:
    places = [
        Location("a.yaml", 1, 1, "Deployment default/web", "x"),
        Location("b.yaml", 1, 1, "Deployment default/web", "y"),
        Location("c.yaml", 1, 1, "Namespace prod", "x"),
        Location("d.yaml", 1, 1, "service web of a Compose file", "x"),
        Location("e.txt", 1, 1, "", ""),
    ]
    one = refused(CHECK)
    (result,) = made(replace(one, images=(replace(one.images[0], named_at=tuple(places)),)))["results"]
    assert result["resources"] == [
        {"kind": "Deployment", "namespace": "default", "name": "web"},
        {"kind": "Namespace", "name": "prod"},
    ]
    assert result["properties"]["namedAt"].startswith("a.yaml:1, b.yaml:1")


def test_the_name_is_that_of_the_last_report_of_the_same_images() -> None:
    first = made(report("app"))["metadata"]["name"]
    assert first == made(refused_as("app"))["metadata"]["name"]
    assert first != made(report("other"))["metadata"]["name"]
    assert first.startswith("verify-")


def refused_as(reference: str) -> Report:
    one = refused(CHECK)
    return replace(one, images=(replace(one.images[0], reference=reference),))


def test_what_could_not_be_had_is_an_error_of_no_policy() -> None:
    (result,) = made(unavailable())["results"]
    assert (result["result"], result["policy"]) == ("error", "verify")
