"""The rules on what an SBOM says of its packages: completeness, and the minimum elements of NTIA."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.policy.judging import NOW
from tests.unit.policy.sboms import contains, findings, messages, operating_system, package, sbom, the_image
from verifier.model.sbom import Package, Relationship

ROOT = "SPDXRef-image"
BUSYBOX, MUSL = package("busybox", "MIT"), package("musl", "MIT", number=1)
GOOD = sbom(the_image(), operating_system(), BUSYBOX, MUSL, relationships=contains("busybox", "musl"))
GOOD_ONE = sbom(the_image(), operating_system(), BUSYBOX, relationships=contains("busybox"))


def test_completeness_wants_packages_and_connections() -> None:
    loose = sbom(the_image(), operating_system(), BUSYBOX, MUSL)
    half = sbom(the_image(), BUSYBOX, MUSL, relationships=contains("musl"))
    nowhere = sbom(the_image(), BUSYBOX, relationships=contains("busybox"), describes=[])
    aside = sbom(the_image(), BUSYBOX, MUSL, relationships=contains("musl", source="SPDXRef-busybox"))
    none = "no package is connected by relationships with what the SBOM describes"
    one = "1 of 2 packages are not connected by relationships with what the SBOM describes: busybox 1.36-r0"
    silent = "the SBOM does not say what it describes"
    for document, any_, all_ in (
        (GOOD, None, None),
        (half, None, one),
        (loose, none, "2 of 2 packages are not connected"),
        (aside, none, "2 of 2 packages are not connected"),
        (nowhere, silent, silent),
    ):
        assert messages("sbom-complete: {connected: ignore}", document) == []
        for rule, expected in (("sbom-complete: {}", any_), ("sbom-complete: {connected: all}", all_)):
            found = messages(rule, document)
            assert len(found) == (expected is not None)
            assert all(message.startswith(expected or "") for message in found)


def test_connections_may_have_any_direction_and_many_steps() -> None:
    relationships = [
        Relationship("SPDXRef-layer", "CONTAINED_BY", ROOT),
        Relationship("SPDXRef-musl", "DEPENDENCY_OF", "SPDXRef-busybox"),
        Relationship("SPDXRef-busybox", "OTHER", "SPDXRef-layer"),
        Relationship("SPDXRef-layer", "OTHER", "SPDXRef-layer"),
    ]
    document = sbom(the_image(), BUSYBOX, MUSL, relationships=relationships)
    assert messages("sbom-complete: {connected: all}", document) == []


def test_a_long_chain_of_relationships_is_no_trouble() -> None:
    names = [f"p{number}" for number in range(5000)]
    chain = [
        Relationship(f"SPDXRef-{a}", "CONTAINS", f"SPDXRef-{b}")
        for a, b in zip(["image", *names], names, strict=False)
    ]
    document = sbom(the_image(), *map(package, names), relationships=chain)
    assert messages("sbom-complete: {connected: all}", document) == []
    assert messages(
        "sbom-complete: {connected: all}", sbom(the_image(), *map(package, names), relationships=chain[1:])
    )


@pytest.mark.parametrize(
    ("option", "without", "what"),
    [
        ("purls", BUSYBOX._replace(purls=()), "a package URL"),
        ("versions", BUSYBOX._replace(version=""), "a version"),
        ("versions", BUSYBOX._replace(version="NOASSERTION"), "a version"),
        ("checksums", BUSYBOX, "a checksum"),
        ("suppliers", BUSYBOX._replace(supplier="NOASSERTION"), "a supplier"),
        ("suppliers", BUSYBOX._replace(supplier="Organization: "), "a supplier"),
        ("versions", BUSYBOX._replace(version=" "), "a version"),
        ("licenses", BUSYBOX._replace(license_declared="NOASSERTION", license_concluded="NONE"), "a licence"),
    ],
)
def test_shares_are_of_the_packages(option: str, without: Package, what: str) -> None:
    good = [package(f"p{n}", "MIT", checksums=[("SHA256", "00")], number=n) for n in range(3)]
    document = sbom(the_image(), operating_system(), *good, without, relationships=contains("busybox"))
    assert messages(f"sbom-complete: {{{option}: 75}}", document) == []
    name = f"busybox {without.version}".strip()
    assert messages(f"sbom-complete: {{{option}: 76}}", document) == [
        f"1 of 4 packages lack {what}, and the policy wants it of 76 %: {name}"
    ]


def test_too_few_packages_are_not_complete() -> None:
    assert messages("sbom-complete: {packages: 2}", GOOD) == []
    assert messages("sbom-complete: {packages: 3}", GOOD) == [
        "the SBOM lists 2 packages beside the image and its operating system, and the policy wants at least 3"
    ]


@pytest.mark.parametrize(
    ("element", "document", "expected"),
    [
        ("supplier", {"busybox": {"supplier": ""}}, "busybox 1.36-r0 has no supplier"),
        ("supplier", {"busybox": {"supplier": "NOASSERTION"}}, "busybox 1.36-r0 has no supplier"),
        (
            "supplier",
            {"busybox": {"supplier": "Organization: NOASSERTION"}},
            "busybox 1.36-r0 has no supplier",
        ),
        ("supplier", {"busybox": {"supplier": "Person:"}}, "busybox 1.36-r0 has no supplier"),
        ("supplier", {"busybox": {"supplier": " "}}, "busybox 1.36-r0 has no supplier"),
        ("name", {"busybox": {"name": ""}}, "1.36-r0 has no name"),
        ("version", {"busybox": {"version": ""}}, "busybox has no version"),
        (
            "identifier",
            {"busybox": {"purls": ()}},
            "busybox 1.36-r0 has no identifier that is known elsewhere (package URL or checksum)",
        ),
        ("relationship", {"relationships": ()}, "busybox 1.36-r0 has no relationship with another package"),
        (
            "relationship",
            {"relationships": (Relationship("SPDXRef-busybox", "CONTAINS", "SPDXRef-File-x"),)},
            "busybox 1.36-r0 has no relationship with another package",
        ),
        ("author", {"creators": ()}, "the SBOM does not say who made it: no person and no organisation"),
        (
            "author",
            {"creators": ("Tool: apko", "Organization: ", "Person: NOASSERTION", "x")},
            "the SBOM does not say who made it: no person and no organisation",
        ),
        ("timestamp", {"created": None}, "the SBOM does not say when it was made"),
        (
            "timestamp",
            {"created": datetime(1970, 1, 1, tzinfo=UTC)},
            "the SBOM does not say when it was made (1970-01-01T00:00:00Z is a placeholder)",
        ),
        ("timestamp", {"created": NOW}, "the SBOM says that it was made after it was signed"),
    ],
)
def test_each_element_of_ntia_is_asked_for_unless_left_out(
    element: str, document: dict[str, object], expected: str
) -> None:
    members = {key: value for key, value in document.items() if key != "busybox"}
    of_package = document.get("busybox", {})
    assert isinstance(of_package, dict)
    packages = (the_image(), operating_system(), BUSYBOX._replace(**of_package))
    lacking = replace(GOOD_ONE, packages=packages, **members)  # type: ignore[arg-type]
    assert messages("ntia: {}", GOOD_ONE) == []
    assert messages("ntia: {}", lacking) == [expected]
    assert messages(f"ntia: {{except: [{element}]}}", lacking) == []


def test_a_checksum_identifies_too() -> None:
    busybox = BUSYBOX._replace(purls=(), checksums=(("SHA256", "00"),))
    assert messages("ntia: {}", sbom(the_image(), busybox, relationships=contains("busybox"))) == []


def test_all_that_a_package_lacks_is_one_finding() -> None:
    bare = Package(
        "SPDXRef-x", "x", "", "", "", "", "", "", (), (), "", files_analyzed=False, path="$.packages[7]"
    )
    (finding,) = findings("ntia: {}", sbom(the_image(), bare))
    assert finding.message == (
        "x has no supplier, no version, no identifier that is known elsewhere (package URL or checksum),"
        " no relationship with another package"
    )
    assert (finding.code, finding.package, finding.element) == ("PolicyError", "x", "$.packages[7]")


def test_an_sbom_without_packages_has_no_elements() -> None:
    empty = sbom(the_image(), operating_system())
    assert messages("ntia: {}", empty) == [
        "the SBOM lists no package beside the image and its operating system"
    ]
