"""Saved reports: each that is refused has a twin that differs in one thing and is read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.report.factory import failed_check, of_platforms, report, unavailable
from verifier.errors import InputError, ReportError
from verifier.model.finding import Verdict
from verifier.report.json_report import render_json, report_document
from verifier.report.saved import read_report


def document(verdict: Verdict = Verdict.PASS) -> Any:
    return copy.deepcopy(report_document(report(verdict=verdict)))


def read(made: object) -> Any:
    return read_report(json.dumps(made).encode(), "report.json")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_was_written_is_read(verdict: Verdict) -> None:
    made = report(verdict=verdict)
    assert read_report(render_json(made).encode(), "x") == report_document(made)
    assert read_report(render_json(unavailable()).encode(), "x") == report_document(unavailable())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "schemaVersion"),
        (b'{"schemaVersion": 2}', "is no report"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b"\xff\xfe", "not JSON"),
        (b"PASS  nginx\n", "not JSON"),
    ],
)
def test_what_is_no_report_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(ReportError, match=said) as caught:
        read_report(raw, "x.json")
    assert isinstance(caught.value, InputError)
    assert "x.json" in caught.value.message
    assert caught.value.hint


def change(path: list[Any], value: Any) -> Callable[[Any], None]:
    def apply(made: Any) -> None:
        for step in path[:-1]:
            made = made[step]
        made[path[-1]] = value

    return apply


REFUSED: list[tuple[Verdict, Callable[[Any], None], str]] = [
    (Verdict.FAIL, change(["verdict"], "pass"), "the worst of its images is fail"),
    (Verdict.FAIL, change(["exitCode"], 0), "the worst of its images is fail"),
    (Verdict.PASS, change(["images"], []), "the worst of its images is unverified"),
    (Verdict.FAIL, change(["images", 0, "verdict"], "pass"), "the worst of its images is pass"),
    (
        Verdict.PASS,
        change(["images", 0, "platforms", 0, "verdict"], "fail"),
        "better than that of its platforms",
    ),
    (
        Verdict.PASS,
        change(["images", 0, "platforms", 0, "checks", 0, "outcome"], "fail"),
        "it is pass, and a check failed",
    ),
    (
        Verdict.PASS,
        change(["images", 0, "platforms", 0, "checks"], []),
        "it is pass, and nothing was checked",
    ),
    (Verdict.PASS, change(["images", 0, "platforms"], []), "it is pass, and nothing was checked"),
    (Verdict.PASS, change(["evaluatedAt"], "2026-99-99T12:00:00Z"), r"\$.evaluatedAt"),
    (Verdict.PASS, change(["images", 0, "digest"], f"sha256:{'a' * 64}\n"), r"\$.images\[0\].digest"),
    (Verdict.PASS, change(["images", 0, "platforms", 0, "checks", 0, "code"], "Error\n"), "code"),
    (Verdict.PASS, change(["images", 0, "signatures", 0, "evidence"], f"sha256:{'a' * 64}\n"), "evidence"),
    (Verdict.PASS, change(["images", 0, "signatures", 0, "signedAt"], "2026-02-30T12:00:00Z"), "signedAt"),
]


@pytest.mark.parametrize(("verdict", "changed", "said"), REFUSED, ids=[said for _, _, said in REFUSED])
def test_a_report_that_contradicts_itself_is_refused(
    verdict: Verdict, changed: Callable[[Any], None], said: str
) -> None:
    made = document(verdict)
    assert read(made) == made
    changed(made)
    with pytest.raises(ReportError, match=said):
        read(made)


def test_an_image_that_no_policy_is_about_may_be_no_more_than_a_warning() -> None:
    """`unmatched-images: warn`: the image's own check speaks for platforms without any."""
    made = document()
    made["images"][0]["platforms"][0]["checks"] = []
    warning = {**report_document(unavailable())["images"][0]["checks"][0], "outcome": "warn"}
    made["images"][0]["checks"] = [warning]
    assert read(made) == made
    made["images"][0]["checks"] = []
    with pytest.raises(ReportError, match="nothing was checked"):
        read(made)


def test_a_platform_that_fails_under_an_image_that_fails_is_read() -> None:
    check = failed_check("no", "SignatureError", "sign")
    assert read(report_document(of_platforms(("amd64", check), ("arm64", None))))
