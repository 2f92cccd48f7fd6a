"""Evidence is kept by all that it depends on, within bounds, and only where it is whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from verifier.limits import MIB
from verifier.model.bundle import Format, Unreadable
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.platform import Platform
from verifier.model.statement import SimpleSigning
from verifier.model.verified import KeySigner, VerifiedStatement
from verifier.pipeline import Gathered
from verifier.webhook.configuration import CacheBounds
from verifier.webhook.facts import Facts, FactsCache, Key

DIGEST = Digest.of(b"image")
STATEMENT = VerifiedStatement(
    content=SimpleSigning(DIGEST, "ghcr.io/org/app", {}),
    about=(DIGEST,),
    signer=KeySigner("sha256:key"),
    log=None,
    signed_at=None,
    format=Format.SIMPLE_SIGNING,
    evidence=Digest.of(b"evidence"),
    stored_at=("tag",),
)
KEY = Key(
    "ghcr.io/org/app",
    DIGEST,
    Digest.of(b"policies"),
    Digest.of(b"root"),
    (Platform.parse("linux/amd64"),),
    "",
)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def facts(clock: Clock, *, size: int = 1000, **evidence: Any) -> Facts:
    gathered = ImageEvidence(
        name="ghcr.io/org/app",
        digest=DIGEST,
        media_type="application/vnd.oci.image.manifest.v1+json",
        is_index=False,
        platforms=(),
        statements=(STATEMENT,),
        rejections=(),
        unsigned=(),
        unreadable=(),
        searched=(),
    )
    return Facts(Gathered(replace(gathered, **evidence), ()), size, clock.now)


def cache(clock: Clock, **bounds: Any) -> FactsCache:
    return FactsCache(replace(CacheBounds(), **bounds), clock=clock)


def test_what_was_kept_is_found_until_it_is_too_old() -> None:
    clock = Clock()
    kept, known = cache(clock, seconds=60), facts(clock)
    kept.put(KEY, known)
    assert kept.get(KEY) is known
    clock.now += 59.9
    assert kept.get(KEY) is known
    clock.now += 0.1
    assert kept.get(KEY) is None
    assert kept.sizes() == {"images": 0, "bytes": 0}


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, name="ghcr.io/org/other"),
        replace(KEY, digest=Digest.of(b"other")),
        replace(KEY, policies=Digest.of(b"other")),
        replace(KEY, trust_root=Digest.of(b"other")),
        replace(KEY, platforms=()),
        replace(KEY, access="sha256:other"),
    ],
)
def test_evidence_of_anything_else_says_nothing(other: Key) -> None:
    clock = Clock()
    kept = cache(clock)
    kept.put(KEY, facts(clock))
    assert kept.get(other) is None


def test_what_is_not_whole_or_not_there_is_not_kept() -> None:
    clock = Clock()
    kept = cache(clock)
    kept.put(KEY, facts(clock, statements=()))
    assert kept.get(KEY) is None
    kept.put(KEY, facts(clock, unreadable=(Unreadable("referrers", "RegistryError", "status 500"),)))
    assert kept.get(KEY) is None


def test_the_least_used_goes_first() -> None:
    clock = Clock()
    kept = cache(clock, images=2)
    keys = [replace(KEY, digest=Digest.of(bytes([number]))) for number in range(3)]
    kept.put(keys[0], facts(clock))
    kept.put(keys[1], facts(clock))
    kept.get(keys[0])
    kept.put(keys[2], facts(clock))
    assert [kept.get(key) is not None for key in keys] == [True, False, True]


def test_bytes_are_bounded() -> None:
    clock = Clock()
    kept = cache(clock, mebibytes=1)
    keys = [replace(KEY, digest=Digest.of(bytes([number]))) for number in range(3)]
    for key in keys:
        kept.put(key, facts(clock, size=MIB // 2))
    assert [kept.get(key) is not None for key in keys] == [False, True, True]
    kept.put(keys[0], facts(clock, size=MIB + 1))
    assert kept.get(keys[0]) is None
    kept.put(keys[1], facts(clock, size=10))
    assert kept.sizes() == {"images": 2, "bytes": MIB // 2 + 10}


def test_no_time_to_keep_means_nothing_is_kept() -> None:
    clock = Clock()
    kept = cache(clock, seconds=0)
    kept.put(KEY, facts(clock))
    assert kept.get(KEY) is None
    assert kept.sizes()["images"] == 0
