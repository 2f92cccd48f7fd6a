"""Which platforms an index has, and whether they are what it says (IDX-02 to IDX-05)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.registry.memory_source import CONFIG, MemorySource, Repository, entry
from verifier.errors import (
    AmbiguousDocumentError,
    LimitExceeded,
    PlatformError,
    UnavailableError,
    VerifierError,
)
from verifier.model.descriptor import Descriptor
from verifier.model.manifest import Index, Manifest
from verifier.model.platform import Platform
from verifier.registry.documents import describe, parse
from verifier.registry.platforms import read_child, read_single, require_distinct, select

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def image(repository: Repository, **config: Any) -> Descriptor:
    """An image whose configuration is exactly this."""
    return repository.manifest([], config=json.dumps(config).encode())


def index_of(repository: Repository, *children: dict[str, Any]) -> Index:
    root = repository.index(children)
    document = parse(MemorySource(repository, root).resolve())
    assert isinstance(document, Index)
    return document


def child(
    descriptor: Descriptor, os: str = "linux", architecture: str = "amd64", **more: Any
) -> dict[str, Any]:
    return entry(descriptor, platform={"os": os, "architecture": architecture, **more})


@pytest.fixture
def repository() -> Repository:
    return Repository()


def names(index: Index, *wanted: Platform) -> list[str]:
    return [str(item.platform) for item in select(index, wanted).judged]


def test_every_platform_that_can_run_is_judged(repository: Repository) -> None:
    index = index_of(
        repository,
        child(repository.image("amd64")),
        child(repository.image("arm64"), architecture="arm64"),
        child(repository.image("x"), os="unknown", architecture="unknown"),
    )
    assert names(index) == ["linux/amd64", "linux/arm64"]
    assert select(index, ()).left_out == ()


def test_what_was_not_asked_for_is_named(repository: Repository) -> None:
    index = index_of(
        repository, child(repository.image("amd64")), child(repository.image("arm64"), architecture="arm64")
    )
    assert names(index, ARM64) == ["linux/arm64"]
    assert select(index, (ARM64,)).left_out == ("linux/amd64",)
    assert names(index, ARM64, AMD64, ARM64) == ["linux/arm64", "linux/amd64"]


def test_a_platform_that_is_not_there_names_those_that_are(repository: Repository) -> None:
    index = index_of(repository, child(repository.image("amd64")))
    with pytest.raises(PlatformError, match="no platform linux/s390x; it has linux/amd64"):
        select(index, (Platform("linux", "s390x"),))


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        ({}, {}, True),
        ({"architecture": "arm64"}, {"architecture": "arm64", "variant": "v8"}, True),
        ({"architecture": "arm64"}, {"architecture": "arm64", "variant": "8"}, True),
        ({"architecture": "arm64"}, {"architecture": "arm64", "variant": "v8.0"}, True),
        ({"architecture": "arm64"}, {"architecture": "aarch64", "variant": "v8.0"}, True),
        ({"architecture": "arm64", "variant": "v9"}, {"architecture": "arm64", "variant": "9.0"}, True),
        ({"architecture": "arm64"}, {"architecture": "arm64", "variant": "v9.0"}, False),
        ({"architecture": "arm64"}, {"architecture": "arm64", "variant": "v8.1"}, False),
        ({"architecture": "arm"}, {"architecture": "arm", "variant": "v7"}, True),
        ({"architecture": "arm", "variant": "v6"}, {"architecture": "arm", "variant": "v7"}, False),
        ({"os": "windows", "os.version": "10"}, {"os": "windows", "os.version": "11"}, False),
    ],
)
def test_a_platform_that_is_listed_twice_is_ambiguous(
    repository: Repository, first: dict[str, str], second: dict[str, str], twice: bool
) -> None:
    index = index_of(
        repository,
        child(repository.image("a"), **first),
        child(repository.image("b"), **second),
    )
    if twice:
        with pytest.raises(PlatformError, match="more than once"):
            select(index, ())
    else:
        assert len(select(index, ()).judged) == 2


@pytest.mark.parametrize("variant", ["8", "v8", "v8.0"])
@pytest.mark.parametrize("first", [True, False])
def test_a_second_image_for_the_platform_is_not_passed_over_for_its_spelling(
    repository: Repository, variant: str, first: bool
) -> None:
    plain = child(repository.image("plain"), architecture="arm64")
    spelt = child(repository.image("spelt"), architecture="arm64", variant=variant)
    index = index_of(repository, *((spelt, plain) if first else (plain, spelt)))
    for wanted in ((ARM64,), (Platform.parse("linux/arm64/v8.0"),), ()):
        with pytest.raises(PlatformError, match="more than once"):
            select(index, wanted)
    # The twin: the spelling alone is an image for the platform.
    assert names(index_of(repository, spelt), ARM64) == ["linux/arm64"]


def test_two_manifests_for_what_was_asked_cannot_be_told_apart(repository: Repository) -> None:
    versions = ({"os": "windows", "os.version": number} for number in ("10", "11"))
    index = index_of(repository, *(child(repository.image(v["os.version"]), **v) for v in versions))
    with pytest.raises(PlatformError, match="2 manifests for windows/amd64"):
        select(index, (Platform("windows", "amd64"),))


@pytest.mark.parametrize("children", [0, 1])
def test_an_index_without_platforms_is_refused(repository: Repository, children: int) -> None:
    nothing = [child(repository.image("x"), os="unknown", architecture="unknown")] * children
    with pytest.raises(PlatformError, match="no platform that can run"):
        select(index_of(repository, *nothing), ())


def test_an_index_inside_an_index_hides_platforms(repository: Repository) -> None:
    inner = repository.index([child(repository.image("amd64"))])
    index = index_of(repository, child(repository.image("arm64"), architecture="arm64"), entry(inner))
    with pytest.raises(PlatformError, match="another index among its children"):
        select(index, ())


def test_an_annotation_does_not_hide_a_platform(repository: Repository) -> None:
    """A runtime would run it, whatever it is annotated with."""
    marked = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    index = index_of(repository, {**child(repository.image("amd64")), **marked})
    assert names(index) == ["linux/amd64"]


def test_a_child_without_a_platform_is_judged_with_the_others(repository: Repository) -> None:
    index = index_of(repository, child(repository.image("amd64")), entry(repository.image("arm64")))
    assert names(index) == ["linux/amd64", "None"]


def test_a_child_without_a_platform_may_be_the_one_that_runs(repository: Repository) -> None:
    """A runtime reads its configuration; passed over, it could run without having been judged."""
    named, nameless = child(repository.image("amd64")), entry(repository.image("amd64"))
    with pytest.raises(PlatformError, match="does not say what platform") as caught:
        select(index_of(repository, nameless, named), (AMD64,))
    assert caught.value.hint == "leave --platform out: then every child of the index is judged"
    assert names(index_of(repository, named), AMD64) == ["linux/amd64"]


@pytest.mark.parametrize("second", [AMD64, ARM64])
def test_children_that_turn_out_to_be_for_one_platform_are_ambiguous(
    repository: Repository, second: Platform
) -> None:
    first = read(repository, repository.image("amd64"), AMD64)
    other = read(repository, repository.image(second.architecture), None)
    if second == AMD64:
        with pytest.raises(PlatformError, match="linux/amd64 more than once"):
            require_distinct([first, other])
    else:
        require_distinct([first, other])


@pytest.mark.parametrize("platform", [{"os": "", "architecture": "amd64"}, {"architecture": "amd64"}, {}])
def test_a_child_whose_platform_is_half_said_is_refused(
    repository: Repository, platform: dict[str, str]
) -> None:
    """A runtime takes an empty operating system for its own."""
    with pytest.raises(PlatformError, match="is not a platform"):
        index_of(repository, entry(repository.image("amd64"), platform=platform))


def test_too_many_children_are_a_limit(repository: Repository) -> None:
    some = [child(repository.image(str(number)), architecture=f"a{number}") for number in range(201)]
    index_of(repository, *some[:200])
    with pytest.raises(LimitExceeded):
        index_of(repository, *some)


def read(repository: Repository, descriptor: Descriptor, platform: Platform | None) -> Any:
    source = MemorySource(repository, descriptor)
    return read_child(source, replace(descriptor, platform=platform))


def test_a_child_is_what_the_index_says(repository: Repository) -> None:
    descriptor = image(repository, os="linux", architecture="amd64", config={"User": "65532"})
    found = read(repository, descriptor, AMD64)
    assert (found.platform, found.digest) == (AMD64, descriptor.digest)
    assert found.config["config"] == {"User": "65532"}


@pytest.mark.parametrize(
    ("config", "claimed", "agree"),
    [
        ({"os": "linux", "architecture": "arm64"}, AMD64, False),
        ({"os": "windows", "architecture": "amd64"}, AMD64, False),
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, ARM64, True),
        ({"os": "linux", "architecture": "arm64", "variant": "v8.0"}, ARM64, True),
        ({"os": "linux", "architecture": "arm64", "variant": "9.0"}, ARM64, False),
        ({"os": "linux", "architecture": "arm64", "variant": "v9.0"}, Platform("linux", "arm64", "v9"), True),
        ({"os": "Linux", "architecture": "AArch64"}, ARM64, True),
        ({"os": "Linux", "architecture": "AArch64"}, AMD64, False),
        ({"os": "linux", "architecture": "arm"}, Platform("linux", "arm", "v6"), True),
        ({"os": "linux", "architecture": "arm", "variant": "v7"}, Platform("linux", "arm", "v6"), False),
        ({"os": "linux", "architecture": "amd64"}, None, True),
        ({}, AMD64, False),
        ({}, None, False),
        ({"os": 1, "architecture": "amd64"}, AMD64, False),
    ],
)
def test_an_index_that_lies_about_a_child_is_refused(
    repository: Repository, config: dict[str, Any], claimed: Platform | None, agree: bool
) -> None:
    descriptor = image(repository, **config)
    if agree:
        found = read(repository, descriptor, claimed).platform
        assert found == claimed or claimed is None
    else:
        with pytest.raises(PlatformError):
            read(repository, descriptor, claimed)


def test_a_child_that_is_missing_could_not_be_had(repository: Repository) -> None:
    descriptor = image(repository, os="linux", architecture="amd64")
    del repository.blobs[descriptor.digest]
    with pytest.raises(UnavailableError):
        read(repository, descriptor, AMD64)


def test_a_configuration_that_is_missing_could_not_be_had(repository: Repository) -> None:
    descriptor = image(repository, os="linux", architecture="amd64")
    config = json.loads(repository.blobs[descriptor.digest])["config"]["digest"]
    del repository.blobs[next(digest for digest in repository.blobs if str(digest) == config)]
    with pytest.raises(UnavailableError):
        read(repository, descriptor, AMD64)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"os":"linux","os":"linux"}'])
def test_a_configuration_that_is_malformed_is_refused(repository: Repository, raw: bytes) -> None:
    descriptor = repository.manifest([], config=raw)
    with pytest.raises(AmbiguousDocumentError):
        read(repository, descriptor, AMD64)


def test_a_child_of_another_type_or_size_is_refused(repository: Repository) -> None:
    descriptor = image(repository, os="linux", architecture="amd64")
    for changed in (replace(descriptor, size=descriptor.size + 1), replace(descriptor, media_type="a/b")):
        with pytest.raises(VerifierError):
            read_child(MemorySource(repository, descriptor), replace(changed, platform=AMD64))


def test_a_single_image_is_read(repository: Repository) -> None:
    descriptor = image(repository, os="linux", architecture="amd64")
    source = MemorySource(repository, descriptor)
    content = source.resolve()
    manifest = parse(content)
    assert isinstance(manifest, Manifest)
    assert read_single(source, content, manifest).platform == AMD64
    assert describe(content.raw, content_type=None).digest == descriptor.digest
    assert manifest.config.media_type == CONFIG
