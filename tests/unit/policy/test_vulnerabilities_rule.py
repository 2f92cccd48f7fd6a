"""The rule `vulnerabilities`, without OpenVEX."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.policy.attested import SIGNED, attested
from tests.unit.policy.factory import AMD64, ARM64, INDEX, MALLORY, image
from tests.unit.policy.judging import PASS, judge, only, outcome, policy, refused
from tests.unit.policy.predicates.scans import (
    BUSYBOX,
    GRYPE_RESULT,
    GRYPE_RULE,
    VULN,
    grype,
    grype_match,
    sarif,
    scan,
    trivy,
    trivy_finding,
)
from tests.unit.policy.predicates.test_vulnerabilities import IN_TOTO
from verifier.errors import PolicyError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import VerifiedStatement
from verifier.policy.catalogue import RULES


def rule(options: str = "max-severity: medium", max_age: str = "7d") -> str:
    return f"  - vulnerabilities: {{{options}, max-age: {max_age}}}\n"


def found(
    *statements: VerifiedStatement, options: str = "max-severity: medium", **more: Any
) -> list[Finding]:
    judgement = judge(image(*statements), rule(options, **more))
    ((*findings,),) = [platform.checks for platform in judgement.platforms]
    return findings


def scanned(*findings: Any, **more: Any) -> VerifiedStatement:
    """Trivy's scan with ``findings``."""
    return attested(VULN, scan(trivy(*findings)), **more)


HIGH = trivy_finding()
LOW = trivy_finding(VulnerabilityID="CVE-2026-0003", Severity="LOW")
UNKNOWN = trivy_finding(VulnerabilityID="CVE-2026-0004", Severity="UNKNOWN")
UNFIXED = trivy_finding(VulnerabilityID="CVE-2026-0005", FixedVersion="", Status="affected")


def test_a_scan_without_what_is_not_allowed_passes_and_says_what_it_was() -> None:
    (finding,) = found(scanned(LOW))
    assert (finding.outcome, finding.verdict, finding.code) == PASS
    assert finding.message == (
        "no vulnerability above medium in the scan of 2026-11-20T11:51:00Z by"
        " pkg:github/aquasecurity/trivy@0.58.0 (Trivy's JSON), which lists 1 in all"
    )


def test_a_vulnerability_is_told_with_its_package_and_its_fix() -> None:
    (finding,) = found(scanned(HIGH, LOW))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert finding.message == (
        f"CVE-2026-0001 in {BUSYBOX}: it is high, and the policy allows at most medium; fixed in 1.36.1-r3"
    )
    assert finding.hint == "update to 1.36.1-r3"
    assert finding.package == BUSYBOX
    assert finding.vulnerability == "CVE-2026-0001"
    assert finding.element == "$.scanner.result.Results[0].Vulnerabilities[0]"
    assert len(finding.evidence) == 1


def test_its_other_names_are_told_too_for_exceptions() -> None:
    (finding,) = found(attested(VULN, scan(grype(grype_match()))))
    assert finding.vulnerability == "GHSA-aaaa-bbbb-cccc CVE-2026-0002"
    assert finding.message.startswith(
        "GHSA-aaaa-bbbb-cccc (CVE-2026-0002) in pkg:npm/left-pad@2.0.0: it is cri"
    )
    # An identifier with a space in it is not two.
    (finding,) = found(scanned(trivy_finding(VulnerabilityID="CVE-2026-0001 CVE-2026-0009")))
    assert finding.vulnerability == "CVE-2026-0001_CVE-2026-0009"


@pytest.mark.parametrize(
    ("options", "findings", "passes"),
    [
        ("max-severity: high", (HIGH,), True),
        ("max-severity: medium", (HIGH,), False),
        ("max-severity: low", (LOW,), True),
        ("max-severity: negligible", (LOW,), False),
        ("max-severity: none", (), True),
        ("max-severity: none", (LOW,), False),
        ("severities: {critical: 0, high: 1}", (HIGH, LOW), True),
        ("severities: {critical: 0, high: 0}", (HIGH,), False),
        ("severities: {critical: 0}", (HIGH,), True),
        ("max-severity: high", (UNKNOWN,), False),
        ("max-severity: high, unknown-severity: allow", (UNKNOWN,), True),
        ("severities: {critical: 5}", (UNKNOWN,), False),
        ("max-severity: high", (trivy_finding(Severity="SEVERE"),), False),
        ("max-severity: high", (trivy_finding(Severity=None),), False),
        ("max-severity: none, fixable-only: true", (UNFIXED,), True),
        ("max-severity: none, fixable-only: false", (UNFIXED,), False),
        ("max-severity: none, fixable-only: true", (HIGH,), False),
        ("max-severity: none, fixable-only: true", ({**UNFIXED, "Status": "unknown"},), False),
        ("max-severity: none, fixable-only: true", ({**UNFIXED, "Status": "under_investigation"},), False),
        ("max-severity: none, fixable-only: true", ({**UNFIXED, "Status": "fixed"},), False),
    ],
)
def test_severity_number_and_fix_decide(options: str, findings: tuple[Any, ...], passes: bool) -> None:
    outcomes = {finding.outcome for finding in found(scanned(*findings), options=options)}
    assert outcomes == {Outcome.PASS if passes else Outcome.FAIL}


def test_where_there_are_too_many_each_is_told() -> None:
    second = trivy_finding(VulnerabilityID="CVE-2026-0002")
    critical = trivy_finding(VulnerabilityID="CVE-2026-0009", Severity="CRITICAL", FixedVersion="")
    findings = found(
        scanned(HIGH, second, LOW, critical, UNKNOWN), options="severities: {critical: 0, high: 1}"
    )
    assert [finding.message.partition(": ")[2] for finding in findings] == [
        "it is critical; 1 are, and the policy allows 0",
        "it is high; 2 are, and the policy allows 1; fixed in 1.36.1-r3",
        "it is high; 2 are, and the policy allows 1; fixed in 1.36.1-r3",
        "its severity is not known, which the policy does not allow; fixed in 1.36.1-r3",
    ]
    assert findings[0].hint is not None
    assert findings[0].hint.startswith("no fix is known")


def test_the_same_in_the_same_package_is_told_and_counted_once() -> None:
    assert len(found(scanned(HIGH, HIGH))) == 1
    assert found(scanned(HIGH, HIGH), options="severities: {critical: 0, high: 1}")[0].outcome is Outcome.PASS
    other = trivy_finding(PkgName="ssl_client", PkgIdentifier=None)
    findings = found(scanned(HIGH, other))
    assert [finding.package for finding in findings] == [BUSYBOX, "ssl_client@1.36.1-r2"]
    # Rated twice, the worse rating stands.
    for twice in ((trivy_finding(Severity="LOW"), HIGH), (HIGH, trivy_finding(Severity="LOW"))):
        options = "severities: {critical: 0, high: 0, medium: 0, low: 9}"
        assert [finding.outcome for finding in found(scanned(*twice), options=options)] == [Outcome.FAIL]


def test_all_formats_are_judged() -> None:
    assert [f.outcome for f in found(attested(VULN, scan(sarif(GRYPE_RULE, GRYPE_RESULT))))] == [Outcome.FAIL]
    assert [f.outcome for f in found(attested(VULN, scan(sarif(GRYPE_RULE))))] == [Outcome.PASS]
    list_of = [{"id": "CVE-2026-0001", "severity": [{"method": "nvd", "score": "high"}]}]
    assert [f.outcome for f in found(attested(IN_TOTO, scan(list_of)))] == [Outcome.FAIL]
    assert [f.outcome for f in found(attested(IN_TOTO, scan([])))] == [Outcome.PASS]


@pytest.mark.parametrize("result", [None, {}, [], {"vulnerabilities": []}, trivy(Results=[])])
def test_what_cannot_be_read_is_a_failure_and_no_scan_that_found_nothing(result: Any) -> None:
    (finding,) = found(attested(VULN, scan(result)))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "StatementError")
    assert finding.message.startswith("the vulnerability scan cannot be read: $.scanner.result")
    assert finding.element is not None
    assert finding.hint


# --- age ---------------------------------------------------------------------


def aged(finished: Any, signed_at: datetime | None = SIGNED, **database: Any) -> VerifiedStatement:
    document = scan(trivy(), metadata={"scanFinishedOn": finished})
    document["scanner"]["db"] = database
    return attested(VULN, document, signed_at=signed_at)


def test_an_old_scan_does_not_count() -> None:
    # The judgement is at 2026-11-24T00:00:00Z.
    old = aged("2026-11-16T00:00:00Z", datetime(2026, 11, 16, 23, 59, 59, tzinfo=UTC))
    young = aged("2026-11-17T00:00:00Z", datetime(2026, 11, 17, tzinfo=UTC))
    assert outcome(judge(image(young), rule())) == PASS
    assert outcome(judge(image(old), rule())) == refused("StatementError")
    assert "is older than 7 days: signed at 2026-11-16T23:59:59Z" in only(judge(image(old), rule())).message


def test_a_scan_without_a_trusted_time_does_not_count() -> None:
    assert outcome(judge(image(aged("2026-11-20T00:00:00Z", None)), rule())) == refused("StatementError")


def test_to_sign_an_old_scan_again_makes_it_no_younger() -> None:
    (finding,) = found(aged("2026-11-16T23:59:59Z"))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert finding.message == "the vulnerability scan was made at 2026-11-16T23:59:59Z, more than 7 days ago"
    assert found(aged("2026-11-17T00:00:00Z"))[0].outcome is Outcome.PASS


def test_a_scan_is_not_made_after_it_was_signed() -> None:
    (finding,) = found(aged("2026-11-20T12:05:01Z"))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "StatementError")
    assert finding.message == (
        "the vulnerability scan says that it was made at 2026-11-20T12:05:01Z, after it was signed at"
        " 2026-11-20T12:00:00Z"
    )
    # A clock may be some minutes ahead.
    assert found(aged("2026-11-20T12:05:00Z"))[0].outcome is Outcome.PASS


@pytest.mark.parametrize("finished", [None, "", "0001-01-01T00:00:00Z"])
def test_a_scan_says_when_it_was_made(finished: Any) -> None:
    (finding,) = found(aged(finished))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "StatementError")
    assert finding.message == "the vulnerability scan does not say when it was made"


@pytest.mark.parametrize(
    ("updated", "message", "code"),
    [
        ("2026-11-22T00:00:00Z", None, None),
        (
            "2026-11-21T23:59:59Z",
            "the scanner's data is of 2026-11-21T23:59:59Z, more than 2 days ago",
            "PolicyError",
        ),
        (None, "the vulnerability scan does not say how old the scanner's data is", "StatementError"),
    ],
)
def test_the_scanners_data_may_have_to_be_young(updated: Any, message: str | None, code: str | None) -> None:
    (finding,) = found(
        aged("2026-11-20T00:00:00Z", lastUpdate=updated),
        options="max-severity: none, database-max-age: 2d",
    )
    assert finding.code == code
    assert (finding.message == message) == (message is not None)
    assert found(aged("2026-11-20T00:00:00Z"))[0].outcome is Outcome.PASS


# --- which scan --------------------------------------------------------------


def test_without_a_scan_there_is_no_pass() -> None:
    assert outcome(judge(image(), rule("max-severity: high"))) == refused("StatementError")
    assert outcome(judge(image(scanned(signer=MALLORY)), rule())) == refused("IdentityError")
    assert outcome(judge(image(scanned()), rule())) == PASS


def test_of_several_scans_the_latest_counts() -> None:
    bad, good = scanned(HIGH), attested(VULN, scan(trivy()), signed_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert outcome(judge(image(bad, good), rule())) == PASS
    assert outcome(judge(image(good, bad), rule())) == PASS
    assert only(judge(image(bad, good), rule("max-severity: medium, select: all"))).outcome is Outcome.FAIL
    # Taking the latest away leaves the refusal of the one before.
    assert only(judge(image(bad), rule())).outcome is Outcome.FAIL
    # Of two as new as each other, both must be good.
    assert only(judge(image(bad, scanned()), rule())).outcome is Outcome.FAIL


def test_a_scan_of_the_index_does_not_say_which_platform_it_is_of() -> None:
    evidence = image(attested(VULN, scan(trivy(LOW)), INDEX))
    finding = only(judge(evidence, rule()))
    assert (finding.outcome, finding.verdict, finding.code) == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "StatementError",
    )
    assert finding.hint is not None
    assert finding.hint.startswith("there is a scan about the index, which does not say which platform was")
    assert outcome(judge(evidence, rule("max-severity: medium, on: either"))) == PASS
    assert outcome(judge(evidence, rule("max-severity: medium, on: index"))) == PASS


def test_the_scan_of_one_platform_is_none_of_another() -> None:
    evidence = image(attested(VULN, scan(trivy()), AMD64), platforms=(AMD64, ARM64))
    judgement = judge(evidence, rule())
    assert [platform.verdict for platform in judgement.platforms] == [Verdict.PASS, Verdict.UNVERIFIED]
    assert judgement.platforms[1].checks[0].code == "PlatformError"


# --- exceptions --------------------------------------------------------------

EXCEPTION = """\
exceptions:
  - id: busybox
    rule: vulnerabilities
    vulnerabilities: [{name}]
    owner: security@example.com
    reason: not reachable
    ticket: SEC-1
    expires: 2026-12-31
"""


@pytest.mark.parametrize(
    ("name", "excepted"),
    [("GHSA-aaaa-bbbb-cccc", True), ("CVE-2026-0002", True), ("CVE-2026-0001", False)],
)
def test_an_exception_may_use_any_of_its_names(name: str, excepted: bool) -> None:
    evidence = image(attested(VULN, scan(grype(grype_match()))))
    judgement = judge(evidence, policies=[policy(rule(), EXCEPTION.format(name=name))])
    assert judgement.platforms[0].checks[0].outcome is (Outcome.WAIVED if excepted else Outcome.FAIL)


# --- options -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("max-age: 7d", "it needs max-severity or severities, and not both"),
        ("max-severity: low, severities: {low: 1}, max-age: 7d", "it needs max-severity or severities"),
        ("max-severity: low", "max-age"),
        ("max-severity: critical, max-age: 7d", "max-severity"),
        ("max-severity: LOW, max-age: 7d", "max-severity"),
        ("severities: {}, max-age: 7d", "severities"),
        ("severities: {high: -1}, max-age: 7d", "severities"),
        ("severities: {unknown: 1}, max-age: 7d", "unknown"),
        (
            "severities: {high: 2}, max-age: 7d",
            "critical ones may be found in any number, and high ones may not",
        ),
        (
            "severities: {critical: 0, low: 5}, max-age: 7d",
            "high ones may be found in any number, and low ones may not",
        ),
        ("max-severity: low, max-age: 7", "max-age"),
        ("max-severity: low, max-age: 7d, database-max-age: 2y", "database-max-age"),
        ("max-severity: low, max-age: 7d, select: any", "cannot select any"),
        ("max-severity: low, max-age: 7d, vex: {}", "signers"),
        ("max-severity: low, max-age: 7d, vex: {signers: []}", "signers"),
        ("max-severity: low, max-age: 7d, vex: {signers: [nobody]}", "'nobody' is not under signers"),
        ("max-severity: low, max-age: 7d, vex: {signers: [release], statuses: [affected]}", "statuses"),
        ("max-severity: low, max-age: 7d, ignore: [CVE-2026-0001]", "unknown key 'ignore'"),
    ],
)
def test_options_that_cannot_be_meant_are_errors(options: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - vulnerabilities: {{{options}}}\n")
    assert message in caught.value.message
    assert caught.value.place is not None


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("max-severity: none", "no vulnerability"),
        ("max-severity: low, fixable-only: true", "no vulnerability with a fix above low"),
        ("severities: {high: 3, critical: 0}", "at most no critical, 3 high vulnerabilities"),
        (
            "max-severity: low, vex: {signers: [release]}",
            "no vulnerability above low, after OpenVEX statements by release",
        ),
    ],
)
def test_it_says_what_it_asks_for(options: str, asked: str) -> None:
    (clause,) = policy(rule(options)).rules
    assert clause.rule.asks().endswith(
        f" by release, not more than 7 days ago, and the latest of them lists {asked}"
    )


def test_the_example_of_its_documentation_is_a_policy() -> None:
    text = RULES["vulnerabilities"].example.replace("[security]", "[release]")
    assert policy("".join(f"  {line}\n" for line in text.splitlines())).rules
