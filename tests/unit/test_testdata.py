"""The files under testdata/ are what testdata/build.py makes, and are what they are said to be."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from testdata.build import build, differences
from tests.sigstore_instance.signing import sha256


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    build(folder)
    return folder


def test_the_files_are_up_to_date(made: Path, testdata: Path) -> None:
    assert differences(made, testdata) == [], "run: python -m testdata.build"


def test_a_changed_a_missing_and_a_further_file_are_noticed(made: Path, tmp_path: Path) -> None:
    build(tmp_path)
    assert differences(made, tmp_path) == []
    (tmp_path / "trusted_root.json").write_bytes(b"{}")
    (tmp_path / "bundles" / "artifact.txt").unlink()
    (tmp_path / "layouts" / "demo" / "more").write_bytes(b"")
    assert differences(made, tmp_path) == ["bundles/artifact.txt", "layouts/demo/more", "trusted_root.json"]


def test_the_files_are_small(testdata: Path) -> None:
    folders = (testdata / "layouts", testdata / "bundles")
    assert sum(file.stat().st_size for folder in folders for file in folder.rglob("*")) < 1_000_000


def test_every_blob_has_its_digest(testdata: Path) -> None:
    blobs = list((testdata / "layouts").glob("*/blobs/sha256/*"))
    assert len(blobs) > 50
    assert [blob for blob in blobs if sha256(blob.read_bytes()) != blob.name] == []


def test_the_sboms_of_the_demonstration_are_valid_for_spdx_tools(testdata: Path) -> None:
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    sboms = [predicate for kind, predicate in _attested(testdata / "layouts" / "demo") if "spdx" in kind]
    parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]
    documents = [parser.parse(sbom) for sbom in sboms]
    assert [validate_full_spdx_document(document) for document in documents] == [[], [], [], []]
    assert sorted(len(document.packages) for document in documents) == [4, 18, 18, 18]


def _attested(layout: Path) -> list[tuple[str, Any]]:
    """Predicate type and predicate of every DSSE envelope of a layout."""
    found = []
    for blob in (layout / "blobs" / "sha256").iterdir():
        raw = blob.read_bytes()
        if b'"payloadType"' in raw[:100]:
            statement = json.loads(base64.b64decode(json.loads(raw)["payload"]))
            found.append((statement["predicateType"], statement["predicate"]))
    return found
