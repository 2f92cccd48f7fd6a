"""The CycloneDX JSON decoder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.sbom.documents import IMAGE, cyclonedx
from verifier.errors import LimitExceeded, SbomError
from verifier.limits import SBOM_PACKAGES, SBOM_RELATIONSHIPS
from verifier.model.sbom import Package, Relationship, Sbom
from verifier.sbom.binding import binding
from verifier.sbom.cyclonedx import CycloneDxDecoder


def decode(document: Any) -> Sbom:
    return CycloneDxDecoder().decode(document)


def refusal(document: Any) -> SbomError:
    with pytest.raises(SbomError) as caught:
        decode(document)
    return caught.value


def component(**members: Any) -> dict[str, Any]:
    return {"type": "library", "name": "a"} | members


def declared(*licenses: dict[str, Any]) -> tuple[str, str]:
    package = decode(cyclonedx(metadata={}, components=[component(licenses=list(licenses))])).packages[0]
    return package.license_declared, package.license_concluded


def test_a_document_is_decoded_whole() -> None:
    sbom = decode(cyclonedx())
    assert sbom.format == "CycloneDX-1.5"
    assert sbom.name == "example.org/hello"
    assert sbom.namespace == "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
    assert sbom.created == datetime(2024, 1, 31, 11, tzinfo=UTC)
    assert sbom.creators == ("Tool: syft-1.0.0", "Person: Ada")
    assert sbom.describes == ("image",)
    assert [package.name for package in sbom.packages] == ["example.org/hello", "busybox", "libbb"]
    assert sbom.packages[1] == Package(
        element_id="pkg:apk/wolfi/busybox@1.36",
        name="busybox",
        version="1.36",
        supplier="Wolfi",
        originator="Busybox people",
        download_location="",
        license_declared="GPL-2.0-only",
        license_concluded="",
        purls=("pkg:apk/wolfi/busybox@1.36",),
        checksums=(("SHA256", "cd" * 32),),
        purpose="LIBRARY",
        files_analyzed=False,
        path="$.components[0]",
    )
    assert sbom.packages[2].path == "$.components[0].components[0]"
    assert sbom.packages[2].license_concluded == "MIT OR ISC"
    assert sbom.relationships == (
        Relationship("image", "DEPENDS_ON", "pkg:apk/wolfi/busybox@1.36"),
        Relationship("image", "DEPENDS_ON", "inner"),
    )
    assert sbom.files == 1


def test_a_subject_that_is_no_image_is_no_package() -> None:
    subject = {"bom-ref": "app", "type": "application", "name": "hello", "version": "1"}
    sbom = decode(cyclonedx(metadata={"component": subject}))
    assert sbom.describes == ("app",)
    assert [package.name for package in sbom.packages] == ["busybox", "libbb"]


def test_components_stand_in_the_order_of_the_document() -> None:
    nested = [
        component(name="1", components=[component(name="1.1", components=[component(name="1.1.1")])]),
        component(name="2", components=[component(name="2.1"), component(name="2.2")]),
    ]
    names = [package.name for package in decode(cyclonedx(metadata={}, components=nested)).packages]
    assert names == ["1", "1.1", "1.1.1", "2", "2.1", "2.2"]


def test_the_components_of_the_subject_are_packages_too() -> None:
    subject = component(
        name="app", components=[component(name="in.1", components=[component(name="in.1.1")])]
    )
    sbom = decode(cyclonedx(metadata={"component": subject}, components=[component(name="1")]))
    assert [package.name for package in sbom.packages] == ["1", "in.1", "in.1.1"]
    assert sbom.packages[1].path == "$.metadata.component.components[0]"
    hollow = decode(cyclonedx(metadata={"component": component(name="app")}, components=[]))
    assert hollow.packages == ()


def test_a_file_with_a_package_url_is_a_package() -> None:
    files = [component(type="file", name="a.jar", purl="pkg:maven/org/a@1"), component(type="file", name="b")]
    sbom = decode(cyclonedx(metadata={}, components=files))
    assert ([package.name for package in sbom.packages], sbom.files) == (["a.jar"], 1)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"name": "toolkit"}, "toolkit"),
        ({"name": "toolkit", "group": ""}, "toolkit"),
        ({"name": "toolkit", "group": None}, "toolkit"),
        ({"name": "toolkit", "group": "@evil"}, "@evil/toolkit"),
        ({"name": "commons-lang3", "group": "org.apache.commons"}, "org.apache.commons/commons-lang3"),
        # some write the whole name and the group
        ({"name": "@evil/toolkit", "group": "@evil"}, "@evil/toolkit"),
        ({"name": "@evilish/toolkit", "group": "@evil"}, "@evil/@evilish/toolkit"),
    ],
)
def test_the_group_is_part_of_the_name(members: dict[str, Any], name: str) -> None:
    (package,) = decode(cyclonedx(metadata={}, components=[component(**members)])).packages
    assert package.name == name
    bare = name.removeprefix(f"{members['group']}/") if members.get("group") else name
    assert package.names == ((name, bare) if members.get("group") else (name,))


def test_the_group_of_the_subject_is_part_of_its_name_too() -> None:
    subject = {"bom-ref": "a", "type": "container", "name": "app", "group": "org"}
    sbom = decode(cyclonedx(metadata={"component": subject}, components=[]))
    assert (sbom.name, [package.name for package in sbom.packages]) == ("org/app", ["org/app"])


@pytest.mark.parametrize(
    ("members", "inside"),
    [
        ({}, True),
        ({"isExternal": False}, True),
        ({"isExternal": None}, True),
        ({"isExternal": True}, False),
        ({"scope": "required"}, True),
        ({"scope": "optional"}, False),
        ({"scope": "excluded"}, False),
        ({"scope": "EXCLUDED"}, False),
        ({"scope": "required", "isExternal": True}, False),
        ({"scope": "excluded", "isExternal": False}, False),
    ],
)
def test_what_is_no_part_of_the_assembly_is_marked(members: dict[str, Any], inside: bool) -> None:
    one = component(**members, components=[component(name="in")])
    sbom = decode(cyclonedx(specVersion="1.7", metadata={}, components=[one, component(name="b")]))
    assert [(package.name, package.inside) for package in sbom.packages] == [
        ("a", inside),
        ("in", inside),
        ("b", True),
    ]
    assert binding(sbom).lists_only_images is False
    alone = decode(cyclonedx(specVersion="1.7", metadata={}, components=[one]))
    assert binding(alone).lists_only_images is not inside


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"isExternal": "true"}, "$.components[0].isExternal"),
        ({"isExternal": 1}, "$.components[0].isExternal"),
        ({"scope": True}, "$.components[0].scope"),
        ({"group": ["a"]}, "$.components[0].group"),
    ],
)
def test_what_cannot_be_read_of_these_is_an_error(members: dict[str, Any], path: str) -> None:
    assert refusal(cyclonedx(metadata={}, components=[component(**members)])).path == path


def test_tools_of_older_versions_are_read() -> None:
    tools = [{"vendor": "anchore", "name": "syft", "version": "0.9"}, {"name": "other"}]
    sbom = decode(cyclonedx(specVersion="1.4", metadata={"tools": tools}))
    assert sbom.creators == ("Tool: syft-0.9", "Tool: other")


@pytest.mark.parametrize(
    ("licenses", "expected"),
    [
        ([], ("", "")),
        ([{"license": {"id": "MIT"}}], ("MIT", "")),
        ([{"expression": "MIT OR ISC"}], ("MIT OR ISC", "")),
        ([{"license": {"name": "My own licence"}}], ("My own licence", "")),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "ISC"}}], ("MIT AND ISC", "")),
        ([{"license": {"id": "MIT"}}, {"expression": "A OR B"}], ("MIT AND (A OR B)", "")),
        ([{"license": {"id": "MIT", "acknowledgement": "concluded"}}], ("", "MIT")),
        ([{"license": {"id": "MIT", "acknowledgement": "declared"}}], ("MIT", "")),
        ([{"license": {}}], ("", "")),
        # what one entry says must not free another, nor hide it
        (
            [{"license": {"id": "AGPL-3.0-only"}}, {"license": {"name": "MIT) OR (MIT"}}],
            ("AGPL-3.0-only, MIT) OR (MIT", ""),
        ),
        ([{"license": {"name": "(A"}}, {"license": {"name": "B)OR C"}}], ("(A, B)OR C", "")),
        ([{"expression": "(A OR B)"}, {"license": {"name": "C"}}], ("((A OR B)) AND C", "")),
        ([{"expression": "MIT", "license": {"id": "AGPL-3.0-only"}}], ("MIT AND AGPL-3.0-only", "")),
    ],
)
def test_licences_are_put_into_one_expression(
    licenses: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    assert declared(*licenses) == expected


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_versions_are_read(version: str) -> None:
    assert decode(cyclonedx(specVersion=version)).format == f"CycloneDX-{version}"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "$"),
        ({}, "$.bomFormat"),
        ({"spdxVersion": "SPDX-2.3"}, "$.bomFormat"),
        (cyclonedx(bomFormat="cyclonedx"), "$.bomFormat"),
        (cyclonedx(specVersion="2.0"), "$.specVersion"),
        (cyclonedx(specVersion=1.5), "$.specVersion"),
        (cyclonedx(specVersion=None), "$.specVersion"),
        (cyclonedx(components={}), "$.components"),
        (cyclonedx(components=["a"]), "$.components[0]"),
        (cyclonedx(components=[component(name="")]), "$.components[0].name"),
        (cyclonedx(components=[{"name": "a"}]), "$.components[0].type"),
        (cyclonedx(components=[component(purl=1)]), "$.components[0].purl"),
        (cyclonedx(components=[component(components=[1])]), "$.components[0].components[0]"),
        (cyclonedx(components=[component(licenses={})]), "$.components[0].licenses"),
        (
            cyclonedx(components=[component(licenses=[{"license": "MIT"}])]),
            "$.components[0].licenses[0].license",
        ),
        (cyclonedx(components=[component(hashes=[{"alg": "MD5"}])]), "$.components[0].hashes[0].content"),
        (cyclonedx(metadata=[]), "$.metadata"),
        (cyclonedx(metadata={"timestamp": "now"}), "$.metadata.timestamp"),
        (cyclonedx(metadata={"component": "x"}), "$.metadata.component"),
        (cyclonedx(metadata={"tools": "x"}), "$.metadata.tools"),
        (cyclonedx(dependencies=[{}]), "$.dependencies[0].ref"),
        (cyclonedx(dependencies=[{"ref": "a", "dependsOn": [1]}]), "$.dependencies[0].dependsOn[0]"),
    ],
)
def test_errors_carry_their_path(document: Any, path: str) -> None:
    assert refusal(document).path == path


def test_two_components_with_one_reference_are_refused() -> None:
    twins = [component(**{"bom-ref": "x"}), component(components=[component(**{"bom-ref": "x"})])]
    assert refusal(cyclonedx(components=twins)).path == "$.components[1].components[0].bom-ref"
    assert len(decode(cyclonedx(metadata={}, components=[component(), component()])).packages) == 2


def test_components_and_dependencies_are_bounded() -> None:
    with pytest.raises(LimitExceeded):
        decode(cyclonedx(components=[component()] * (SBOM_PACKAGES + 1)))
    many = [{"ref": "a", "dependsOn": ["b"] * (SBOM_RELATIONSHIPS + 1)}]
    with pytest.raises(LimitExceeded):
        decode(cyclonedx(dependencies=many))


def test_the_image_is_bound_by_its_version() -> None:
    assert decode(cyclonedx()).packages[0].version == f"sha256:{IMAGE}"
