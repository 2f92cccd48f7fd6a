"""Vulnerability scans out of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.policy.attested import statement
from tests.unit.policy.predicates.scans import (
    BUSYBOX,
    GRYPE_RESULT,
    GRYPE_RULE,
    TRIVY_RESULT,
    TRIVY_RULE,
    VULN,
    grype,
    grype_match,
    sarif,
    scan,
    trivy,
    trivy_finding,
)
from verifier.limits import VULNERABILITIES
from verifier.policy.predicates.findings import Fix, Severity, Vulnerability, severity_of, severity_of_score
from verifier.policy.predicates.nodes import PredicateError
from verifier.policy.predicates.vulnerabilities import Scan, read_scan

IN_TOTO = "https://in-toto.io/attestation/vulns/v0.2"
RESULT = "$.scanner.result"


def read(document: Any, kind: str = VULN) -> Scan:
    return read_scan(statement(kind, document))


def found(result: Any) -> Vulnerability:
    (vulnerability,) = read(scan(result)).vulnerabilities
    return vulnerability


def test_trivys_report_is_read() -> None:
    assert read(scan(trivy(trivy_finding(VendorIDs=["GHSA-aaaa-bbbb-cccc", "DSA-1-1"])))) == Scan(
        scanner="pkg:github/aquasecurity/trivy@0.58.0",
        format="Trivy's JSON",
        database_updated=datetime(2026, 11, 20, 6, tzinfo=UTC),
        started=datetime(2026, 11, 20, 11, 50, 0, 123456, tzinfo=UTC),
        finished=datetime(2026, 11, 20, 11, 51, tzinfo=UTC),
        vulnerabilities=(
            Vulnerability(
                id="CVE-2026-0001",
                # The other vendor's identifier is of an advisory, which may be about several.
                aliases=("GHSA-aaaa-bbbb-cccc",),
                severity=Severity.HIGH,
                package="busybox",
                version="1.36.1-r2",
                purl=BUSYBOX,
                fix=Fix.AVAILABLE,
                fixed_in=("1.36.1-r3",),
                path=f"{RESULT}.Results[0].Vulnerabilities[0]",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("members", "fix"),
    [
        ({"FixedVersion": "", "Status": "will_not_fix"}, Fix.NONE),
        ({"FixedVersion": None, "Status": None}, Fix.NONE),
        ({"FixedVersion": "", "Status": "unknown"}, Fix.UNKNOWN),
        ({"FixedVersion": "2", "Status": "unknown"}, Fix.AVAILABLE),
    ],
)
def test_trivy_says_whether_there_is_a_fix(members: dict[str, Any], fix: Fix) -> None:
    assert found(trivy(trivy_finding(**members))).fix is fix


def test_a_report_of_trivy_that_found_nothing_is_no_report_that_looked_at_nothing() -> None:
    assert read(scan(trivy())).vulnerabilities == ()
    for nothing in (
        trivy(Results=None),
        trivy(Results=[]),
        trivy(Results=[{"Target": "/app/key", "Class": "secret", "Secrets": []}]),
        trivy(Results=[{}]),
    ):
        with pytest.raises(PredicateError, match="the scanner recognised no packages in the image") as caught:
            read(scan(nothing))
        assert caught.value.path == f"{RESULT}.Results"


def test_grypes_report_is_read() -> None:
    assert read(scan(grype(grype_match()))).format == "Grype's JSON"
    assert found(grype(grype_match())) == Vulnerability(
        id="GHSA-aaaa-bbbb-cccc",
        aliases=("CVE-2026-0002",),
        severity=Severity.CRITICAL,
        package="left-pad",
        version="2.0.0",
        purl="pkg:npm/left-pad@2.0.0",
        fix=Fix.AVAILABLE,
        fixed_in=("2.0.1",),
        path=f"{RESULT}.matches[0]",
    )
    assert read(scan(grype())).vulnerabilities == ()


def test_an_advisory_on_several_vulnerabilities_is_no_other_name_of_one() -> None:
    match = grype_match(id="ALAS-2026-1")
    match["relatedVulnerabilities"] = [{"id": "CVE-2026-0002"}, {"id": "CVE-2026-0003"}]
    assert found(grype(match)).aliases == ()
    match["relatedVulnerabilities"] = [
        {"id": "CVE-2026-0002"},
        {"id": "CVE-2026-0002"},
        {"id": "ALAS-2026-1"},
    ]
    assert found(grype(match)).aliases == ("CVE-2026-0002",)


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        ({"state": "not-fixed", "versions": []}, Fix.NONE),
        ({"state": "wont-fix"}, Fix.NONE),
        ({"state": "unknown"}, Fix.UNKNOWN),
        ({"state": "FIXED"}, Fix.UNKNOWN),
        (None, Fix.UNKNOWN),
    ],
)
def test_grype_says_whether_there_is_a_fix(fix: Any, expected: Fix) -> None:
    assert found(grype(grype_match(fix=fix))).fix is expected


def test_grypes_sarif_is_read() -> None:
    assert read(scan(sarif(GRYPE_RULE, GRYPE_RESULT))).format == "SARIF"
    assert found(sarif(GRYPE_RULE, GRYPE_RESULT)) == Vulnerability(
        id="CVE-2026-0001",
        aliases=(),
        severity=Severity.HIGH,
        package="busybox",
        version="1.36.1-r2",
        purl=BUSYBOX,
        fix=Fix.AVAILABLE,
        fixed_in=("1.36.1-r3",),
        path=f"{RESULT}.runs[0].results[0]",
    )


def test_trivys_sarif_is_read_and_its_own_word_is_the_severity() -> None:
    assert found(sarif(TRIVY_RULE, TRIVY_RESULT, driver="Trivy")) == Vulnerability(
        id="CVE-2026-0001",
        aliases=(),
        severity=Severity.LOW,
        package="busybox",
        version="1.36.1-r2",
        purl="",
        fix=Fix.NONE,
        fixed_in=(),
        path=f"{RESULT}.runs[0].results[0]",
    )


def test_of_another_scanner_no_text_says_that_there_is_no_fix() -> None:
    assert found(sarif(TRIVY_RULE, TRIVY_RESULT, driver="other")).fix is Fix.UNKNOWN


@pytest.mark.parametrize(
    ("score", "severity"),
    [("9.8", Severity.CRITICAL), (7, Severity.HIGH), ("0.0", None), ("x", None), (None, None), (True, None)],
)
def test_a_score_is_the_severity_where_there_is_no_word(score: Any, severity: Severity | None) -> None:
    rule = {"id": "X-1", "properties": {"security-severity": score}}
    assert found(sarif(rule, {"ruleId": "X-1"})).severity is severity


def test_a_rule_for_several_packages_is_a_finding_in_each() -> None:
    rule = {**GRYPE_RULE, "properties": {"purls": [BUSYBOX, "pkg:apk/alpine/ssl_client@1"]}}
    assert [item.purl for item in read(scan(sarif(rule, GRYPE_RESULT))).vulnerabilities] == [
        BUSYBOX,
        "pkg:apk/alpine/ssl_client@1",
    ]


def test_results_that_are_no_vulnerability_are_left_out() -> None:
    secret = {"id": "aws-key", "properties": {"tags": ["secret", "security", "CRITICAL"]}}
    assert read(scan(sarif(secret, {"ruleId": "aws-key"}, driver="Trivy"))).vulnerabilities == ()
    assert read(scan(sarif(GRYPE_RULE, {**GRYPE_RESULT, "kind": "pass"}))).vulnerabilities == ()
    assert read(scan(sarif(GRYPE_RULE))).vulnerabilities == ()
    # A suppression of the scanner's is not the policy's.
    suppressed = {**GRYPE_RESULT, "kind": "open", "suppressions": [{"kind": "external"}]}
    assert len(read(scan(sarif(GRYPE_RULE, suppressed))).vulnerabilities) == 1


def test_a_result_without_a_known_rule_has_no_known_severity() -> None:
    vulnerability = found(sarif(GRYPE_RULE, {"ruleId": "CVE-2026-0009", "level": "note"}))
    assert (vulnerability.id, vulnerability.severity) == ("CVE-2026-0009", None)


def test_in_totos_predicate_is_read() -> None:
    results = [
        {
            "id": "CVE-2026-0001",
            "severity": [{"method": "nvd", "score": "medium"}, {"method": "cvss_score", "score": "9.2"}],
        },
        {"id": "CVE-2026-0002", "severity": [{"method": "epss", "score": "9.5"}]},
        {"id": "CVE-2026-0003", "severity": {"method": "CVSS3", "score": 5}},
        {"id": "CVE-2026-0004"},
    ]
    read_results = read(scan(results), IN_TOTO).vulnerabilities
    assert [(item.id, item.severity, item.fix) for item in read_results] == [
        ("CVE-2026-0001", Severity.CRITICAL, Fix.UNKNOWN),
        ("CVE-2026-0002", None, Fix.UNKNOWN),
        ("CVE-2026-0003", Severity.MEDIUM, Fix.UNKNOWN),
        ("CVE-2026-0004", None, Fix.UNKNOWN),
    ]
    assert read(scan([]), IN_TOTO).vulnerabilities == ()


@pytest.mark.parametrize(
    ("result", "path", "problem"),
    [
        # What has been seen under this type, and says nothing of vulnerabilities.
        (None, RESULT, "null where a scanner's report belongs"),
        ([], RESULT, "a list where a scanner's report belongs"),
        ("", RESULT, "a text where a scanner's report belongs"),
        ({}, RESULT, "a report in a format that is not known"),
        ({"vulnerabilities": []}, RESULT, "a report in a format that is not known"),
        ({"bomFormat": "CycloneDX", "vulnerabilities": []}, RESULT, "a report in a format that is not known"),
        ({"imageScanFindings": {"findings": []}}, RESULT, "a report in a format that is not known"),
        ({**trivy(), "matches": []}, RESULT, "a report in several formats"),
        (
            trivy(SchemaVersion=3),
            f"{RESULT}.SchemaVersion",
            "a version of Trivy's report that cannot be read",
        ),
        (
            trivy(SchemaVersion="2"),
            f"{RESULT}.SchemaVersion",
            "a version of Trivy's report that cannot be read",
        ),
        (trivy(Results={}), f"{RESULT}.Results", "an object where a list belongs"),
        (
            trivy({"PkgName": "busybox"}),
            f"{RESULT}.Results[0].Vulnerabilities[0].VulnerabilityID",
            "missing",
        ),
        (
            trivy(trivy_finding(Severity=7)),
            f"{RESULT}.Results[0].Vulnerabilities[0].Severity",
            "a number where",
        ),
        (grype(matches=None), f"{RESULT}.matches", "missing"),
        (grype(matches={}), f"{RESULT}.matches", "an object where a list belongs"),
        (grype(descriptor=None), f"{RESULT}.descriptor", "missing"),
        (grype(descriptor={"name": "other"}), f"{RESULT}.descriptor", "looks like a report of Grype"),
        (grype({}), f"{RESULT}.matches[0].vulnerability", "missing"),
        (grype(grype_match(id=None)), f"{RESULT}.matches[0].vulnerability.id", "missing"),
        ({"version": "2.1.0", "runs": []}, f"{RESULT}.runs", "no run: nothing was scanned"),
        ({"version": "2.0.0", "runs": []}, f"{RESULT}.version", "a version of SARIF that cannot be read"),
        (sarif(GRYPE_RULE, results=None), f"{RESULT}.runs[0].results", "no results: the scan did not come"),
        (
            sarif(GRYPE_RULE, invocations=[{"executionSuccessful": False}]),
            f"{RESULT}.runs[0].invocations[0].executionSuccessful",
            "the scan did not succeed",
        ),
        (sarif({}), f"{RESULT}.runs[0].tool.driver.rules[0].id", "missing"),
        (
            sarif(GRYPE_RULE, {**GRYPE_RESULT, "ruleIndex": 1}),
            f"{RESULT}.runs[0].results[0].ruleIndex",
            "there is no such rule",
        ),
        (
            sarif(GRYPE_RULE, {**GRYPE_RESULT, "ruleIndex": True}),
            f"{RESULT}.runs[0].results[0].ruleIndex",
            "there is no such rule",
        ),
        (
            sarif(GRYPE_RULE, {**GRYPE_RESULT, "ruleId": "CVE-2026-0009"}),
            f"{RESULT}.runs[0].results[0]",
            "names one rule by its id and another by its index",
        ),
        (sarif(GRYPE_RULE, {}), f"{RESULT}.runs[0].results[0].ruleId", "missing"),
    ],
)
def test_what_cannot_be_read_is_never_a_scan_that_found_nothing(result: Any, path: str, problem: str) -> None:
    with pytest.raises(PredicateError) as caught:
        read(scan(result))
    assert caught.value.path == path
    assert caught.value.message.startswith(f"{path}: {problem}")


def test_two_rules_with_one_id_could_have_two_severities() -> None:
    report = sarif(GRYPE_RULE, GRYPE_RESULT)
    report["runs"][0]["tool"]["driver"]["rules"].append({"id": GRYPE_RULE["id"]})
    with pytest.raises(PredicateError, match="two rules have one id"):
        read(scan(report))


@pytest.mark.parametrize(
    ("document", "kind", "path"),
    [
        ([], VULN, "$"),
        ({}, VULN, "$.scanner"),
        # Trivy's report itself, attested as if it were cosign's predicate.
        (trivy(), VULN, "$.scanner"),
        ({"scanner": {"uri": ""}}, IN_TOTO, RESULT),
        (scan({"runs": []}), IN_TOTO, RESULT),
        (scan([{}]), IN_TOTO, f"{RESULT}[0].id"),
        (scan(trivy(), metadata={"scanFinishedOn": 5}), VULN, "$.metadata.scanFinishedOn"),
    ],
)
def test_what_is_wrong_around_the_result_is_said(document: Any, kind: str, path: str) -> None:
    with pytest.raises(PredicateError) as caught:
        read(document, kind)
    assert caught.value.path == path


def test_a_time_that_was_never_set_is_none() -> None:
    # cosign writes its whole structure around whatever it is given.
    metadata = {"scanStartedOn": "0001-01-01T00:00:00Z", "scanFinishedOn": "0001-01-01T00:00:00Z"}
    assert read(scan(trivy(), metadata=metadata)).made_at is None
    assert read(scan(trivy(), metadata=None)).made_at is None
    metadata["scanStartedOn"] = "2026-11-20T11:50:00Z"
    assert read(scan(trivy(), metadata=metadata)).made_at == datetime(2026, 11, 20, 11, 50, tzinfo=UTC)


def test_more_findings_than_can_be_are_an_error() -> None:
    with pytest.raises(PredicateError, match=f"more than {VULNERABILITIES} findings"):
        read(scan([{"id": "CVE-1"}] * (VULNERABILITIES + 1)), IN_TOTO)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("CRITICAL", Severity.CRITICAL),
        ("Negligible", Severity.NEGLIGIBLE),
        ("moderate", Severity.MEDIUM),
        ("UNKNOWN", None),
        ("", None),
        ("high ", None),
    ],
)
def test_words_of_severity(word: str, severity: Severity | None) -> None:
    assert severity_of(word) is severity


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        ("10.0", Severity.CRITICAL),
        ("9.0", Severity.CRITICAL),
        ("8.9", Severity.HIGH),
        ("6.9", Severity.MEDIUM),
        ("3.9", Severity.LOW),
        ("0.1", Severity.LOW),
        ("0", None),
        ("-1", None),
        ("10.1", None),
        ("nan", None),
        ("inf", None),
        ("1e1", Severity.CRITICAL),
        ("9" * 100, None),
    ],
)
def test_scores_of_severity(score: str, severity: Severity | None) -> None:
    assert severity_of_score(score) is severity
