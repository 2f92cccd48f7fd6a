"""Trivy's JSON report, schema version 2.

https://trivy.dev/docs/latest/configuration/reporting/#json
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.json_nodes import (
    child,
    member,
    objects,
    required_text,
    text,
    texts,
)
from verifier.policy.predicates.findings import Fix, Vulnerability, severity_of
from verifier.policy.predicates.nodes import PredicateError
from verifier.strict_json import Json

# The classes of results that list packages; the others are secrets, licences and configuration. Before there
# were classes, all results were of packages, and had a type.
_PACKAGES = {"os-pkgs", "lang-pkgs"}
_FIX = {"unknown": Fix.UNKNOWN, "under_investigation": Fix.UNKNOWN, "fixed": Fix.AVAILABLE}


def read_trivy(report: Mapping[str, Json], at: str) -> Iterator[Vulnerability]:
    """The vulnerabilities in ``report``, or `PredicateError`.

    A report on no packages at all is an error: the scanner recognised nothing, which is not finding nothing.
    """
    if report.get("SchemaVersion") != 2:
        raise PredicateError(
            "a version of Trivy's report that cannot be read", path=member(at, "SchemaVersion")
        )
    looked = False
    for here, result in objects(report, "Results", at):
        class_ = text(result, "Class", here) or ("lang-pkgs" if text(result, "Type", here) else "")
        if class_ in _PACKAGES or result.get("Vulnerabilities"):
            looked = True
            for place, found in objects(result, "Vulnerabilities", here):
                yield _vulnerability(found, place)
    if not looked:
        raise PredicateError(
            "the scanner recognised no packages in the image, so it looked for nothing",
            path=member(at, "Results"),
        )


def _vulnerability(found: Mapping[str, Json], at: str) -> Vulnerability:
    identifier = child(found, "PkgIdentifier", at)
    fixed = text(found, "FixedVersion", at)
    # A fix of which the version is not told is one.
    fix = _FIX.get(text(found, "Status", at), Fix.NONE)
    # The other vendors' identifiers are advisories, which may be about several vulnerabilities.
    aliases = tuple(name for name in texts(found, "VendorIDs", at) if name.startswith("GHSA-"))
    return Vulnerability(
        id=required_text(found, "VulnerabilityID", at),
        aliases=aliases,
        severity=severity_of(text(found, "Severity", at)),
        package=required_text(found, "PkgName", at),
        version=text(found, "InstalledVersion", at),
        purl=text(identifier, "PURL", member(at, "PkgIdentifier")),
        fix=Fix.AVAILABLE if fixed else fix,
        fixed_in=(fixed,) if fixed else (),
        path=at,
    )
