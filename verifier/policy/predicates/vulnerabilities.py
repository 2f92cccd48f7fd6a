"""Attested vulnerability scans: cosign's predicate and in-toto's, as one value.

https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md and
https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from verifier.json_nodes import (
    as_object,
    child,
    kind,
    member,
    objects,
    raising,
    required_child,
    required_text,
    text,
    time,
)
from verifier.limits import VULNERABILITIES
from verifier.model.predicate import predicate_document
from verifier.model.statement import Statement
from verifier.policy.predicates.findings import Fix, Severity, Vulnerability, severity_of, severity_of_score
from verifier.policy.predicates.grype import read_grype
from verifier.policy.predicates.nodes import PredicateError, at_path
from verifier.policy.predicates.sarif import read_sarif
from verifier.policy.predicates.trivy import read_trivy
from verifier.strict_json import Json

IN_TOTO_TYPES = ("https://in-toto.io/attestation/vulns/v0.2", "https://in-toto.io/attestation/vulns/v0.1")
SCAN_TYPES = ("vuln", *IN_TOTO_TYPES)
"""The predicate types that `read_scan` reads."""

_AT = "$.scanner.result"
# What only this scanner's report has at its top level.
_REPORTS: Mapping[str, tuple[str, Callable[[Mapping[str, Json], str], Iterable[Vulnerability]]]] = {
    "SchemaVersion": ("Trivy's JSON", read_trivy),
    "matches": ("Grype's JSON", read_grype),
    "runs": ("SARIF", read_sarif),
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: by which scanner, with vulnerability data of when, made when, and what it found.

    ``format`` is that of its result. All of it is the signer's claim.
    """

    scanner: str
    format: str
    database_updated: datetime | None
    started: datetime | None
    finished: datetime | None
    vulnerabilities: tuple[Vulnerability, ...]

    @property
    def made_at(self) -> datetime | None:
        """When it was made, as it says: its end, or its start where it does not tell its end."""
        return self.finished or self.started


@raising(at_path)
def read_scan(statement: Statement) -> Scan:
    """Read the scan in ``statement``, or raise `StatementError` (mostly `PredicateError`).

    A result in a format that is not known is an error, and not a scan that found nothing.
    """
    document = as_object(predicate_document(statement), "$")
    scanner, metadata = required_child(document, "scanner", "$"), child(document, "metadata", "$")
    database, result = child(scanner, "db", "$.scanner"), scanner.get("result")
    found: Iterable[Vulnerability]
    if statement.predicate_type in IN_TOTO_TYPES:
        name, found = "in-toto's list", _in_toto(scanner)
    else:
        name, found = _report(result)
    vulnerabilities = tuple(islice(found, VULNERABILITIES + 1))
    if len(vulnerabilities) > VULNERABILITIES:
        raise PredicateError(f"more than {VULNERABILITIES} findings", path=_AT)
    return Scan(
        scanner=text(scanner, "uri", "$.scanner"),
        format=name,
        database_updated=time(database, "lastUpdate", "$.scanner.db"),
        started=time(metadata, "scanStartedOn", "$.metadata"),
        finished=time(metadata, "scanFinishedOn", "$.metadata"),
        vulnerabilities=vulnerabilities,
    )


def _report(result: Json) -> tuple[str, Iterable[Vulnerability]]:
    hint = "results of Trivy (JSON), Grype (JSON) and SARIF 2.1.0 can be read"
    if not isinstance(result, dict):
        raise PredicateError(f"{kind(result)} where a scanner's report belongs", path=_AT, hint=hint)
    marks = [mark for mark in _REPORTS if mark in result]
    if len(marks) != 1:
        problem = "a report in a format that is not known" if not marks else "a report in several formats"
        raise PredicateError(problem, path=_AT, hint=hint)
    name, read = _REPORTS[marks[0]]
    return name, read(result, _AT)


def _in_toto(scanner: Mapping[str, Json]) -> Iterator[Vulnerability]:
    # The specification: an empty list means that nothing was found. A missing one means nothing.
    if scanner.get("result") is None:
        raise PredicateError("missing", path=_AT)
    for here, entry in objects(scanner, "result", "$.scanner"):
        yield Vulnerability(
            id=required_text(entry, "id", here),
            aliases=(),
            severity=_severity(entry, here),
            package="",
            version="",
            purl="",
            fix=Fix.UNKNOWN,
            fixed_in=(),
            path=here,
        )


def _severity(entry: Mapping[str, Json], at: str) -> Severity | None:
    """The worst of the severities that are given: one in v0.1, a list in v0.2."""
    if isinstance(entry.get("severity"), dict):
        ratings = [(member(at, "severity"), child(entry, "severity", at))]
    else:
        ratings = list(objects(entry, "severity", at))
    rated = (_rating(rating, here) for here, rating in ratings)
    return max((severity for severity in rated if severity is not None), default=None)


def _rating(rating: Mapping[str, Json], at: str) -> Severity | None:
    """A word, or a number where the method is one that gives CVSS scores."""
    score, method = rating.get("score"), text(rating, "method", at).lower()
    said = str(score) if isinstance(score, int | float) else text(rating, "score", at)
    if (word := severity_of(said)) is not None:
        return word
    return severity_of_score(said) if "cvss" in method or "nvd" in method else None
