"""Scans as Trivy, Grype and others write them, in miniature."""

from __future__ import annotations

from typing import Any

VULN = "https://cosign.sigstore.dev/attestation/vuln/v1"
BUSYBOX = "pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64&distro=3.18.4"


def scan(result: Any, **members: Any) -> dict[str, Any]:
    """cosign's predicate around the result of a scanner."""
    return {
        "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
        "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.58.0",
            "version": "0.58.0",
            "db": {"uri": "", "version": "", "lastUpdate": "2026-11-20T06:00:00Z"},
            "result": result,
        },
        "metadata": {
            "scanStartedOn": "2026-11-20T11:50:00.123456789Z",
            "scanFinishedOn": "2026-11-20T11:51:00Z",
        },
        **members,
    }


def trivy_finding(**members: Any) -> dict[str, Any]:
    """One vulnerability in Trivy's report."""
    return {
        "VulnerabilityID": "CVE-2026-0001",
        "PkgID": "busybox@1.36.1-r2",
        "PkgName": "busybox",
        "PkgIdentifier": {"PURL": BUSYBOX, "UID": "a1"},
        "InstalledVersion": "1.36.1-r2",
        "FixedVersion": "1.36.1-r3",
        "Status": "fixed",
        "Severity": "HIGH",
        **members,
    }


def trivy(*found: Any, **members: Any) -> dict[str, Any]:
    """Trivy's report on an Alpine image."""
    result = {"Target": "app (alpine 3.18.4)", "Class": "os-pkgs", "Type": "alpine"}
    return {
        "SchemaVersion": 2,
        "ArtifactName": "app",
        "ArtifactType": "container_image",
        "Results": [{**result, **({"Vulnerabilities": list(found)} if found else {})}],
        **members,
    }


def grype_match(**vulnerability: Any) -> dict[str, Any]:
    """One match in Grype's report."""
    return {
        "vulnerability": {
            "id": "GHSA-aaaa-bbbb-cccc",
            "severity": "Critical",
            "fix": {"versions": ["2.0.1"], "state": "fixed"},
            **vulnerability,
        },
        "relatedVulnerabilities": [{"id": "CVE-2026-0002", "severity": "High"}],
        "artifact": {"name": "left-pad", "version": "2.0.0", "type": "npm", "purl": "pkg:npm/left-pad@2.0.0"},
    }


def grype(*matches: Any, **members: Any) -> dict[str, Any]:
    """Grype's report."""
    return {
        "matches": list(matches),
        "source": {"type": "image"},
        "descriptor": {"name": "grype", "version": "0.87.0"},
        **members,
    }


def sarif(rule: Any, *results: Any, driver: str = "Grype", **run: Any) -> dict[str, Any]:
    """A SARIF report with one rule."""
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": driver, "rules": [rule]}}, "results": list(results), **run}],
    }


GRYPE_RULE = {
    "id": "CVE-2026-0001-busybox",
    "help": {
        "text": "Vulnerability CVE-2026-0001\nSeverity: high\nPackage: busybox\nVersion: 1.36.1-r2\n"
        "Fix Version: 1.36.1-r3\nType: apk"
    },
    "properties": {"purls": [BUSYBOX], "security-severity": "7.5"},
}
GRYPE_RESULT = {
    "ruleId": "CVE-2026-0001-busybox",
    "ruleIndex": 0,
    "level": "error",
    "message": {"text": "A high vulnerability in apk package: busybox, version 1.36.1-r2 was found"},
}
TRIVY_RULE = {
    "id": "CVE-2026-0001",
    "properties": {"tags": ["vulnerability", "security", "LOW"], "security-severity": "9.8"},
}
TRIVY_RESULT = {
    "ruleId": "CVE-2026-0001",
    "ruleIndex": 0,
    "message": {
        "text": "Package: busybox\nInstalled Version: 1.36.1-r2\nVulnerability CVE-2026-0001\nSeverity: LOW\n"
        "Fixed Version: \nLink: [CVE-2026-0001](https://example.com)"
    },
}
