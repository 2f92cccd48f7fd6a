"""The content cache: never needed, never believed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from verifier.errors import CacheError
from verifier.model.digest import Digest
from verifier.registry.cache import CacheInfo, ContentCache

RAW = b"content"
DIGEST = Digest.of(RAW)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, warnings: list[str]) -> ContentCache:
    return ContentCache(tmp_path / "a" / "cache", warn=warnings.append)


def place(cache: ContentCache) -> Path:
    return cache.info().path / "sha256" / DIGEST.hex


def test_what_was_put_is_had_and_nothing_else(cache: ContentCache, warnings: list[str]) -> None:
    assert cache.get(DIGEST) is None
    cache.put(DIGEST, RAW)
    assert cache.get(DIGEST) == RAW
    assert cache.get(Digest.of(b"other")) is None
    cache.put(Digest.of(b""), b"")
    assert cache.get(Digest.of(b"")) == b""
    assert warnings == []


def test_only_the_user_can_read_it(cache: ContentCache) -> None:
    cache.put(DIGEST, RAW)
    entry = place(cache)
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(entry.parent.parent.stat().st_mode) == 0o700


def test_it_counts_and_clears(cache: ContentCache) -> None:
    assert cache.clear() == CacheInfo(cache.info().path, 0, 0)
    cache.put(DIGEST, RAW)
    cache.put(Digest.of(b"other"), b"other")
    left = place(cache).parent / f".{DIGEST.hex}.1.abc"
    left.write_bytes(b"left by a process that was killed")
    assert cache.info() == CacheInfo(cache.info().path, 2, 12)
    assert cache.clear().entries == 2
    assert cache.info().entries == 0
    assert not left.exists()
    assert cache.get(DIGEST) is None


def _other_bytes(entry: Path) -> None:
    entry.write_bytes(b"CONTENT")


def _truncated(entry: Path) -> None:
    entry.write_bytes(RAW[:-1])


def _vast(entry: Path) -> None:
    with entry.open("r+b") as file:
        file.truncate(2**40)


def _link(entry: Path) -> None:
    target = entry.parent.parent / "elsewhere"
    target.write_bytes(RAW)  # the right content, not in the cache
    entry.unlink()
    entry.symlink_to(target)


def _fifo(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)


@pytest.mark.parametrize("harm", [_other_bytes, _truncated, _vast, _link, _fifo])
def test_a_bad_entry_is_removed_and_said_once(
    harm: Callable[[Path], None], cache: ContentCache, warnings: list[str]
) -> None:
    cache.put(DIGEST, RAW)
    harm(place(cache))
    assert cache.get(DIGEST) is None
    assert not os.path.lexists(place(cache))
    assert len(warnings) == 1
    cache.put(DIGEST, RAW)
    assert cache.get(DIGEST) == RAW


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_cache_that_others_may_write_to_is_not_used(
    mode: int, cache: ContentCache, warnings: list[str]
) -> None:
    cache.put(DIGEST, RAW)
    folder = place(cache).parent
    folder.chmod(mode)
    assert cache.get(DIGEST) is None
    cache.put(Digest.of(b"other"), b"other")
    assert len(warnings) == 1
    assert "others" in warnings[0]
    folder.chmod(0o700)
    assert cache.get(DIGEST) == RAW
    assert cache.info().entries == 1


def test_a_linked_folder_is_not_used(cache: ContentCache, warnings: list[str]) -> None:
    cache.put(DIGEST, RAW)
    folder = place(cache).parent
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    assert cache.get(DIGEST) is None
    assert len(warnings) == 1


def test_trouble_is_said_once_and_stops_nothing(tmp_path: Path, warnings: list[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = ContentCache(tmp_path / "file" / "cache", warn=warnings.append)
    for _ in range(2):
        cache.put(DIGEST, RAW)
        assert cache.get(DIGEST) is None
    assert len(warnings) == 1
    with pytest.raises(CacheError):
        cache.info()
    with pytest.raises(CacheError):
        cache.clear()


FULL_DISK = """
import resource, sys
from pathlib import Path
from verifier.model.digest import Digest
from verifier.registry.cache import ContentCache
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
raw = bytes(100_000)
cache = ContentCache(Path(sys.argv[1]), warn=print)
cache.put(Digest.of(raw), raw)
cache.put(Digest.of(raw), raw)
print(cache.get(Digest.of(raw)))
"""


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "cache")], capture_output=True, text=True, check=True
    )
    warning, found = done.stdout.splitlines()
    assert "cannot be used" in warning
    assert found == "None"
    assert list((tmp_path / "cache" / "sha256").iterdir()) == []


# Every process writes and reads the same entries, and now and then damages or removes one.
CONTENDER = """
import random, sys
from pathlib import Path
from verifier.model.digest import Digest
from verifier.registry.cache import ContentCache
chance = random.Random(sys.argv[2])
cache = ContentCache(Path(sys.argv[1]), warn=lambda text: None)
for round in range(100):
    raw = bytes([chance.randrange(4)]) * 20_000
    digest = Digest.of(raw)
    cache.put(digest, raw)
    found = cache.get(digest)
    if found is not None and found != raw:
        sys.exit("wrong content")
    if chance.random() < 0.1:
        cache.clear()
    if chance.random() < 0.1:
        (Path(sys.argv[1]) / "sha256" / digest.hex).write_bytes(raw[:100])
"""


def test_many_processes_share_one_cache(tmp_path: Path, cache: ContentCache) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CONTENDER, str(tmp_path / "cache"), str(seed)], stderr=subprocess.PIPE
        )
        for seed in range(4)
    ]
    for process in processes:
        _, problems = process.communicate(timeout=60)
        assert (process.returncode, problems) == (0, b"")
    assert not list((tmp_path / "cache" / "sha256").glob(".*"))
