"""Verification summaries, held to the in-toto library and to the specification."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from packageurl import PackageURL

from tests.unit.report.factory import AMD64, BLOB, INDEX, failed_check, refused, report, unavailable
from tests.unit.report.parsers import statements
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import PolicySource, Report
from verifier.report.json_report import report_document
from verifier.report.vsa import render_vsa

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)
OTHER = PolicySource("other", "other.yaml", Digest("d" * 64))


def summaries(made: Report, verifier: str | None = None) -> list[Any]:
    return statements(render_vsa(report_document(made), verifier))


def by_hand(*checks: Finding, verdict: Verdict, policies: tuple[PolicySource, ...] = ()) -> list[Any]:
    made = report("registry.example/app", verdict)
    platform = replace(made.images[0].platforms[0], checks=checks)
    image = replace(made.images[0], platforms=(platform,))
    return summaries(replace(made, images=(image,), policies=(*made.policies, *policies)))


PASSED = replace(CHECK, outcome=Outcome.PASS, verdict=Verdict.PASS)


def test_a_pass_is_about_the_image_and_each_platform() -> None:
    (statement,) = summaries(report("registry.example/Team/app"), "https://ci.example.com/verify")
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert statement["subject"] == [
        {"name": f"registry.example/Team/app@{digest}", "digest": {"sha256": digest.hex}}
        for digest in (INDEX, AMD64)
    ]
    assert statement["predicate"] == {
        "verifier": {"id": "https://ci.example.com/verify"},
        "timeVerified": "2026-11-01T12:00:00Z",
        "resourceUri": f"pkg:oci/app@sha256%3A{INDEX.hex}?repository_url=registry.example/Team/app",
        "policy": {"uri": "registry.example/Team/app", "digest": {"sha256": BLOB.hex}},
        "inputAttestations": [{"digest": {"sha256": BLOB.hex}}],
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED"],
        "slsaVersion": "1.0",
    }


def test_the_resource_is_a_package_url() -> None:
    (statement,) = summaries(report("localhost:5000/team/app"))
    read = PackageURL.from_string(statement["predicate"]["resourceUri"])
    assert (read.type, read.name, read.version) == ("oci", "app", str(INDEX))
    assert read.qualifiers == {"repository_url": "localhost:5000/team/app"}


def test_what_lies_on_a_disk_has_no_repository() -> None:
    (statement,) = summaries(report("oci:/home/somebody/app"))
    assert statement["predicate"]["resourceUri"] == f"pkg:oci/app@sha256%3A{INDEX.hex}"


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNVERIFIED])
def test_a_refusal_is_a_failure(verdict: Verdict) -> None:
    (statement,) = by_hand(CHECK, verdict=verdict)
    assert statement["predicate"]["verificationResult"] == "FAILED"
    assert statement["predicate"]["verifiedLevels"] == ["FAILED"]


@pytest.mark.parametrize("verdict", [Verdict.UNAVAILABLE, Verdict.ERROR])
def test_what_could_not_be_found_out_is_neither(verdict: Verdict) -> None:
    assert by_hand(CHECK, verdict=verdict) == []


def test_what_could_not_be_had_has_no_digest_to_speak_about() -> None:
    assert summaries(unavailable()) == []
    made = unavailable()
    failed = replace(made.images[0], verdict=Verdict.FAIL)
    assert summaries(replace(made, images=(failed,), policies=(OTHER,))) == []


def test_each_policy_that_was_applied_has_a_statement_of_its_own() -> None:
    both = by_hand(PASSED, replace(PASSED, policy="other"), verdict=Verdict.PASS, policies=(OTHER,))
    assert [item["predicate"]["policy"]["digest"]["sha256"] for item in both] == [BLOB.hex, OTHER.digest.hex]
    assert {item["predicate"]["verificationResult"] for item in both} == {"PASSED"}


def test_a_policy_that_checked_nothing_of_the_image_has_none() -> None:
    (only,) = by_hand(PASSED, verdict=Verdict.PASS, policies=(OTHER,))
    assert only["predicate"]["policy"]["digest"]["sha256"] == BLOB.hex
    skipped = replace(PASSED, policy="other", outcome=Outcome.SKIP)
    (only,) = by_hand(PASSED, skipped, verdict=Verdict.PASS, policies=(OTHER,))
    assert only["predicate"]["policy"]["digest"]["sha256"] == BLOB.hex


def test_a_policy_that_passed_an_image_that_failed_by_another_has_none() -> None:
    (only,) = by_hand(CHECK, replace(PASSED, policy="other"), verdict=Verdict.FAIL, policies=(OTHER,))
    assert only["predicate"]["policy"]["digest"]["sha256"] == BLOB.hex
    assert only["predicate"]["verificationResult"] == "FAILED"


def test_what_is_nobodys_check_fails_every_policy() -> None:
    image_wide = replace(CHECK, policy=None)
    found = by_hand(
        image_wide, PASSED, replace(PASSED, policy="other"), verdict=Verdict.FAIL, policies=(OTHER,)
    )
    assert [item["predicate"]["verificationResult"] for item in found] == ["FAILED", "FAILED"]


def test_of_two_policies_of_one_name_nobody_knows_which_it_was() -> None:
    twin = replace(OTHER, name="app")
    assert by_hand(PASSED, verdict=Verdict.PASS, policies=(twin,)) == []


def test_an_image_without_an_index_is_one_subject() -> None:
    (statement,) = summaries(refused(CHECK))
    assert [item["digest"]["sha256"] for item in statement["subject"]] == [AMD64.hex]
