"""Grype's JSON report.

https://github.com/anchore/grype, schema/grype/json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.json_nodes import (
    child,
    member,
    objects,
    required_child,
    required_text,
    text,
    texts,
)
from verifier.policy.predicates.findings import Fix, Vulnerability, severity_of
from verifier.policy.predicates.nodes import PredicateError
from verifier.strict_json import Json

_FIX = {"fixed": Fix.AVAILABLE, "not-fixed": Fix.NONE, "wont-fix": Fix.NONE}


def read_grype(report: Mapping[str, Json], at: str) -> Iterator[Vulnerability]:
    """The vulnerabilities in ``report``, or `PredicateError`."""
    descriptor = required_child(report, "descriptor", at)
    if text(descriptor, "name", member(at, "descriptor")) != "grype":
        raise PredicateError(
            "looks like a report of Grype, and names another scanner", path=member(at, "descriptor")
        )
    if report.get("matches") is None:
        raise PredicateError("missing", path=member(at, "matches"))
    for here, match in objects(report, "matches", at):
        yield _vulnerability(match, here)


def _vulnerability(match: Mapping[str, Json], at: str) -> Vulnerability:
    found, here = required_child(match, "vulnerability", at), member(at, "vulnerability")
    artifact, there = required_child(match, "artifact", at), member(at, "artifact")
    fix, fix_at = child(found, "fix", here), member(here, "fix")
    name = required_text(found, "id", here)
    related = {
        text(other, "id", place): None for place, other in objects(match, "relatedVulnerabilities", at)
    }
    others = tuple(other for other in related if other and other != name)
    return Vulnerability(
        id=name,
        # An advisory with several related ones is all of them, and no other name of any.
        aliases=others if len(others) == 1 else (),
        severity=severity_of(text(found, "severity", here)),
        package=required_text(artifact, "name", there),
        version=text(artifact, "version", there),
        purl=text(artifact, "purl", there),
        fix=_FIX.get(text(fix, "state", fix_at), Fix.UNKNOWN),
        fixed_in=texts(fix, "versions", fix_at),
        path=at,
    )
