"""OpenVEX statements in the rule `vulnerabilities`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.policy.attested import attested
from tests.unit.policy.factory import AMD64, ARM64, INDEX, KEY, MALLORY, RELEASE, SUBJECT, image
from tests.unit.policy.judging import POLICY, judge, policy
from tests.unit.policy.predicates.scans import (
    BUSYBOX,
    TRIVY_RESULT,
    TRIVY_RULE,
    VULN,
    sarif,
    scan,
    trivy,
    trivy_finding,
)
from tests.unit.policy.predicates.test_openvex import OPENVEX, said, vex
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome
from verifier.model.verified import CertificateSigner, VerifiedStatement

SECURITY = CertificateSigner(RELEASE.issuer, SUBJECT.replace("release.yaml", "vex.yaml"), "uri", {})
SIGNERS = f'  security: {{issuer: "{SECURITY.issuer}", subject: "{SECURITY.subject}"}}\n'
WITH_SECURITY = POLICY.replace("require:", SIGNERS + "require:")
RULE = (
    "  - vulnerabilities: {{max-severity: medium, max-age: 7d, signers: [release],"
    " vex: {{signers: [security]{0}}}}}\n"
)

PACKAGE = "pkg:apk/alpine/busybox@1.36.1-r2"
ON_PLATFORM = f"pkg:oci/app@sha256%3A{AMD64.hex}"
SCAN = attested(VULN, scan(trivy(trivy_finding(VendorIDs=["GHSA-aaaa-bbbb-cccc"]))))


def document(
    *statements: Any, about: Digest = AMD64, signer: Any = SECURITY, day: int = 20, **members: Any
) -> VerifiedStatement:
    """An OpenVEX document, signed on a day of November."""
    signed_at = datetime(2026, 11, day, 12, tzinfo=UTC)
    return attested(OPENVEX, vex(*statements, **members), about, signer=signer, signed_at=signed_at)


def found(
    *statements: VerifiedStatement, options: str = "", scanned: VerifiedStatement = SCAN
) -> list[Finding]:
    written = policy(RULE.format(options), text=WITH_SECURITY)
    judgement = judge(image(scanned, *statements), policies=[written])
    ((*findings,),) = [platform.checks for platform in judgement.platforms]
    return findings


def suppressed(*statements: VerifiedStatement, **more: Any) -> bool:
    outcomes = [finding.outcome for finding in found(*statements, **more)]
    assert outcomes in ([Outcome.PASS], [Outcome.FAIL])
    return outcomes == [Outcome.PASS]


def named(*names: str, **members: Any) -> dict[str, Any]:
    return said(products=[{"@id": name} for name in names], **members)


def test_without_a_statement_the_vulnerability_stands() -> None:
    assert not suppressed()


def test_a_justified_statement_on_the_package_suppresses_and_is_counted() -> None:
    statement = document(said())
    (finding,) = found(statement)
    assert finding.outcome is Outcome.PASS
    assert finding.message.endswith("which lists 1 in all, 1 of them suppressed by OpenVEX statements")
    assert finding.evidence == tuple(sorted((SCAN.evidence, statement.evidence)))


@pytest.mark.parametrize(
    ("members", "applies"),
    [
        ({"status": "not_affected"}, True),
        ({"status": "fixed", "justification": None}, True),
        ({"status": "affected"}, False),
        ({"status": "under_investigation"}, False),
        ({"justification": None}, False),
        ({"justification": None, "impact_statement": "it cannot happen"}, False),
    ],
)
def test_only_what_is_justified_or_fixed_suppresses(members: dict[str, Any], applies: bool) -> None:
    assert suppressed(document(said(**members))) is applies


@pytest.mark.parametrize(
    ("options", "members", "applies"),
    [
        (", statuses: [fixed]", {}, False),
        (", statuses: [not_affected]", {}, True),
        (", statuses: [not_affected]", {"status": "fixed"}, False),
        (", justifications: [component_not_present]", {}, False),
        (", justifications: [vulnerable_code_not_present]", {}, True),
        (", justifications: [component_not_present]", {"status": "fixed"}, True),
    ],
)
def test_the_policy_says_which_statuses_and_justifications(
    options: str, members: dict[str, Any], applies: bool
) -> None:
    assert suppressed(document(said(**members)), options=options) is applies


@pytest.mark.parametrize(
    ("vulnerability", "applies"),
    [
        ({"name": "CVE-2026-0001"}, True),
        ({"name": "cve-2026-0001"}, True),
        ({"name": "GHSA-aaaa-bbbb-cccc"}, True),
        ({"name": "GO-2026-1", "aliases": ["CVE-2026-0001"]}, True),
        ("CVE-2026-0001", True),
        ({"name": "CVE-2026-00011"}, False),
        ({"name": "CVE-2026-0002", "@id": "https://nvd.nist.gov/vuln/detail/CVE-2026-0001"}, False),
    ],
)
def test_a_vulnerability_has_several_names(vulnerability: Any, applies: bool) -> None:
    assert suppressed(document(said(vulnerability=vulnerability))) is applies


@pytest.mark.parametrize(
    ("name", "applies"),
    [
        (PACKAGE, True),
        ("pkg:apk/alpine/busybox", True),
        ("pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64", True),
        (BUSYBOX, True),
        ("pkg:apk/alpine/busybox@1.36.1-r1", False),
        ("pkg:apk/alpine/busybox?arch=aarch64", False),
        ("pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64&origin=busybox", False),
        ("pkg:apk/wolfi/busybox", False),
        ("pkg:deb/alpine/busybox", False),
        ("pkg:apk/alpine/ssl_client", False),
        ("busybox", False),
        ("cpe:2.3:a:busybox:busybox:1.36.1:*:*:*:*:*:*:*", False),
        ("", False),
        # The image: by the digest of the platform or of the index, or as a whole repository.
        (ON_PLATFORM, True),
        (f"pkg:oci/renamed@sha256:{AMD64.hex}", True),
        (f"pkg:docker/org/app@sha256:{AMD64.hex}", True),
        (f"pkg:oci/app@sha256%3A{INDEX.hex}", True),
        (f"pkg:oci/app@sha256%3A{INDEX.hex}?arch=amd64&os=linux", True),
        (f"pkg:oci/app@sha256%3A{INDEX.hex}?arch=arm64", False),
        (f"pkg:oci/app@sha256%3A{ARM64.hex}", False),
        ("pkg:oci/app?repository_url=ghcr.io/org/app", True),
        ("pkg:oci/app?repository_url=ghcr.io%2Forg%2Fapp", True),
        ("pkg:oci/app?repository_url=ghcr.io/org/app&arch=arm64", False),
        ("pkg:oci/app?repository_url=ghcr.io/other/app", False),
        ("pkg:oci/app?repository_url=ghcr.io/org", False),
        ("pkg:oci/app", False),
        # A tag can be moved.
        ("pkg:docker/org/app@v1", False),
        ("pkg:oci/app@v1?repository_url=ghcr.io/org/app", False),
    ],
)
def test_a_statement_applies_to_the_product_that_it_names(name: str, applies: bool) -> None:
    assert suppressed(document(named(name))) is applies
    assert suppressed(document(said(products=[{"identifiers": {"purl": name}}]))) is applies
    assert suppressed(document(said(products=[name]))) is applies


@pytest.mark.parametrize(
    ("hashes", "applies"),
    [
        ({"sha-256": AMD64.hex}, True),
        ({"sha-256": AMD64.hex.upper()}, True),
        ({"sha-256": INDEX.hex}, True),
        ({"sha-256": ARM64.hex}, False),
        ({"sha-512": AMD64.hex}, False),
    ],
)
def test_a_product_may_be_named_by_its_digest(hashes: dict[str, str], applies: bool) -> None:
    assert suppressed(document(said(products=[{"hashes": hashes}]))) is applies


@pytest.mark.parametrize(
    ("product", "parts", "applies"),
    [
        (ON_PLATFORM, [PACKAGE], True),
        (ON_PLATFORM, ["pkg:apk/alpine/ssl_client", "pkg:apk/alpine/busybox"], True),
        (ON_PLATFORM, ["pkg:apk/alpine/ssl_client"], False),
        (ON_PLATFORM, [""], False),
        (ON_PLATFORM, [ON_PLATFORM], False),
        (f"pkg:oci/app@sha256%3A{ARM64.hex}", [PACKAGE], False),
        # A part of the package says nothing of the package.
        (PACKAGE, ["pkg:generic/applet"], False),
        (PACKAGE, [PACKAGE], False),
    ],
)
def test_subcomponents_narrow_the_image_to_some_packages(
    product: str, parts: list[str], applies: bool
) -> None:
    components = [{"@id": part} for part in parts]
    assert suppressed(document(said(products=[{"@id": product, "subcomponents": components}]))) is applies
    # In the first version of the format they stand beside the products.
    assert suppressed(document(said(products=[product], subcomponents=parts))) is applies


@pytest.mark.parametrize("products", [None, [], [{}]])
def test_a_statement_that_names_no_product_suppresses_nothing(products: Any) -> None:
    assert not suppressed(document(said(products=products)))


# --- whose, about what -------------------------------------------------------


def test_only_the_named_signers_statements_count() -> None:
    assert suppressed(document(said()))
    assert not suppressed(document(said(), signer=RELEASE))
    assert not suppressed(document(said(), signer=MALLORY))
    assert not suppressed(document(said(), signer=KEY))


def test_it_is_about_the_platform_or_its_index() -> None:
    assert suppressed(document(said(), about=INDEX))
    assert not suppressed(document(said(), about=ARM64))


def test_a_policy_without_vex_applies_none() -> None:
    written = policy("  - vulnerabilities: {max-severity: medium, max-age: 7d}\n")
    judgement = judge(image(SCAN, document(said(), signer=RELEASE)), policies=[written])
    assert [finding.outcome for finding in judgement.platforms[0].checks] == [Outcome.FAIL]


def test_old_documents_do_not_count_where_the_policy_says_so() -> None:
    # The judgement is at 2026-11-24T00:00:00Z.
    assert suppressed(document(said(), day=21), options=", max-age: 60h")
    assert not suppressed(document(said(), day=21), options=", max-age: 59h")
    assert suppressed(document(said(), day=11))


# --- which of several --------------------------------------------------------

AFFECTED = {"status": "affected", "action_statement": "update"}


@pytest.mark.parametrize(
    ("first", "second", "applies"),
    [
        ({"timestamp": "2026-11-02T00:00:00Z", **AFFECTED}, {"timestamp": "2026-11-03T00:00:00Z"}, True),
        ({"timestamp": "2026-11-03T00:00:00Z", **AFFECTED}, {"timestamp": "2026-11-02T00:00:00Z"}, False),
        # As new as each other.
        (AFFECTED, {}, False),
        ({"status": "under_investigation", "justification": None}, {}, False),
        ({"justification": None}, {}, False),
        ({"status": "fixed"}, {}, True),
        # Without a product it is about whatever the document is about.
        ({**AFFECTED, "products": None}, {}, False),
        ({**AFFECTED, "products": [{"@id": "pkg:apk/alpine/ssl_client"}]}, {}, True),
        ({**AFFECTED, "vulnerability": {"name": "CVE-2026-0002"}}, {}, True),
        ({**AFFECTED, "vulnerability": {"name": "GHSA-aaaa-bbbb-cccc"}}, {}, False),
    ],
)
def test_the_newest_word_counts_and_in_doubt_the_one_that_warns(
    first: dict[str, Any], second: dict[str, Any], applies: bool
) -> None:
    assert suppressed(document(said(**first), said(**second))) is applies
    assert suppressed(document(said(**second), said(**first))) is applies
    assert suppressed(document(said(**first)), document(said(**second))) is applies


@pytest.mark.parametrize(
    ("product", "applies"),
    [
        ({"@id": f"{PACKAGE}?arch=x86_64"}, True),
        ({"@id": "pkg:apk/busybox@1.36.1-r2"}, True),
        ({"@id": "pkg:apk/alpine/busybox"}, True),
        ({"@id": "pkg:apk/alpine/busybox@1.36.1-r1"}, False),
        ({"@id": "pkg:apk/wolfi/busybox@1.36.1-r2"}, False),
        ({"@id": "pkg:apk/alpine/openssl"}, False),
        ({"@id": "ghcr.io/org/app:v1"}, True),
        ({"@id": "https://example.com/app", "identifiers": {"purl": "pkg:apk/alpine/openssl"}}, False),
        ({"identifiers": {"cpe23": "cpe:2.3:a:busybox:busybox"}}, True),
        ({"@id": "pkg:oci/app@v1?repository_url=ghcr.io/org/app"}, True),
        ({"@id": "pkg:oci/app?repository_url=ghcr.io/org"}, True),
        ({"@id": "pkg:oci/app?repository_url=ghcr.io/other/app"}, False),
        ({"@id": "pkg:oci/app?arch=arm64"}, False),
        ({"@id": "pkg:oci/other"}, False),
        ({"@id": "pkg:docker/org/app@v1"}, True),
        ({"@id": f"pkg:oci/app@sha256%3A{ARM64.hex}"}, False),
        ({"hashes": {"sha-256": ARM64.hex}}, False),
        ({"@id": ON_PLATFORM, "subcomponents": [{"@id": "busybox"}]}, True),
        ({"@id": ON_PLATFORM, "subcomponents": [{"@id": f"{PACKAGE}?arch=x86_64"}]}, True),
        ({"@id": ON_PLATFORM, "subcomponents": [{"@id": "pkg:apk/alpine/openssl"}]}, False),
        ({"@id": ON_PLATFORM, "subcomponents": [{"@id": ON_PLATFORM}]}, False),
    ],
)
def test_a_newer_word_against_it_counts_unless_it_is_clearly_about_something_else(
    product: dict[str, Any], applies: bool
) -> None:
    older = said(timestamp="2026-11-01T00:00:00Z")
    against = said(products=[product], status="affected", timestamp="2026-11-02T00:00:00Z")
    assert suppressed(document(older))
    assert suppressed(document(older, against)) is not applies


def test_a_document_dated_into_the_future_is_no_newer_than_its_signature() -> None:
    future = said(timestamp="2027-01-01T00:00:00Z")
    warning = said(timestamp="2026-11-20T12:00:00Z", **AFFECTED)
    assert not suppressed(document(future, day=20), document(warning, day=21))
    assert suppressed(document(future, day=21), document(warning, day=20))


@pytest.mark.parametrize(
    "predicate",
    [{}, "{", vex(said(), said(status="no")), vex(said(), **{"@context": "https://openvex.dev/ns/v9"})],
)
def test_where_one_document_cannot_be_read_none_is_applied(predicate: Any) -> None:
    broken = attested(OPENVEX, predicate, signer=SECURITY)
    findings = found(document(said()), broken)
    assert [(finding.outcome, finding.code) for finding in findings] == [
        (Outcome.FAIL, "PolicyError"),
        (Outcome.FAIL, "StatementError"),
    ]
    assert findings[1].message.startswith(
        "OpenVEX statements were not applied: an OpenVEX document cannot be"
    )
    # It is of no consequence where there is nothing to suppress, and nobody else's is.
    assert suppressed(broken, scanned=attested(VULN, scan(trivy())))
    assert suppressed(document(said()), attested(OPENVEX, predicate, signer=RELEASE))


def test_what_suppresses_one_leaves_the_others() -> None:
    other = trivy_finding(VulnerabilityID="CVE-2026-0002")
    findings = found(document(said()), scanned=attested(VULN, scan(trivy(trivy_finding(), other))))
    assert [finding.vulnerability for finding in findings] == ["CVE-2026-0002"]


def test_a_finding_without_a_package_url_is_suppressed_for_the_whole_image_alone() -> None:
    scanned = attested(
        VULN, scan(sarif({**TRIVY_RULE, "properties": {"tags": ["HIGH"]}}, TRIVY_RESULT, driver="Trivy"))
    )
    assert suppressed(document(named(ON_PLATFORM)), scanned=scanned)
    assert not suppressed(document(said()), scanned=scanned)
    part = [{"@id": ON_PLATFORM, "subcomponents": [{"@id": PACKAGE}]}]
    assert not suppressed(document(said(products=part)), scanned=scanned)
    # A warning about some package may be about this one.
    for warning in (said(**AFFECTED), said(products=part, **AFFECTED)):
        assert not suppressed(document(named(ON_PLATFORM), warning), scanned=scanned)


def test_more_comparisons_than_are_bearable_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.policy.rules.vex.VEX_COMPARISONS", 3)
    assert suppressed(document(named(PACKAGE, "pkg:apk/x")))
    findings = found(document(named(PACKAGE, "pkg:apk/x", "pkg:apk/y")))
    assert [finding.code for finding in findings] == ["PolicyError", "StatementError"]
    assert findings[1].message == (
        "OpenVEX statements were not applied: more than 3 comparisons would be needed"
    )
    # Nor are any after them, however few.
    other = trivy_finding(VulnerabilityID="CVE-2026-0002")
    statements = (named(PACKAGE, "pkg:apk/x"), named(PACKAGE, vulnerability={"name": "CVE-2026-0002"}))
    findings = found(document(*statements), scanned=attested(VULN, scan(trivy(trivy_finding(), other))))
    assert [finding.vulnerability for finding in findings] == ["CVE-2026-0002", None]


def test_suppressed_ones_are_not_counted() -> None:
    other = trivy_finding(VulnerabilityID="CVE-2026-0002")
    text = RULE.replace("max-severity: medium", "severities: {{critical: 0, high: 1}}").format("")
    evidence = image(attested(VULN, scan(trivy(trivy_finding(), other))), document(said()))
    judgement = judge(evidence, policies=[policy(text, text=WITH_SECURITY)])
    assert [finding.outcome for finding in judgement.platforms[0].checks] == [Outcome.PASS]
