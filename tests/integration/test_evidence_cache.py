"""What was read before is judged again without a network, and is not believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.test_requests import REPOSITORY, settings, signed_index
from tests.permissions import locked
from tests.registry_server import Fault, RegistryServer
from verifier.errors import CacheError
from verifier.model.finding import Verdict
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.model.report import ImageReport
from verifier.registry.evidence_cache import EvidenceCache
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


def test_another_name_for_the_same_digest_was_never_read(online: tuple[ImageReport, Settings, str]) -> None:
    """Else a policy would be chosen by a name that nobody looked at."""
    _, chosen, name = online
    other = f"registry.example/other@{name.partition('@')[2]}"
    assert verify_images([other], chosen).verdict is Verdict.UNAVAILABLE
    assert verify_images([name], chosen).verdict is Verdict.PASS


def test_a_run_for_one_platform_keeps_what_was_read_for_another(tmp_path: Path) -> None:
    contents, digests = signed_index()
    with RegistryServer(contents, REPOSITORY) as server:
        amd64 = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        arm64 = replace(amd64, platforms=(Platform.parse("linux/arm64"),))
        name = f"{server.address}/{REPOSITORY}@{digests['index']}"
        assert verify_images([name], amd64).verdict is Verdict.PASS
        assert verify_images([name], replace(arm64, offline=True)).verdict is not Verdict.PASS
        assert verify_images([name], arm64).verdict is Verdict.PASS
    for chosen in (amd64, arm64):
        assert verify_images([name], replace(chosen, offline=True)).verdict is Verdict.PASS


def test_what_was_taken_away_from_the_registry_is_forgotten_and_what_could_not_be_read_is_not(
    tmp_path: Path,
) -> None:
    contents, digests = signed_index()
    signature = digests["index"].replace(":", "-") + r"\.sig"
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        offline = replace(chosen, offline=True)
        name = f"{server.address}/{REPOSITORY}@{digests['index']}"
        assert verify_images([name], chosen).verdict is Verdict.PASS
        for status, online_verdict, offline_verdict in (
            (403, Verdict.UNAVAILABLE, Verdict.PASS),
            (404, Verdict.UNVERIFIED, Verdict.UNVERIFIED),
        ):
            server.faults[:] = [Fault(signature, status)]
            assert verify_images([name], chosen).verdict is online_verdict
            assert verify_images([name], offline).verdict is offline_verdict


@pytest.mark.parametrize("damage", ["blobs", "index.json", "oci-layout"])
def test_a_damaged_entry_is_none_and_is_mended_by_the_next_run(tmp_path: Path, damage: str) -> None:
    contents, digests = signed_index()
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        offline = replace(chosen, offline=True)
        name = f"{server.address}/{REPOSITORY}@{digests['index']}"
        verify_images([name], chosen)
        (folder,) = images(chosen)
        for path in (folder / "blobs" / "sha256").iterdir() if damage == "blobs" else [folder / damage]:
            path.write_bytes(b"")
        assert verify_images([name], offline).verdict in {Verdict.UNVERIFIED, Verdict.UNAVAILABLE}
        assert verify_images([name], chosen).verdict is Verdict.PASS
        assert verify_images([name], offline).verdict is Verdict.PASS


def test_a_cache_of_somebody_else_is_a_warning(
    online: tuple[ImageReport, Settings, str], tmp_path: Path
) -> None:
    """``sudo`` with the caller's home leaves such a cache behind."""
    before, chosen, name = online
    assert before.digest is not None
    assert chosen.cache is not None
    reference = parse_reference(name)
    assert isinstance(reference, ImageReference)
    warnings: list[str] = []
    cache = EvidenceCache(chosen.cache / "evidence", warnings.append)
    assert cache.open(reference, before.digest) is not None
    with locked(chosen.cache / "evidence"):
        assert cache.open(reference, before.digest) is None
        for ask in (cache.size, cache.clear):
            with pytest.raises(CacheError, match="Permission denied"):
                ask()
    assert "cannot be read" in warnings[0]
    assert cache.size()[0] == 1
    cache.clear()
    assert cache.size() == (0, 0)


def test_saved_evidence_remembers_what_could_not_be_read(tmp_path: Path) -> None:
    contents, digests = signed_index()
    signature = digests["index"].replace(":", "-") + r"\.sig"
    for status, verdict in ((403, Verdict.UNAVAILABLE), (404, Verdict.UNVERIFIED)):
        saved = tmp_path / str(status)
        with RegistryServer(contents, REPOSITORY, faults=[Fault(signature, status)]) as server:
            chosen = replace(settings(server, tmp_path), save_evidence=saved)
            first = verify_images([f"{server.address}/{REPOSITORY}"], chosen)
        again = verify_images([f"oci:{saved}"], replace(chosen, save_evidence=None, offline=True))
        assert (first.verdict, again.verdict) == (verdict, verdict)
        codes = [[c.code for c in report.images[0].platforms[0].checks] for report in (first, again)]
        assert codes[0] == codes[1]


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    contents, _ = signed_index()
    (tmp_path / "cache").write_text("a file where the folder should be")
    warnings: list[str] = []
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        report = verify_images([f"{server.address}/{REPOSITORY}"], chosen, warn=warnings.append)
    assert report.verdict is Verdict.PASS
    assert any("evidence cache cannot be written" in warning for warning in warnings)


def test_an_image_that_is_asked_about_in_several_ways_at_once_is_kept(tmp_path: Path) -> None:
    contents, digests = signed_index()
    warnings: list[str] = []
    with RegistryServer(contents, REPOSITORY) as server:
        chosen = replace(settings(server, tmp_path), cache=tmp_path / "cache")
        name = f"{server.address}/{REPOSITORY}"
        pinned = f"{name}@{digests['index']}"
        ways = [name, pinned, f"{name}:latest", f"{name}:latest@{digests['index']}"]
        report = verify_images(ways * 2, chosen, warn=warnings.append)
    assert (report.verdict, warnings) == (Verdict.PASS, [])
    assert len(images(chosen)) == 1
    assert verify_images([pinned], replace(chosen, offline=True)).verdict is Verdict.PASS
