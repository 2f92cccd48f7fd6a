"""Hostile SBOMs only ever give the declared errors."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.json_values import changed, values
from tests.unit.sbom.documents import cyclonedx, spdx
from tests.unit.sbom.rich import rich
from tests.unit.sbom.test_files import WRITERS
from verifier.errors import LimitExceeded, SbomError
from verifier.model.sbom import Sbom
from verifier.sbom.binding import binding
from verifier.sbom.compare import SbomDifference, compare
from verifier.sbom.cyclonedx import CycloneDxDecoder
from verifier.sbom.files import Serialisation, check_sbom_file
from verifier.sbom.interface import SbomDecoder
from verifier.sbom.spdx import SpdxDecoder
from verifier.sbom.validation import validate

DECODERS: tuple[SbomDecoder, ...] = (SpdxDecoder(), CycloneDxDecoder())


def check(document: Any) -> None:
    for decoder in DECODERS:
        with contextlib.suppress(SbomError, LimitExceeded):
            sbom = decoder.decode(document)
            assert_sound(sbom)
    if isinstance(document, dict) and isinstance(document.get("packages"), list):
        with contextlib.suppress(SbomError, LimitExceeded):
            assert len(SpdxDecoder().decode(document).packages) == len(document["packages"])


def assert_sound(sbom: Sbom) -> None:
    """Whatever is accepted holds texts that can be written, and identifiers that are unique."""
    identifiers = [package.element_id for package in sbom.packages if package.element_id]
    assert len(set(identifiers)) == len(identifiers)
    for package in sbom.packages:
        for value in package:
            if isinstance(value, str):
                value.encode()
    for relationship in sbom.relationships:
        "".join(relationship).encode()
    said = binding(sbom)
    assert said.lists_only_images or sbom.packages
    assert compare(sbom, sbom) == SbomDifference((), (), (), ())


@given(values)
def test_any_json(document: Any) -> None:
    check(document)


@given(changed(lambda: spdx(3)) | changed(rich) | changed(cyclonedx))
def test_changed_documents(document: Any) -> None:
    check(document)


@given(values | changed(rich))
@settings(max_examples=50)
def test_validation_raises_nothing(document: Any) -> None:
    validate(document)


_SOURCES = {serialisation: write(rich()) for serialisation, write in WRITERS.items()}


@pytest.mark.parametrize("serialisation", Serialisation)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_files(serialisation: Serialisation, data: st.DataObject) -> None:
    raw = bytearray(_SOURCES[serialisation])
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 30))
        raw[start : start + length] = data.draw(st.binary(max_size=10))
    with contextlib.suppress(SbomError, LimitExceeded):
        check_sbom_file(bytes(raw), name="sbom")


@given(st.binary(max_size=200), st.sampled_from(["x.json", "x.yaml", "x.xml", "x.rdf", "x.spdx", "x"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes(raw: bytes, name: str) -> None:
    with contextlib.suppress(SbomError, LimitExceeded):
        check_sbom_file(raw, name=name)


@given(values | changed(lambda: spdx(2)))
def test_any_json_file(document: Any) -> None:
    with contextlib.suppress(SbomError, LimitExceeded):
        checked = check_sbom_file(json.dumps(document).encode(), name="x.json")
        assert checked.sbom is not None or checked.problems
