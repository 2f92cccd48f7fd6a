"""Shipped policies over images that others built and signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli import verify

POLICY = """\
version: 1
name: mine
extends: [{{policy: slsa-level-3, with: {{repository: "https://github.com/slsa-framework/{repository}"}}}}]
images: [ghcr.io/slsa-framework/**]
"""


@pytest.mark.parametrize("version", ["1.8.0", "2.0.0"])
@pytest.mark.parametrize(("repository", "code"), [("example-package", 0), ("example-package-2", 3)])
def test_slsa_level_3_knows_the_repository(
    tmp_path: Path, real_data: Path, version: str, repository: str, code: int
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.format(repository=repository))
    layout = real_data / "oci" / f"slsa-container-v{version}"
    done = verify(tmp_path, f"oci:{layout}", "--policy", str(policy), "--offline", "-o", "json")
    assert done.code == code, done.err
    (platform,) = done.report["images"][0]["platforms"]
    (check,) = platform["checks"]
    assert (check["rule"], check["code"]) == ("provenance", None if code == 0 else "IdentityError")


def test_a_certificate_of_before_the_claim_is_refused_and_says_why(tmp_path: Path, real_data: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.format(repository="example-package"))
    layout = real_data / "oci" / "slsa-container-v1.4.0"
    done = verify(tmp_path, f"oci:{layout}", "--policy", str(policy), "--offline")
    assert done.code == 3
    assert "the certificate has no sourceRepositoryURI" in " ".join(done.out.split())
