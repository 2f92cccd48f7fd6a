"""Whatever a predicate holds, its reader gives a value or one of its own errors."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import changed, values
from tests.unit.policy.attested import statement
from tests.unit.policy.predicates.scans import (
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
from tests.unit.policy.predicates.test_openvex import OPENVEX, said, vex
from tests.unit.policy.predicates.test_slsa import APP, V02, V1, v1
from verifier.errors import StatementError
from verifier.model.statement import Statement
from verifier.policy.predicates.openvex import read_vex
from verifier.policy.predicates.slsa import read_provenance
from verifier.policy.predicates.sources import read_address, read_repository
from verifier.policy.predicates.vulnerabilities import IN_TOTO_TYPES, read_scan

_PROVENANCES: list[Callable[[], Any]] = [
    lambda: v1(
        {"workflow": {"repository": APP, "ref": "refs/heads/main", "path": "x"}, "inputs": {"a": 1}},
        {"uri": f"git+{APP}@refs/heads/main", "name": "x", "digest": {"gitCommit": "ab" * 20}},
    ),
    lambda: v1({"source": {"uri": APP, "digest": {"sha1": "ab" * 20}}, "configPath": "x"}),
    lambda: v1({"source": APP, "entryPoint": "x"}),
    lambda: v1({"configSource": {"uri": APP, "path": "x"}}),
]
_V02: list[Callable[[], Any]] = [
    lambda: {
        "builder": {"id": "x"},
        "buildType": "x",
        "invocation": {"configSource": {"uri": APP, "digest": {"sha1": "ab" * 20}}, "parameters": {}},
        "metadata": {"buildStartedOn": "2026-11-01T00:00:00Z"},
        "materials": [{"uri": APP, "digest": {"sha1": "ab" * 20}}],
    }
]
_SCANS: list[Callable[[], Any]] = [
    lambda: scan(trivy(trivy_finding())),
    lambda: scan(grype(grype_match())),
    lambda: scan(sarif(copy.deepcopy(GRYPE_RULE), copy.deepcopy(GRYPE_RESULT), invocations=[])),
    lambda: scan(sarif(copy.deepcopy(TRIVY_RULE), copy.deepcopy(TRIVY_RESULT), driver="Trivy")),
]
_LISTS: list[Callable[[], Any]] = [
    lambda: scan([{"id": "x", "severity": [{"method": "cvss", "score": "9.9"}]}]),
    lambda: scan([{"id": "x", "severity": {"method": "nvd", "score": "high"}}]),
]
_DOCUMENTS: list[Callable[[], Any]] = [
    lambda: vex(said(timestamp="2026-11-01T00:00:00Z")),
    lambda: vex(said(products=[{"@id": "x", "hashes": {"sha-256": "x"}, "subcomponents": [{"@id": "x"}]}])),
    lambda: vex(said(vulnerability="x", products=["x"], subcomponents=["x"])),
]


def _any_of(makers: list[Callable[[], Any]]) -> st.SearchStrategy[Any]:
    return st.one_of(values, *(changed(make, more=["0001-01-01T00:00:00Z", "9" * 30]) for make in makers))


def _reads(read: Callable[[Statement], object], kind: str, predicate: Any) -> None:
    with contextlib.suppress(StatementError):
        read(statement(kind, predicate))


@pytest.mark.parametrize(
    ("read", "kind", "makers"),
    [
        (read_provenance, V1, _PROVENANCES),
        (read_provenance, V02, _V02),
        (read_scan, VULN, _SCANS),
        *((read_scan, kind, _LISTS) for kind in IN_TOTO_TYPES),
        (read_vex, OPENVEX, _DOCUMENTS),
    ],
)
def test_what_is_not_changed_is_read(
    read: Callable[[Statement], object], kind: str, makers: list[Callable[[], Any]]
) -> None:
    for make in makers:
        assert read(statement(kind, make()))


@given(_any_of(_PROVENANCES))
def test_provenance_of_v1(predicate: Any) -> None:
    _reads(read_provenance, V1, predicate)


@given(_any_of(_V02))
def test_provenance_of_v02(predicate: Any) -> None:
    _reads(read_provenance, V02, predicate)


@given(_any_of(_SCANS))
def test_scans_of_cosigns_type(predicate: Any) -> None:
    _reads(read_scan, VULN, predicate)


@given(_any_of(_LISTS), st.sampled_from(IN_TOTO_TYPES))
def test_scans_of_in_totos_type(predicate: Any, kind: str) -> None:
    _reads(read_scan, kind, predicate)


@given(_any_of(_DOCUMENTS))
def test_openvex(predicate: Any) -> None:
    _reads(read_vex, OPENVEX, predicate)


@given(st.text(alphabet="git+htps:/@#.?ax\\ \n", max_size=40))
def test_an_address_that_was_read_stays_what_it_is(uri: str) -> None:
    repository = read_address(uri).repository
    assert read_address(repository).ref == "" or repository == uri
    assert read_repository(read_repository(uri)) == read_repository(uri)
