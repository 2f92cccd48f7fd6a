"""OpenVEX documents out of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.policy.attested import statement
from verifier.limits import VEX_STATEMENTS
from verifier.policy.predicates.nodes import PredicateError
from verifier.policy.predicates.openvex import Component, VexDocument, VexStatement, read_vex

OPENVEX = "https://openvex.dev/ns/v0.2.0"
DOCUMENT_TIME = datetime(2026, 11, 10, tzinfo=UTC)


def vex(*statements: Any, **members: Any) -> dict[str, Any]:
    """A document of v0.2.0."""
    return {
        "@context": OPENVEX,
        "@id": "https://example.com/vex/1",
        "author": "Security",
        "timestamp": "2026-11-10T00:00:00Z",
        "version": 1,
        "statements": list(statements),
        **members,
    }


def said(**members: Any) -> dict[str, Any]:
    """One statement."""
    return {
        "vulnerability": {"name": "CVE-2026-0001"},
        "products": [{"@id": "pkg:apk/alpine/busybox@1.36.1-r2"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        **members,
    }


def read(document: Any) -> VexDocument:
    return read_vex(statement(OPENVEX, document))


def test_all_of_a_document_is_read() -> None:
    document = vex(
        {
            "vulnerability": {
                "@id": "https://nvd.nist.gov/vuln/detail/CVE-2026-0001",
                "name": "CVE-2026-0001",
                "aliases": ["GHSA-aaaa-bbbb-cccc", "CVE-2026-0001"],
            },
            "timestamp": "2026-11-08T18:02:03.647787998-06:00",
            "products": [
                {
                    "@id": "pkg:oci/app@sha256%3A" + "ab" * 32,
                    "identifiers": {
                        "purl": "pkg:oci/app?repository_url=ghcr.io/org/app",
                        "cpe23": "cpe:2.3:a",
                    },
                    "hashes": {"sha-256": "ab" * 32},
                    "subcomponents": [
                        {"@id": "pkg:apk/alpine/busybox"},
                        {"identifiers": {"purl": "pkg:apk/a/b"}},
                    ],
                }
            ],
            "status": "affected",
            "action_statement": "update",
        },
        said(),
    )
    assert read(document) == VexDocument(
        "Security",
        (
            VexStatement(
                ("CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"),
                (
                    Component(
                        ("pkg:oci/app@sha256%3A" + "ab" * 32, "pkg:oci/app?repository_url=ghcr.io/org/app"),
                        "ab" * 32,
                        (Component(("pkg:apk/alpine/busybox",), ""), Component(("pkg:apk/a/b",), "")),
                    ),
                ),
                "affected",
                "",
                datetime(2026, 11, 9, 0, 2, 3, 647787, tzinfo=UTC),
                "$.statements[0]",
            ),
            VexStatement(
                ("CVE-2026-0001",),
                (Component(("pkg:apk/alpine/busybox@1.36.1-r2",), ""),),
                "not_affected",
                "vulnerable_code_not_present",
                DOCUMENT_TIME,
                "$.statements[1]",
            ),
        ),
    )


def test_the_first_version_has_texts_and_parts_beside_the_products() -> None:
    # Taken for a statement on the whole product, it would suppress more than it says.
    document = vex(
        said(
            vulnerability="CVE-2026-0001", products=["pkg:oci/app"], subcomponents=["pkg:apk/alpine/busybox"]
        ),
        **{"@context": "https://openvex.dev/ns"},
    )
    (found,) = read(document).statements
    assert found.names == ("CVE-2026-0001",)
    assert found.products == (Component(("pkg:oci/app",), "", (Component(("pkg:apk/alpine/busybox",), ""),)),)


def test_a_part_without_a_name_is_still_a_part() -> None:
    (found,) = read(vex(said(products=[{"@id": "pkg:oci/app", "subcomponents": [{}]}]))).statements
    assert found.products == (Component(("pkg:oci/app",), "", (Component((), ""),)),)


@pytest.mark.parametrize(
    ("times", "document_times", "at"),
    [
        ({}, {}, DOCUMENT_TIME),
        ({}, {"last_updated": "2026-11-12T00:00:00Z"}, datetime(2026, 11, 12, tzinfo=UTC)),
        (
            {"timestamp": "2026-11-01T00:00:00Z"},
            {"last_updated": "2026-11-12T00:00:00Z"},
            datetime(2026, 11, 1, tzinfo=UTC),
        ),
        (
            {"timestamp": "2026-11-01T00:00:00Z", "last_updated": "2026-11-02T00:00:00Z"},
            {},
            datetime(2026, 11, 2, tzinfo=UTC),
        ),
    ],
)
def test_a_statement_is_as_new_as_it_was_last_said(
    times: dict[str, str], document_times: dict[str, str], at: datetime
) -> None:
    (found,) = read(vex(said(**times), **document_times)).statements
    assert found.at == at


@pytest.mark.parametrize("context", ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1", OPENVEX])
def test_versions_that_are_read(context: str) -> None:
    assert read(vex(said(), **{"@context": context})).statements


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ([], "$", "a list where an object belongs"),
        ({}, "$['@context']", "missing"),
        (vex(**{"@context": "https://openvex.dev/ns/v1"}), "$['@context']", "not a version of OpenVEX"),
        (vex(**{"@context": OPENVEX + "\n"}), "$['@context']", "not a version of OpenVEX"),
        (vex(statements={}), "$.statements", "an object where a list belongs"),
        (vex("x"), "$.statements[0]", "a text where an object belongs"),
        (vex(said(status=None)), "$.statements[0].status", "missing"),
        (vex(said(status="Fixed")), "$.statements[0].status", "not a status: 'Fixed'"),
        (
            vex(said(justification="trust me")),
            "$.statements[0].justification",
            "not a justification: 'trust me'",
        ),
        (vex(said(vulnerability={})), "$.statements[0].vulnerability.name", "missing"),
        (vex(said(vulnerability=None)), "$.statements[0].vulnerability.name", "missing"),
        (vex(said(vulnerability="")), "$.statements[0].vulnerability", "missing"),
        (vex(said(), timestamp=None), "$.statements[0]", "has no time, and neither has the document"),
        (vex(said(), timestamp=5), "$.timestamp", "a number where a text belongs"),
        (vex(said(products=[5])), "$.statements[0].products[0]", "a number where an object belongs"),
        (
            vex(said(products=[{"subcomponents": "x"}])),
            "$.statements[0].products[0].subcomponents",
            "a text where a list belongs",
        ),
        (vex(*[{}] * (VEX_STATEMENTS + 1)), "$.statements", f"more than {VEX_STATEMENTS} statements"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: Any, path: str, problem: str) -> None:
    with pytest.raises(PredicateError) as caught:
        read(document)
    assert caught.value.path == path
    assert caught.value.message.startswith(f"{path}: {problem}")
