"""What the tests of layouts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.registry.evidence import Open
from verifier.model.digest import Digest
from verifier.model.reference import LayoutReference
from verifier.registry.layout import LayoutSource


@pytest.fixture
def opened() -> Iterator[Open]:
    sources: list[LayoutSource] = []

    def open_layout(path: Path, *, tag: str | None = None, digest: Digest | None = None) -> LayoutSource:
        sources.append(LayoutSource(LayoutReference(str(path), path.suffix == ".tar", tag, digest)))
        return sources[-1]

    yield open_layout
    for source in sources:
        source.close()
