"""The SPDX JSON decoder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.unit.sbom.documents import IMAGE, ROOT, contains, package, spdx
from verifier.errors import LimitExceeded, SbomError
from verifier.limits import SBOM_PACKAGES, SBOM_RELATIONSHIPS
from verifier.model.sbom import ExtractedLicense, Package, Relationship, Sbom
from verifier.sbom.spdx import SpdxDecoder
from verifier.strict_json import Json

DECODER = SpdxDecoder()


def decode(document: Any) -> Sbom:
    return DECODER.decode(document)


def refusal(document: Any) -> SbomError:
    with pytest.raises(SbomError) as caught:
        decode(document)
    return caught.value


def with_package(**members: Any) -> dict[str, Any]:
    """A document whose second package has these members; ``...`` takes one away."""
    changed = {key: value for key, value in package(1, **members).items() if value is not ...}
    return spdx(1) | {"packages": [spdx()["packages"][0], changed]}


def test_a_document_is_decoded_whole() -> None:
    sbom = decode(spdx(2))
    assert sbom == Sbom(
        format="SPDX-2.3",
        name=f"sbom-sha256:{IMAGE}",
        namespace="https://example.org/spdxdocs/hello",
        created=datetime(2024, 1, 31, 12, tzinfo=UTC),
        creators=("Tool: apko (v0.30)", "Organization: Example, Inc"),
        describes=(ROOT,),
        packages=(
            Package(
                element_id=ROOT,
                name=f"sha256:{IMAGE}",
                version=f"sha256:{IMAGE}",
                supplier="Organization: Example",
                originator="",
                download_location="NOASSERTION",
                license_declared="",
                license_concluded="",
                purls=(f"pkg:oci/hello@sha256:{IMAGE}?arch=amd64&os=linux",),
                checksums=(("SHA256", IMAGE),),
                purpose="CONTAINER",
                files_analyzed=False,
                path="$.packages[0]",
            ),
            Package(
                element_id="SPDXRef-Package-apk-p1",
                name="p1",
                version="1.1.0-r0",
                supplier="Organization: Wolfi (packages@example.org)",
                originator="Organization: Wolfi",
                download_location="NOASSERTION",
                license_declared="Apache-2.0",
                license_concluded="NOASSERTION",
                purls=("pkg:apk/wolfi/p1@1.1.0-r0?arch=x86_64",),
                checksums=(),
                purpose="APPLICATION",
                files_analyzed=False,
                path="$.packages[1]",
            ),
        ),
        relationships=(Relationship(ROOT, "CONTAINS", "SPDXRef-Package-apk-p1"),),
        extracted_licenses=(),
        files=0,
    )


def test_a_sparse_document_is_decoded() -> None:
    sbom = decode({"spdxVersion": "SPDX-2.2", "packages": [{"SPDXID": "SPDXRef-a", "name": ""}]})
    assert sbom.format == "SPDX-2.2"
    assert sbom.packages == (
        Package(
            "SPDXRef-a", "", "", "", "", "", "", "", (), (), "", files_analyzed=True, path="$.packages[0]"
        ),
    )
    assert (sbom.created, sbom.creators, sbom.describes, sbom.files) == (None, (), (), 0)


def test_null_counts_as_absent() -> None:
    keys = ("packages", "relationships", "files", "documentDescribes", "creationInfo", "name")
    sbom = decode({"spdxVersion": "SPDX-2.3"} | dict.fromkeys(keys))
    assert sbom == decode({"spdxVersion": "SPDX-2.3"})
    members = dict.fromkeys(
        ("versionInfo", "supplier", "licenseDeclared", "externalRefs", "checksums", "filesAnalyzed")
    )
    one = decode(with_package(**members)).packages[1]
    assert (one.version, one.supplier, one.license_declared, one.purls) == ("", "", "", ())
    assert one.files_analyzed


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "$"),
        ("SPDX-2.3", "$"),
        (None, "$"),
        ({}, "$.spdxVersion"),
        ({"spdxVersion": "SPDX-2.1"}, "$.spdxVersion"),
        ({"spdxVersion": "SPDX-9.9"}, "$.spdxVersion"),
        ({"spdxVersion": "spdx-2.3"}, "$.spdxVersion"),
        ({"spdxVersion": ["SPDX-2.3"]}, "$.spdxVersion"),
        ({"spdxVersion": 2.3}, "$.spdxVersion"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}, "$.bomFormat"),
        ({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}, "$"),
    ],
)
def test_another_format_is_refused_by_name(document: Json, path: str) -> None:
    assert refusal(document).path == path


def test_refusals_say_what_the_document_is() -> None:
    assert "CycloneDX" in refusal({"bomFormat": "CycloneDX"}).message
    assert "SPDX 3" in refusal({"@context": "x", "@graph": []}).message
    assert "'SPDX-2.1'" in refusal({"spdxVersion": "SPDX-2.1"}).message


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"SPDXID": ...}, "$.packages[1].SPDXID"),
        ({"SPDXID": ""}, "$.packages[1].SPDXID"),
        ({"SPDXID": None}, "$.packages[1].SPDXID"),
        ({"SPDXID": 1}, "$.packages[1].SPDXID"),
        ({"name": ...}, "$.packages[1].name"),
        ({"name": None}, "$.packages[1].name"),
        ({"name": ["p1"]}, "$.packages[1].name"),
        ({"name": "\ud800"}, "$.packages[1].name"),
        ({"versionInfo": 1.10}, "$.packages[1].versionInfo"),
        ({"licenseDeclared": ["MIT"]}, "$.packages[1].licenseDeclared"),
        ({"licenseConcluded": {"id": "MIT"}}, "$.packages[1].licenseConcluded"),
        ({"supplier": False}, "$.packages[1].supplier"),
        ({"filesAnalyzed": "false"}, "$.packages[1].filesAnalyzed"),
        ({"filesAnalyzed": 0}, "$.packages[1].filesAnalyzed"),
        ({"externalRefs": {}}, "$.packages[1].externalRefs"),
        ({"externalRefs": ["pkg:apk/a@1"]}, "$.packages[1].externalRefs[0]"),
        ({"externalRefs": [{"referenceType": "purl"}]}, "$.packages[1].externalRefs[0].referenceLocator"),
        (
            {"externalRefs": [{"referenceType": "purl", "referenceLocator": ["x"]}]},
            "$.packages[1].externalRefs[0].referenceLocator",
        ),
        ({"checksums": "SHA256"}, "$.packages[1].checksums"),
        ({"checksums": [{"checksumValue": "ab"}]}, "$.packages[1].checksums[0].algorithm"),
        ({"checksums": [{"algorithm": "SHA256"}]}, "$.packages[1].checksums[0].checksumValue"),
    ],
)
def test_an_error_in_a_package_carries_its_path(members: dict[str, Any], path: str) -> None:
    error = refusal(with_package(**members))
    assert error.path == path
    assert error.message.startswith(f"{path}: ")
    assert decode(with_package()).packages[1].name == "p1"


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"packages": {}}, "$.packages"),
        ({"packages": "x"}, "$.packages"),
        ({"packages": [None]}, "$.packages[0]"),
        ({"packages": [[]]}, "$.packages[0]"),
        ({"relationships": {}}, "$.relationships"),
        ({"relationships": [contains("a"), "x"]}, "$.relationships[1]"),
        ({"relationships": [{}]}, "$.relationships[0].spdxElementId"),
        ({"relationships": [contains("")]}, "$.relationships[0].relatedSpdxElement"),
        ({"relationships": [contains("a") | {"relationshipType": 1}]}, "$.relationships[0].relationshipType"),
        (
            {"relationships": [contains("a") | {"relationshipType": True}]},
            "$.relationships[0].relationshipType",
        ),
        ({"relationships": [contains("\udfff")]}, "$.relationships[0].relatedSpdxElement"),
        ({"documentDescribes": "x"}, "$.documentDescribes"),
        ({"documentDescribes": ["x", 1]}, "$.documentDescribes[1]"),
        ({"creationInfo": []}, "$.creationInfo"),
        ({"creationInfo": {"created": 1}}, "$.creationInfo.created"),
        ({"creationInfo": {"creators": "Tool: x"}}, "$.creationInfo.creators"),
        ({"name": {}}, "$.name"),
        ({"files": {}}, "$.files"),
        ({"hasExtractedLicensingInfos": [{"name": "x"}]}, "$.hasExtractedLicensingInfos[0].licenseId"),
    ],
)
def test_an_error_in_the_document_carries_its_path(members: dict[str, Any], path: str) -> None:
    assert refusal(spdx() | members).path == path


def test_two_packages_with_one_identifier_are_refused() -> None:
    twins = [package(1), package(2), package(3, SPDXID="SPDXRef-Package-apk-p1")]
    error = refusal(spdx(1) | {"packages": twins})
    assert error.path == "$.packages[2].SPDXID"
    assert "$.packages[0]" in error.message
    assert len(decode(spdx(1) | {"packages": [package(1), package(2), package(3)]}).packages) == 3


def test_roots_are_named_either_way() -> None:
    relationships = [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "b"},
        {"spdxElementId": "c", "relationshipType": "DESCRIBED_BY", "relatedSpdxElement": "SPDXRef-DOCUMENT"},
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "a"},
        {"spdxElementId": "x", "relationshipType": "DESCRIBES", "relatedSpdxElement": "y"},
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "CONTAINS", "relatedSpdxElement": "z"},
    ]
    sbom = decode(spdx(documentDescribes=["a"], relationships=relationships))
    assert sbom.describes == ("a", "b", "c")
    assert len(sbom.relationships) == 5


def test_package_urls_are_found_under_either_category_and_name() -> None:
    references = [
        {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a"},
        {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:a/1"},
        {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:a/é"},
        {"referenceType": "http://spdx.org/rdf/references/purl", "referenceLocator": "pkg:a/3"},
        {"referenceType": ["purl"], "referenceLocator": "pkg:a/4"},
    ]
    purls = decode(with_package(externalRefs=references)).packages[1].purls
    assert purls == ("pkg:a/1", "pkg:a/é", "pkg:a/3")


@pytest.mark.parametrize(
    "license_", ["MIT", "", "NOASSERTION", "NONE", "mit OR (", "LicenseRef-MIT", " MIT "]
)
def test_licences_stay_as_written(license_: str) -> None:
    one = decode(with_package(licenseDeclared=license_, licenseConcluded=license_)).packages[1]
    assert (one.license_declared, one.license_concluded) == (license_, license_)


def test_extracted_licences_and_files_are_kept() -> None:
    infos = [
        {"licenseId": "LicenseRef-a", "name": "A", "extractedText": "text"},
        {"licenseId": "LicenseRef-b"},
    ]
    sbom = decode(spdx(hasExtractedLicensingInfos=infos, files=[{"SPDXID": "SPDXRef-f"}, {}]))
    assert sbom.extracted_licenses == (
        ExtractedLicense("LicenseRef-a", "A", "text"),
        ExtractedLicense("LicenseRef-b", "", ""),
    )
    assert sbom.files == 2


def test_texts_beyond_ascii_are_kept() -> None:
    one = decode(with_package(name="naïve-𝄞", supplier="Person: Zoë")).packages[1]
    assert (one.name, one.supplier) == ("naïve-𝄞", "Person: Zoë")
    related = decode(spdx(relationships=[contains("SPDXRef-é")])).relationships
    assert related == (Relationship(ROOT, "CONTAINS", "SPDXRef-é"),)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-31T12:00:00Z", datetime(2024, 1, 31, 12, tzinfo=UTC)),
        ("2024-01-31t12:00:00.5z", datetime(2024, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-01-31T12:00:00+05:30", datetime(2024, 1, 31, 12, tzinfo=timezone(timedelta(hours=5.5)))),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),  # Go's zero time, seen in real documents
        ("", None),
        (None, None),
    ],
)
def test_creation_times_are_read(text: str | None, time: datetime | None) -> None:
    assert decode(spdx(creationInfo={"created": text})).created == time


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31",
        "2024-01-31T12:00:00",
        "2024-01-31 12:00:00Z",
        "20240131T120000Z",
        "2024-02-30T12:00:00Z",
        "2024-01-31T24:30:00Z",
        "2024-01-31T12:00:00Z\n",
        "٢٠٢٤-01-31T12:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2024-01-31T12:00:00+99:99",
        "yesterday",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert refusal(spdx(creationInfo={"created": text})).path == "$.creationInfo.created"


def test_packages_and_relationships_are_bounded() -> None:
    with pytest.raises(LimitExceeded):
        decode({"spdxVersion": "SPDX-2.3", "packages": [None] * (SBOM_PACKAGES + 1)})
    with pytest.raises(LimitExceeded):
        decode({"spdxVersion": "SPDX-2.3", "relationships": [None] * (SBOM_RELATIONSHIPS + 1)})


def test_the_document_is_not_changed() -> None:
    document = spdx()
    decode(document)
    assert document == spdx()
