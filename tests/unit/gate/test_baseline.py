"""Baselines: what is accepted, until when, and what never is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.report.factory import report
from verifier.errors import InputError
from verifier.gate.baseline import Baseline, failures, read_baseline, write
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import Report

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CODES = {"signature": "SignatureError"}


def finding(rule: str, **changes: Any) -> Finding:
    made = Finding(
        rule=rule,
        policy="p",
        outcome=Outcome.FAIL,
        verdict=Verdict.UNVERIFIED,
        code=CODES.get(rule),
        message=f"{rule} failed",
    )
    return replace(made, **changes)


def refused(*findings: Finding, image: Finding | None = None) -> Report:
    """One image on one platform with these findings, and one of the image itself."""
    made = report("ghcr.io/org/app:1")
    (one,) = made.images
    verdict = max((each.verdict for each in findings), default=Verdict.PASS)
    platform = replace(one.platforms[0], checks=findings, verdict=verdict)
    checks = () if image is None else (image,)
    worst = max([verdict, *(each.verdict for each in checks)])
    return replace(
        made, images=(replace(one, verdict=worst, platforms=(platform,), checks=checks),), evaluated_at=NOW
    )


def baseline(tmp_path: Path, made: Report, **changes: Any) -> Path:
    document = json.loads(write(made, None))
    for entry in document["accepted"]:
        entry.update(changes)
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(document))
    return path


def applied(tmp_path: Path, known: Report, now: Report) -> Report:
    return read_baseline(baseline(tmp_path, known), now=NOW).apply(now)[0]


def test_a_failure_that_is_known_is_waived_and_still_shown(tmp_path: Path) -> None:
    known = refused(finding("signature"))
    after = applied(tmp_path, known, known)
    assert after.verdict is Verdict.PASS
    (check,) = after.images[0].platforms[0].checks
    assert check.outcome is Outcome.WAIVED
    assert check.message == "accepted until 2026-12-24 by the baseline: signature failed"


@pytest.mark.parametrize(
    "other",
    [
        finding("attestation"),
        finding("signature", code="IdentityError"),
        finding("signature", policy="q"),
        finding("signature", package="pkg:apk/wolfi/a"),
        finding("signature", vulnerability="CVE-2026-1"),
        finding("signature", asked="something else"),
    ],
)
def test_another_failure_is_not_accepted(tmp_path: Path, other: Finding) -> None:
    known = refused(finding("signature"))
    after = applied(tmp_path, known, refused(finding("signature"), other))
    assert after.verdict is other.verdict


def test_another_repository_is_another_failure(tmp_path: Path) -> None:
    known = refused(finding("signature"))
    (image,) = known.images
    other = replace(known, images=(replace(image, reference="ghcr.io/org/app-evil:1"),))
    assert applied(tmp_path, known, other).verdict is Verdict.UNVERIFIED
    same = replace(known, images=(replace(image, reference="ghcr.io/org/app:2"),))
    assert applied(tmp_path, known, same).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "never",
    [
        finding("image", policy=None, code="DigestMismatch"),
        finding("signature", outcome=Outcome.ERROR, verdict=Verdict.UNAVAILABLE, code="RegistryError"),
        finding("signature", outcome=Outcome.ERROR, verdict=Verdict.ERROR, code="InternalError"),
    ],
)
def test_what_nobody_can_answer_for_is_never_accepted(tmp_path: Path, never: Finding) -> None:
    known = refused(finding("signature"), image=never)
    assert [each.rule for each in failures(known)] == ["p/signature"]
    assert applied(tmp_path, known, known).verdict is never.verdict


def test_a_verdict_that_rests_on_something_else_stays(tmp_path: Path) -> None:
    known = refused(finding("signature"))
    (image,) = known.images
    worse = replace(known, images=(replace(image, verdict=Verdict.UNAVAILABLE),))
    assert applied(tmp_path, known, worse).verdict is Verdict.UNAVAILABLE


def test_the_last_day_counts_and_the_next_does_not(tmp_path: Path) -> None:
    path = baseline(tmp_path, refused(finding("signature")), until="2026-11-24")
    last = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
    assert isinstance(read_baseline(path, now=last), Baseline)
    with pytest.raises(InputError, match="was accepted until 2026-11-24"):
        read_baseline(path, now=datetime(2026, 11, 25, tzinfo=UTC))


def test_writing_again_keeps_dates_and_reasons(tmp_path: Path) -> None:
    known = refused(finding("signature"))
    old = read_baseline(baseline(tmp_path, known, until="2027-01-01", reason="TICKET-1"), now=NOW)
    document = json.loads(write(refused(finding("signature"), finding("attestation")), old))
    assert [(entry["rule"], entry["until"], entry["reason"]) for entry in document["accepted"]] == [
        ("p/attestation", "2026-12-24", ""),
        ("p/signature", "2027-01-01", "TICKET-1"),
    ]


def test_what_is_not_met_any_more_is_counted(tmp_path: Path) -> None:
    old = read_baseline(baseline(tmp_path, refused(finding("signature"), finding("attestation"))), now=NOW)
    assert old.apply(refused(finding("signature")))[1] == 1
    assert old.apply(refused())[1] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"until": "soon"},
        {"until": None},
        {"until": ""},
        {"fingerprint": "sha256:" + "0" * 64},
        {"image": "another"},
        {"unknown": "key"},
        {"code": 7},
    ],
)
def test_an_entry_that_is_wrong_is_an_error(tmp_path: Path, change: dict[str, Any]) -> None:
    path = baseline(tmp_path, refused(finding("signature")), **change)
    with pytest.raises(InputError, match=r"baseline\.json: accepted\[0\]"):
        read_baseline(path, now=NOW)


def test_an_entry_without_a_date_is_an_error(tmp_path: Path) -> None:
    path = baseline(tmp_path, refused(finding("signature")))
    document = json.loads(path.read_text())
    del document["accepted"][0]["until"]
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="until"):
        read_baseline(path, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "accepted": []}', '{"version": 1, "accepted": {}}', "x"]
)
def test_a_file_that_is_no_baseline_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(InputError):
        read_baseline(path, now=NOW)
    with pytest.raises(InputError, match="cannot read the baseline"):
        read_baseline(tmp_path / "missing", now=NOW)
