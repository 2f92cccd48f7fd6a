"""The trust root over TUF: fetched, cached, and never believed unchecked (TRS-01)."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.trustroot.tuf_repository import NOW, URL, ExampleInstance, TufRepository
from verifier.errors import TrustRootUnavailableError
from verifier.trustroot.instances import PUBLIC_GOOD, STAGING
from verifier.trustroot.tuf import TufTrustRoot

SHIPPED, FIRST, SECOND, FORGED = b"shipped", b"first", b"second", b"forged"


@pytest.fixture
def repository() -> TufRepository:
    repository = TufRepository()
    repository.publish(FIRST)
    return repository


@pytest.fixture
def online(repository: TufRepository, tmp_path: Path) -> TufTrustRoot:
    instance = ExampleInstance("example", URL, repository.root(), SHIPPED)
    return TufTrustRoot(instance, tmp_path / "tuf", repository.fetch, NOW)


def age(root: TufTrustRoot, *, seconds: float) -> None:
    """Make the cache ``seconds`` old."""
    assert root.directory is not None
    when = NOW.timestamp() - seconds
    os.utime(root.directory / "timestamp.json", (when, when))


def test_the_newest_trust_root_is_fetched(online: TufTrustRoot) -> None:
    root = online.load()
    assert root.raw == FIRST
    assert root.source == "example (TUF)"


def test_a_fresh_cache_needs_no_request(online: TufTrustRoot, repository: TufRepository) -> None:
    online.load()
    age(online, seconds=3600)
    repository.requests.clear()
    assert online.load().raw == FIRST
    assert repository.requests == []


def test_an_old_cache_is_refreshed(online: TufTrustRoot, repository: TufRepository) -> None:
    online.load()
    age(online, seconds=90_000)
    repository.publish(SECOND, version=2)
    assert online.load().raw == SECOND


def test_update_asks_whatever_the_age(online: TufTrustRoot, repository: TufRepository) -> None:
    online.load()
    age(online, seconds=0)
    repository.publish(SECOND, version=2)
    assert online.update().raw == SECOND


def test_offline_makes_no_request_and_uses_the_cache(online: TufTrustRoot) -> None:
    online.load()
    age(online, seconds=0)
    root = replace(online, fetch=None).load()
    assert root.raw == FIRST
    assert root.source == "example (TUF cache of 2026-11-01)"


def test_offline_without_cache_uses_the_shipped_copy_and_says_so(online: TufTrustRoot) -> None:
    root = replace(online, fetch=None).load()
    assert root.raw == SHIPPED
    assert root.source == "example (copy shipped with sigstore)"


def test_offline_update_is_refused(online: TufTrustRoot) -> None:
    with pytest.raises(TrustRootUnavailableError):
        replace(online, fetch=None).update()


@pytest.mark.parametrize(
    "name", ["targets/trusted_root.json", "targets.json", "timestamp.json", "root_history/1.root.json"]
)
def test_a_forged_cache_is_not_believed(online: TufTrustRoot, name: str) -> None:
    """The twin of `test_offline_makes_no_request_and_uses_the_cache`: one file of the cache is replaced."""
    online.load()
    assert online.directory is not None
    attacker = TufRepository()
    attacker.publish(FORGED)
    forged = {
        "targets/trusted_root.json": FORGED,
        "targets.json": attacker.files["1.targets.json"],
        "timestamp.json": attacker.files["timestamp.json"],
        "root_history/1.root.json": attacker.root(),
    }
    (online.directory / name).write_bytes(forged[name])
    root = replace(online, fetch=None).load()
    # The root metadata of version 1 is the shipped one; a file of that version is not even read.
    assert root.raw == (FIRST if name.startswith("root_history") else SHIPPED)


def test_a_root_that_cannot_be_read_is_not_passed_over(online: TufTrustRoot) -> None:
    """What came before it may have been withdrawn by it."""
    online.load()
    assert online.directory is not None
    assert replace(online, fetch=None).load().raw == FIRST
    following = online.directory / "root_history" / "2.root.json"
    following.symlink_to(following)
    assert replace(online, fetch=None).load().raw == SHIPPED


def test_a_cache_forged_as_a_whole_is_not_believed(online: TufTrustRoot) -> None:
    assert online.directory is not None
    attacker = TufRepository()
    attacker.publish(FORGED)
    instance = ExampleInstance("example", URL, attacker.root(), b"")
    TufTrustRoot(instance, online.directory, attacker.fetch, NOW).load()
    assert replace(online, fetch=None).load().raw == SHIPPED
    assert online.load().raw == FIRST


def test_a_root_signed_by_a_stranger_is_not_followed(online: TufTrustRoot, repository: TufRepository) -> None:
    online.load()
    assert online.directory is not None
    attacker = TufRepository()
    (online.directory / "root_history" / "2.root.json").write_bytes(attacker.root(version=2))
    assert replace(online, fetch=None).load().raw == SHIPPED
    # Its twin is signed by the key before as well.
    both = attacker.root(version=2, signers=(repository.signer, attacker.signer))
    (online.directory / "root_history" / "2.root.json").write_bytes(both)
    (online.directory / "targets.json").unlink()
    attacker.publish(SECOND)
    for name, file in (
        ("targets.json", "1.targets.json"),
        ("snapshot.json", "1.snapshot.json"),
        ("timestamp.json", "timestamp.json"),
    ):
        (online.directory / name).unlink(missing_ok=True)
        (online.directory / name).write_bytes(attacker.files[file])
    (online.directory / "targets" / "trusted_root.json").write_bytes(SECOND)
    assert replace(online, fetch=None).load().raw == SECOND


def test_an_unreachable_repository_is_bridged_by_an_unexpired_cache(
    online: TufTrustRoot, repository: TufRepository
) -> None:
    online.load()
    age(online, seconds=90_000)
    repository.down = True
    assert online.load().raw == FIRST


def test_an_unreachable_repository_is_not_bridged_by_an_expired_cache(
    online: TufTrustRoot, repository: TufRepository
) -> None:
    online.load()
    repository.down = True
    later = replace(online, now=NOW + timedelta(days=36_501))
    with pytest.raises(TrustRootUnavailableError) as caught:
        later.load()
    assert caught.value.hint is not None
    assert "--offline" in caught.value.hint


def test_an_unreachable_repository_without_cache_is_an_error(
    online: TufTrustRoot, repository: TufRepository
) -> None:
    repository.down = True
    with pytest.raises(TrustRootUnavailableError):
        online.load()


def test_a_repository_of_a_stranger_is_an_error(online: TufTrustRoot) -> None:
    attacker = TufRepository()
    attacker.publish(FORGED)
    with pytest.raises(TrustRootUnavailableError):
        replace(online, fetch=attacker.fetch).load()


def test_a_cache_that_cannot_be_written_is_done_without(
    online: TufTrustRoot, repository: TufRepository, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert replace(online, directory=tmp_path / "file" / "tuf").load().raw == FIRST
    assert replace(online, directory=None).load().raw == FIRST


@pytest.mark.parametrize("instance", [PUBLIC_GOOD, STAGING])
def test_sigstore_ships_what_its_instances_need(instance: ExampleInstance) -> None:
    root = TufTrustRoot(instance, None, None, NOW).load()
    assert b"certificateAuthorities" in root.raw
    assert b'"root"' in instance.bootstrap()


@pytest.mark.parametrize("name", ["targets.json", "snapshot.json", "timestamp.json"])
def test_a_file_of_an_older_cache_does_not_bring_back_what_was_trusted_then(
    online: TufTrustRoot, repository: TufRepository, tmp_path: Path, name: str
) -> None:
    """A signed file stays signed for ever; only together do they say what is trusted now."""
    online.load()
    older = tmp_path / "older"
    assert online.directory is not None
    shutil.copytree(online.directory, older)
    repository.publish(SECOND, version=2)
    online.update()
    age(online, seconds=0)
    offline = replace(online, fetch=None)
    assert offline.load().raw == SECOND
    for old in (name, "targets/trusted_root.json"):
        shutil.copy(older / old, online.directory / old)
    age(online, seconds=0)
    assert offline.load().raw == SHIPPED
    repository.requests.clear()
    assert online.load().raw == SECOND
    assert repository.requests


@pytest.mark.parametrize(
    "name",
    ["timestamp.json", "snapshot.json", "targets/trusted_root.json", "root_history/2.root.json", "odd"],
)
def test_a_pipe_in_the_cache_is_waited_for_by_nobody(online: TufTrustRoot, name: str) -> None:
    online.load()
    assert online.directory is not None
    pipe = online.directory / name
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    assert online.update().raw == FIRST
    assert replace(online, fetch=None).load().raw in {FIRST, SHIPPED}
    assert pipe.is_fifo()
