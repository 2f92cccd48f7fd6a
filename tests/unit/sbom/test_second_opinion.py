"""The decoder beside spdx-tools' parser: both see the same packages, licences and relationships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

from tests.unit.sbom.documents import spdx
from tests.unit.sbom.rich import rich
from verifier.limits import SBOM_BYTES
from verifier.model.sbom import Sbom
from verifier.sbom.spdx import SpdxDecoder
from verifier.strict_json import loads

REAL = (
    "apko-custom-license",
    "apko-golden-aarch64",
    "apko-golden-index",
    "apko-golden-x86_64",
    "spdx-2.3-with-security",
    "syft-image",
)


def compare(raw: bytes) -> None:
    """Assert that both read the same out of ``raw``."""
    document = loads(raw, limit=SBOM_BYTES)
    assert isinstance(document, dict)
    ours = SpdxDecoder().decode(document)
    theirs = JsonLikeDictParser().parse(json.loads(raw))  # type: ignore[no-untyped-call]
    assert [package.element_id for package in ours.packages] == [each.spdx_id for each in theirs.packages]
    assert [package.name for package in ours.packages] == [each.name for each in theirs.packages]
    assert [package.version for package in ours.packages] == [each.version or "" for each in theirs.packages]
    assert [package.files_analyzed for package in ours.packages] == [
        each.files_analyzed for each in theirs.packages
    ]
    for package, other in zip(ours.packages, theirs.packages, strict=True):
        assert_licence(package.license_declared, other.license_declared)
        assert_licence(package.license_concluded, other.license_concluded)
        assert list(package.purls) == [
            reference.locator for reference in other.external_references if reference.reference_type == "purl"
        ]
        assert [value for _, value in package.checksums] == [each.value for each in other.checksums]
    compare_relationships(document, ours, theirs)
    assert ours.files == len(theirs.files)
    assert [info.license_id for info in ours.extracted_licenses] == [
        info.license_id for info in theirs.extracted_licensing_info
    ]
    assert ours.created is not None
    assert ours.created.replace(tzinfo=None) == theirs.creation_info.created
    assert ours.namespace == theirs.creation_info.document_namespace


def assert_licence(ours: str, theirs: Any) -> None:
    # spdx-tools canonicalises (mit becomes MIT); the words are the same ones.
    wanted = "" if theirs is None else str(theirs)
    assert sorted(ours.replace("(", " ").replace(")", " ").split()) == sorted(
        wanted.replace("(", " ").replace(")", " ").split()
    )


def compare_relationships(document: dict[str, Any], ours: Sbom, theirs: Document) -> None:
    """Those that the document lists come first; spdx-tools adds what the short forms imply."""
    listed = theirs.relationships[: len(document["relationships"])]
    assert [tuple(each) for each in ours.relationships] == [
        (each.spdx_element_id, each.relationship_type.name, str(each.related_spdx_element_id))
        for each in listed
    ]
    described = [
        each.related_spdx_element_id
        for each in theirs.relationships
        if each.relationship_type.name == "DESCRIBES" and each.spdx_element_id == theirs.creation_info.spdx_id
    ]
    assert sorted(ours.describes) == sorted(map(str, described))


@pytest.mark.parametrize("name", REAL)
def test_real_documents(real_data: Path, name: str) -> None:
    compare((real_data / "sbom" / f"{name}.spdx.json").read_bytes())


@pytest.mark.parametrize("document", [spdx(1), spdx(200), spdx(5, spdxVersion="SPDX-2.2"), rich()])
def test_made_documents(document: dict[str, Any]) -> None:
    compare(json.dumps(document).encode())
