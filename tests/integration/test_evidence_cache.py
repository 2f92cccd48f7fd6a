"""What was read before is judged again without a network, and is not believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.test_requests import REPOSITORY, settings, signed_index
from tests.registry_server import RegistryServer
from verifier.model.finding import Verdict
from verifier.model.report import ImageReport
from verifier.settings import Settings
from verifier.verification import verify_images


@pytest.fixture
def online(tmp_path: Path) -> tuple[ImageReport, Settings, str]:
    """A run against a registry that is gone afterwards: its report, settings without a network, a name."""
    contents, digests = signed_index()
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        report = verify_images([f"{server.address}/{REPOSITORY}"], chosen)
    assert report.verdict is Verdict.PASS
    name = f"{server.address}/{REPOSITORY}@{digests['index']}"
    return report.images[0], replace(chosen, offline=True), name


def images(settings: Settings) -> list[Path]:
    assert settings.cache is not None
    return sorted((settings.cache / "evidence").iterdir())


def test_an_image_by_digest_is_judged_again_as_before(online: tuple[ImageReport, Settings, str]) -> None:
    before, chosen, name = online
    again = verify_images([name], chosen).images[0]
    assert (again.verdict, again.digest, again.resolved) == (Verdict.PASS, before.digest, before.resolved)
    assert again.platforms == before.platforms
    assert len(again.signatures) == len(before.signatures)


@pytest.mark.parametrize("what", ["another digest", "a tag", "no cache"])
def test_what_was_never_read_cannot_be_found_out(
    online: tuple[ImageReport, Settings, str], what: str
) -> None:
    _, chosen, name = online
    bare = name.partition("@")[0]
    names = {"another digest": f"{bare}@sha256:{'ab' * 32}", "a tag": f"{bare}:latest", "no cache": name}
    report = verify_images([names[what]], replace(chosen, cache=None) if what == "no cache" else chosen)
    assert report.verdict is Verdict.UNAVAILABLE
    (check,) = report.images[0].checks
    assert (check.code, bool(check.hint)) == ("RegistryError", True)


def test_evidence_that_was_changed_in_the_cache_does_not_count(
    online: tuple[ImageReport, Settings, str],
) -> None:
    before, chosen, name = online
    (folder,) = images(chosen)
    blob = folder / "blobs" / "sha256" / before.signatures[0].statement.evidence.hex
    raw = bytearray(blob.read_bytes())
    raw[-2] ^= 1
    blob.write_bytes(raw)
    assert verify_images([name], chosen).verdict in {Verdict.UNVERIFIED, Verdict.UNAVAILABLE}
    raw[-2] ^= 1
    blob.write_bytes(raw)
    assert verify_images([name], chosen).verdict is Verdict.PASS


def test_evidence_that_was_taken_from_the_cache_is_missing(online: tuple[ImageReport, Settings, str]) -> None:
    before, chosen, name = online
    (folder,) = images(chosen)
    (folder / "blobs" / "sha256" / before.signatures[0].statement.evidence.hex).unlink()
    assert verify_images([name], chosen).verdict in {Verdict.UNVERIFIED, Verdict.UNAVAILABLE}


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    contents, _ = signed_index()
    (tmp_path / "cache").write_text("a file where the folder should be")
    warnings: list[str] = []
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        report = verify_images([f"{server.address}/{REPOSITORY}"], chosen, warn=warnings.append)
    assert report.verdict is Verdict.PASS
    assert any("evidence cache cannot be written" in warning for warning in warnings)
