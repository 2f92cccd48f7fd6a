"""SBOM files in every serialisation."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.writer.rdf.rdf_writer import write_document_to_stream as write_rdf
from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document as write_tag_value
from spdx_tools.spdx.writer.xml.xml_writer import write_document_to_stream as write_xml
from spdx_tools.spdx.writer.yaml.yaml_writer import write_document_to_stream as write_yaml

from tests.unit.sbom.documents import cyclonedx, package, spdx
from tests.unit.sbom.rich import rich
from verifier.errors import LimitExceeded, SbomError
from verifier.limits import ACTOR_LENGTH, SBOM_BYTES, SBOM_OTHER_BYTES
from verifier.model.sbom import Sbom
from verifier.sbom.files import Serialisation, check_sbom_file, detect, read_sbom_file
from verifier.sbom.foreign import parse


def as_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def as_yaml(document: dict[str, Any]) -> bytes:
    stream = io.StringIO()
    write_yaml(parse(document), stream, validate=False)
    return stream.getvalue().encode()


def as_xml(document: dict[str, Any]) -> bytes:
    stream = io.StringIO()
    write_xml(parse(document), stream, validate=False)
    return stream.getvalue().encode()


def as_tag_value(document: dict[str, Any]) -> bytes:
    stream = io.StringIO()
    write_tag_value(parse(document), stream)
    return stream.getvalue().encode()


def as_rdf(document: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    write_rdf(parse(document), stream, validate=False)
    return stream.getvalue()


WRITERS: dict[Serialisation, Callable[[dict[str, Any]], bytes]] = {
    Serialisation.JSON: as_json,
    Serialisation.YAML: as_yaml,
    Serialisation.XML: as_xml,
    Serialisation.TAG_VALUE: as_tag_value,
    Serialisation.RDF: as_rdf,
}


def contents(sbom: Sbom) -> tuple[Any, ...]:
    """What must be the same in all serialisations: order and spelling of licences are not, in RDF."""
    packages = sorted(
        (
            each.element_id,
            each.name,
            each.version,
            each.supplier,
            sorted(each.license_declared.replace("(", " ").replace(")", " ").split()),
            each.purls,
            each.checksums,
            each.purpose,
            each.files_analyzed,
        )
        for each in sbom.packages
    )
    # Tag-value says that a file is in a package by its place.
    related = {
        (each.target, each.source) if each.type == "CONTAINED_BY" else (each.source, each.target)
        for each in sbom.relationships
        if each.type != "DESCRIBES"
    }
    heading = (sbom.format, sbom.name, sbom.namespace, sbom.created, sorted(sbom.creators), sbom.describes)
    licenses = sorted((each.license_id, each.text) for each in sbom.extracted_licenses)
    return heading, packages, related, licenses, sbom.files


@pytest.mark.parametrize("serialisation", WRITERS)
@pytest.mark.parametrize("document", [spdx(5), rich()], ids=["plain", "rich"])
def test_every_serialisation_says_the_same(serialisation: Serialisation, document: dict[str, Any]) -> None:
    checked = check_sbom_file(WRITERS[serialisation](document), name="sbom")
    assert checked.serialisation is serialisation
    assert checked.problems == ()
    assert checked.sbom is not None
    wanted = read_sbom_file(as_json(document), name="sbom")
    assert contents(checked.sbom) == contents(wanted)


@pytest.mark.parametrize("serialisation", WRITERS)
def test_problems_are_found_in_every_serialisation(serialisation: Serialisation) -> None:
    document = spdx(2) | {"documentNamespace": "no uri"}
    if serialisation is Serialisation.RDF:
        document = spdx(2) | {"dataLicense": "MIT"}
    checked = check_sbom_file(WRITERS[serialisation](document), name="sbom")
    assert checked.sbom is not None
    assert checked.problems
    assert len(checked.problems) == 1


def test_what_cannot_be_decoded_is_a_problem_beside_the_others() -> None:
    document = spdx(1) | {"packages": [package(1), package(1)], "dataLicense": "MIT"}
    checked = check_sbom_file(as_json(document), name="sbom")
    assert checked.sbom is None
    assert checked.problems is not None
    assert checked.problems[0].element == "$.packages[1].SPDXID"
    assert len(checked.problems) > 2
    with pytest.raises(SbomError):
        read_sbom_file(as_json(document), name="sbom")


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({}, [("$.spdxVersion", "missing, so this is no SPDX document")]),
        (
            {"spdxVersion": "SPDX-1.2"},
            [("$.spdxVersion", "'SPDX-1.2' is not supported; supported are SPDX-2.2 and SPDX-2.3")],
        ),
        ({"@context": "x"}, [("$", "an SPDX 3 document; supported are SPDX-2.2 and SPDX-2.3")]),
        (
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library"}]},
            [("$.components[0]", "the member 'name' is missing")],
        ),
        (
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": 5, "type": "library"}]},
            [("$.components[0].name", "a number where a text belongs")],
        ),
    ],
)
def test_what_two_readers_find_is_told_once(
    document: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    checked = check_sbom_file(as_json(document), name="x.json")
    assert checked.sbom is None
    assert [*map(tuple, checked.problems)] == problems


@pytest.mark.parametrize("serialisation", Serialisation)
def test_one_byte_order_mark_is_ignored(serialisation: Serialisation) -> None:
    """RFC 8259, section 8.1; two are one too many."""
    raw = WRITERS[serialisation](rich())
    mark = b"\xef\xbb\xbf"
    assert contents(read_sbom_file(mark + raw, name="x")) == contents(read_sbom_file(raw, name="x"))
    assert check_sbom_file(mark + raw, name="x") == check_sbom_file(raw, name="x")
    with pytest.raises(SbomError):
        check_sbom_file(mark + mark + raw, name="x")


def test_cyclonedx_in_xml_is_refused_by_name() -> None:
    raw = b'<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"/>'
    with pytest.raises(SbomError, match="CycloneDX in XML is not read"):
        check_sbom_file(raw, name="bom.xml")
    with pytest.raises(SbomError, match="no top element named Document"):
        check_sbom_file(raw.replace(b"<bom", b"<other"), name="bom.xml")


def test_cyclonedx_is_decoded_and_validated() -> None:
    document = cyclonedx(specVersion="1.6")
    checked = check_sbom_file(as_json(document), name="sbom")
    assert checked.sbom is not None
    assert checked.sbom.format == "CycloneDX-1.6"
    assert checked.problems == ()
    bad = check_sbom_file(as_json(document | {"componentss": []}), name="sbom")
    assert [problem.element for problem in bad.problems] == ["$"]


@pytest.mark.parametrize(
    ("raw", "name", "serialisation"),
    [
        (b' {"spdxVersion"', "x.yaml", Serialisation.JSON),
        (b"\xef\xbb\xbf{}", "x", Serialisation.JSON),
        (b"<?xml version='1.0'?><Document/>", "x.rdf", Serialisation.XML),
        (b"<?xml version='1.0'?>\n<rdf:RDF>", "x.xml", Serialisation.RDF),
        (b"# a comment\nSPDXVersion: SPDX-2.3", "x.json", Serialisation.TAG_VALUE),
        (b"---\nSPDXID: SPDXRef-DOCUMENT\n", "x", Serialisation.YAML),
        (b'"spdxVersion": SPDX-2.3\n', "x", Serialisation.YAML),
        (b"", "a.spdx.json", Serialisation.JSON),
        (b"", "a.YML", Serialisation.YAML),
        (b"", "a.rdf.xml", Serialisation.RDF),
        (b"", "a.xml", Serialisation.XML),
        (b"", "a.spdx", Serialisation.TAG_VALUE),
    ],
)
def test_the_content_tells_before_the_name(raw: bytes, name: str, serialisation: Serialisation) -> None:
    assert detect(raw, name=name) is serialisation


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(SbomError) as refusal:
        detect(b"hello", name="hello.txt")
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "x.json"),
        (b"{", "x.json"),
        (b'{"spdxVersion":"SPDX-2.3","spdxVersion":"SPDX-2.3"}', "x.json"),
        (b"[]", "x.json"),
        (b"", "x.yaml"),
        (b"a: [", "x.yaml"),
        (b"a: b", "x.yaml"),
        (b"\xff", "x.yaml"),
        (b"spdxVersion: SPDX-2.3\nspdxVersion: SPDX-2.3\n", "x.yaml"),
        (b"", "x.xml"),
        (b"<a", "x.xml"),
        (b"<a/>", "x.xml"),
        (b"<Document/>", "x.xml"),
        (b"<Document>text</Document>", "x.xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>', "x.xml"),
        ('<?xml version="1.0" encoding="UTF-16"?><Document/>'.encode("utf-16"), "x.xml"),
        (b"<a>" * 1000 + b"</a>" * 1000, "x.xml"),
        (b"", "x.rdf"),
        (b"<rdf:RDF", "x.rdf"),
        (b"<rdf:RDF/>", "x.rdf"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><rdf:RDF/>', "x.rdf"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "x.rdf"),
        (b"", "x.spdx"),
        (b"SPDXVersion", "x.spdx"),
        (b"SPDXVersion: \x00\xc3\xa9\n: :", "x.spdx"),
        (b"SPDXVersion: SPDX-2.3\nCreator: Person: " + b"(" * ACTOR_LENGTH, "x.spdx"),
        (b"SPDXVersion: SPDX-2.3\nPackageLicenseDeclared: " + b"MIT OR " * 2000, "x.spdx"),
    ],
)
def test_hostile_files_are_refused(raw: bytes, name: str) -> None:
    with pytest.raises(SbomError):
        read_sbom_file(raw, name=name)


def test_a_line_break_in_a_locator_is_refused_in_rdf() -> None:
    good = as_rdf(spdx(2))
    assert len(read_sbom_file(good, name="x.rdf").packages) == 2
    bad = good.replace(b"pkg:apk/wolfi/p1@", b"pkg:" + b"/@?#" * 100 + b"&#10;x@")
    with pytest.raises(SbomError):
        check_sbom_file(bad, name="x.rdf")


@pytest.mark.parametrize(
    ("limit", "start", "name"),
    [
        (SBOM_BYTES, b"{", "x.json"),
        (SBOM_OTHER_BYTES, b"SPDXID: a\n", "x.yaml"),
        (SBOM_OTHER_BYTES, b"<a/>", "x.xml"),
        (SBOM_OTHER_BYTES, b"SPDXVersion: SPDX-2.3\n", "x.spdx"),
    ],
)
def test_the_size_is_bounded(limit: int, start: bytes, name: str) -> None:
    with pytest.raises(LimitExceeded):
        read_sbom_file(start.ljust(limit + 1), name=name)


def test_real_documents_pass_through(real_data: Path) -> None:
    raw = (real_data / "sbom" / "syft-image.spdx.json").read_bytes()
    checked = check_sbom_file(raw, name="syft-image.spdx.json")
    assert checked.sbom is not None
    assert checked.problems is not None
    assert len(checked.problems) == 77  # absolute file names, which SPDX forbids and syft wrote
