"""The files under testdata/manifests name exactly what expected.json says, there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workload import found_in, readers
from verifier.workload.interface import Found


@pytest.fixture(scope="module")
def manifests() -> Path:
    return Path(__file__).resolve().parents[3] / "testdata" / "manifests"


@pytest.fixture(scope="module")
def found(manifests: Path) -> Found:
    kinds = (manifests / "kinds.yaml").read_text(encoding="utf-8")
    return found_in(manifests, readers(manifests, kinds=kinds), exclude=["expected.json"])


@pytest.fixture(scope="module")
def expected(manifests: Path) -> dict[str, list[dict[str, Any]]]:
    document: dict[str, list[dict[str, Any]]] = json.loads((manifests / "expected.json").read_bytes())
    return document


def test_every_image_is_found_where_it_is_named(
    manifests: Path, found: Found, expected: dict[str, list[dict[str, Any]]]
) -> None:
    assert [str(problem) for problem in found.problems] == []
    actual = [
        {
            "file": Path(image.location.file).relative_to(manifests).as_posix(),
            "line": image.location.line,
            "column": image.location.column,
            "object": image.location.object,
            "field": image.location.field,
            "reference": image.reference,
            "platforms": [str(platform) for platform in image.platforms],
            "pinnable": image.span is not None,
        }
        for image in found.images
    ]

    def order(entry: dict[str, Any]) -> tuple[object, ...]:
        return tuple(entry[key] for key in ("file", "line", "column", "object", "field"))

    assert sorted(actual, key=order) == sorted(expected["images"], key=order)


def test_what_is_built_is_found(
    manifests: Path, found: Found, expected: dict[str, list[dict[str, Any]]]
) -> None:
    actual = [
        {
            "file": Path(built.location.file).relative_to(manifests).as_posix(),
            "line": built.location.line,
            "name": built.name,
        }
        for built in found.built
    ]
    assert actual == expected["built"]


def test_each_place_is_where_the_text_stands(found: Found) -> None:
    for image in found.images:
        if image.span is None:
            continue
        text = Path(image.location.file).read_bytes().decode("utf-8")
        line = text.split("\n")[image.location.line - 1]
        rest = line[image.location.column - 1 :]
        # Columns count from the quote, where there is one.
        assert rest.lstrip("'\"").startswith(image.reference)
        assert image.span.source.text[image.span.start : image.span.end] == image.reference


def test_what_was_not_looked_at_is_said(found: Found) -> None:
    said = " ".join(found.unseen)
    assert "HelmRelease agents/elsewhere: the images of its chart" in said
    assert "Application argocd/elsewhere" in said
    assert "the service web changes one of another file" in said
