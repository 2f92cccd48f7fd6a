"""Fetch, verify and judge, over a repository in memory and a verifier that does as it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pytest

from tests.unit.policy.factory import MALLORY, decoded, signature
from tests.unit.policy.judging import NOW, SIGNATURE, policy
from tests.unit.registry.evidence import put_att, put_sig
from tests.unit.registry.memory_source import MemorySource, Repository, entry
from verifier.errors import (
    AuthError,
    InternalError,
    LimitExceeded,
    PlatformError,
    RegistryError,
    SignatureError,
    VerifierError,
)
from verifier.model.bundle import Bundle
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Verdict
from verifier.model.platform import Platform
from verifier.model.report import ImageReport
from verifier.model.verified import VerifiedStatement
from verifier.pipeline import Gathered, Pipeline, judge
from verifier.policy.evaluator import evaluate
from verifier.policy.image_checks import Asked
from verifier.policy.values import Judgement
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.workers import Workers

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


class Told:
    """See `verifier.signature.interface.SignatureVerifier`: every bundle is a signature, or an error."""

    def __init__(self, answer: Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[Digest, ...]] = []

    def verify(self, bundle: Bundle, *, about: Collection[Digest]) -> VerifiedStatement:
        self.asked.append(tuple(about))
        if self.answer is not None:
            raise self.answer
        return replace(signature(*list(about)[:1]), evidence=bundle.digest, stored_at=bundle.stored_at)


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(2) as pool:
        yield pool


@pytest.fixture
def repository() -> Repository:
    return Repository()


def both(repository: Repository) -> Descriptor:
    """An index of two platforms."""
    children = [
        entry(repository.image(name), platform={"os": "linux", "architecture": name})
        for name in ("amd64", "arm64")
    ]
    return repository.index(children)


def gather(
    source: MemorySource, workers: Workers, told: Told, platforms: Sequence[Platform] = ()
) -> Gathered:
    pipeline = Pipeline(parse, discover, lambda: told, workers, lambda _: None)
    return pipeline.gather(source, platforms)


def decide(evidence: ImageEvidence) -> Judgement:
    mine = replace(policy(SIGNATURE), images=())
    asked = Asked(evidence.name, evidence.name, None, NOW)
    return evaluate([mine], evidence, asked=asked, decode=decoded, validate=lambda _: ())


def report(gathered: Gathered) -> ImageReport:
    return judge(gathered, "image", decide)


def test_a_signed_index_passes_on_every_platform(repository: Repository, workers: Workers) -> None:
    root = both(repository)
    put_sig(repository, root)
    told = Told()
    result = report(gather(MemorySource(repository, root), workers, told))
    assert result.verdict is Verdict.PASS
    assert [str(platform.platform) for platform in result.platforms] == ["linux/amd64", "linux/arm64"]
    assert result.resolved == f"registry.example/image@{root.digest}"
    # The index and each of its platforms: what a bundle may be about.
    ((index, *children),) = told.asked
    assert (index, len(children)) == (root.digest, 2)


def test_a_platform_that_was_not_asked_for_is_neither_read_nor_judged(
    repository: Repository, workers: Workers
) -> None:
    root = both(repository)
    put_sig(repository, root)
    source = MemorySource(repository, root)
    gathered = gather(source, workers, Told(), [AMD64])
    assert gathered.left_out == ("linux/arm64",)
    assert report(gathered).platforms_left_out == ("linux/arm64",)
    arm64 = repository.image("arm64").digest
    assert not any(str(arm64) in request for request in source.requests)


def test_what_is_rejected_is_reported_and_does_not_count(repository: Repository, workers: Workers) -> None:
    root = both(repository)
    put_sig(repository, root)
    result = report(gather(MemorySource(repository, root), workers, Told(SignatureError("it is forged"))))
    assert result.verdict is Verdict.UNVERIFIED
    (rejection,) = result.rejected
    assert (rejection.code, rejection.reason) == ("SignatureError", "it is forged")


def test_what_reaches_a_limit_is_unknown_and_not_rejected(repository: Repository, workers: Workers) -> None:
    root = both(repository)
    put_sig(repository, root)
    result = report(gather(MemorySource(repository, root), workers, Told(LimitExceeded("2000 subjects"))))
    assert (result.verdict, result.rejected) == (Verdict.UNAVAILABLE, ())
    assert result.platforms[0].checks[0].code == "LimitExceeded"
    assert "2000 subjects" in result.warnings[0]


def test_a_place_that_could_not_be_looked_at_leaves_it_open(repository: Repository, workers: Workers) -> None:
    root = both(repository)
    source = MemorySource(repository, root)
    assert report(gather(source, workers, Told())).verdict is Verdict.UNVERIFIED
    source.broken[f"referrers {root.digest}"] = AuthError("status 403")
    result = report(gather(source, workers, Told()))
    assert result.verdict is Verdict.UNAVAILABLE
    assert "status 403" in result.warnings[0]


def test_evidence_of_strangers_is_rejected_by_name(repository: Repository, workers: Workers) -> None:
    root = both(repository)
    put_sig(repository, root)

    class Stranger(Told):
        def verify(self, bundle: Bundle, *, about: Collection[Digest]) -> VerifiedStatement:
            return replace(super().verify(bundle, about=about), signer=MALLORY)

    result = report(gather(MemorySource(repository, root), workers, Stranger()))
    assert result.verdict is Verdict.UNVERIFIED
    assert (result.signatures, [rejection.code for rejection in result.rejected]) == ((), ["IdentityError"])


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [([], True), ([AMD64], True), ([AMD64, AMD64], True), ([ARM64], False), ([AMD64, ARM64], False)],
)
def test_a_single_image_is_its_own_platform(
    repository: Repository, workers: Workers, wanted: list[Platform], fits: bool
) -> None:
    image = repository.image("amd64")
    put_sig(repository, image)
    source = MemorySource(repository, image)
    if fits:
        assert report(gather(source, workers, Told(), wanted)).verdict is Verdict.PASS
    else:
        with pytest.raises(PlatformError, match="a single image for linux/amd64"):
            gather(source, workers, Told(), wanted)


def test_an_unsigned_index_of_signed_platforms_passes_and_says_so(
    repository: Repository, workers: Workers
) -> None:
    """IDX-06: anybody can put signed platforms together; the report tells which of the two is signed."""
    platform = repository.image("amd64")
    root = repository.index([entry(platform, platform={"os": "linux", "architecture": "amd64"})])
    put_sig(repository, platform)

    class Direct(Told):
        def verify(self, bundle: Bundle, *, about: Collection[Digest]) -> VerifiedStatement:
            return replace(super().verify(bundle, about=about), about=(platform.digest,))

    (judged,) = report(gather(MemorySource(repository, root), workers, Direct())).platforms
    assert (judged.verdict, judged.checks[0].message) == (
        Verdict.PASS,
        "signed by release on its own manifest",
    )


def test_children_for_one_platform_are_refused_once_they_are_read(
    repository: Repository, workers: Workers
) -> None:
    named = entry(repository.image("amd64"), platform={"os": "linux", "architecture": "amd64"})
    other = repository.manifest([], config=b'{"os": "linux", "architecture": "amd64", "author": "mallory"}')
    root = repository.index([named, entry(other)])
    put_sig(repository, root)
    with pytest.raises(PlatformError, match="more than once"):
        gather(MemorySource(repository, root), workers, Told())


@pytest.mark.parametrize(
    "error", [RegistryError("status 500"), LimitExceeded("too large"), InternalError("defect"), KeyError("x")]
)
def test_an_image_that_cannot_be_had_has_no_evidence(
    repository: Repository, workers: Workers, error: Exception
) -> None:
    root = both(repository)
    source = MemorySource(repository, root)
    source.broken["resolve"] = error
    with pytest.raises(type(error)):
        gather(source, workers, Told())


def test_a_defect_in_the_verifier_is_not_taken_for_a_rejection(
    repository: Repository, workers: Workers
) -> None:
    root = both(repository)
    put_att(repository, root)
    for error in (KeyError("x"), InternalError("defect"), VerifierError("new kind")):
        with pytest.raises(type(error)):
            gather(MemorySource(repository, root), workers, Told(error))
