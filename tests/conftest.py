"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A test that fails because a machine is busy says nothing; benchmarks/ measures.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real signed images, bundles and SBOMs; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "real"
    if not folder.is_dir():
        pytest.skip("no real data: ../shared/real is absent")
    return folder


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The repository's own test data."""
    return ROOT / "testdata"
