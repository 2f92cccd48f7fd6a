"""Discovery: every place is asked, the union is taken, and what could not be read is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.registry.evidence import (
    SIGNATURE,
    look,
    names,
    put_att,
    put_attached,
    put_fallback,
    put_referrer,
    put_sig,
    stem,
    troubles,
)
from tests.unit.registry.memory_source import (
    BUNDLE,
    DSSE,
    LAYER,
    SIMPLE_SIGNING,
    MemorySource,
    Repository,
    Rounds,
    entry,
    layer,
)
from verifier.model.bundle import Bundle, Discovered, Format
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.reference import LayoutReference
from verifier.registry.documents import parse
from verifier.registry.layout import LayoutSource

# --- every place ---


Put = Callable[[Repository, Descriptor], str]
PLACES = [
    (put_sig, Format.SIMPLE_SIGNING),
    (put_att, Format.DSSE),
    (put_referrer, Format.BUNDLE),
    (put_fallback, Format.BUNDLE),
    (put_attached, Format.DSSE),
]


@pytest.mark.parametrize(("put", "format_"), PLACES)
def test_evidence_is_found_in_every_place_and_remembers_where(put: Put, format_: Format) -> None:
    repository = Repository()
    image = repository.image()
    place = put(repository, image)
    annotations = {SIGNATURE: "c2ln"} if put is put_sig else {}
    expected = Bundle(format_, b"evidence", Digest.of(b"evidence"), (place,), annotations)
    discovered = look(MemorySource(repository, image))
    assert discovered.bundles == (expected,)
    assert troubles(discovered) == []
    assert discovered.unsigned == ()


@pytest.mark.parametrize(("put", "format_"), PLACES)
def test_evidence_is_found_in_every_place_of_a_layout(put: Put, format_: Format, tmp_path: Path) -> None:
    repository = Repository()
    image = repository.image()
    put(repository, image)
    path = repository.write(tmp_path / "layout", root=image)
    source = LayoutSource(LayoutReference(str(path), False, "v1", None))
    try:
        discovered = look(source)
    finally:
        source.close()
    assert [(bundle.format, bundle.raw) for bundle in discovered.bundles] == [(format_, b"evidence")]
    assert discovered.searched[-1] == "layout"


def test_nothing_there_is_an_empty_answer_that_names_every_place() -> None:
    repository = Repository()
    image = repository.image()
    discovered = look(MemorySource(repository, image))
    assert discovered == Discovered(
        searched=(
            f"referrers of {image.digest}",
            f"fallback tag {stem(image)}",
            f"tag {stem(image)}.sig",
            f"tag {stem(image)}.att",
            f"tag {stem(image)}.sbom",
        )
    )


def test_a_bundle_does_not_hide_older_formats_or_the_other_way_round() -> None:
    repository = Repository()
    image = repository.image()
    bundle = repository.blob(b"bundle", BUNDLE)
    repository.listed.append((repository.referrer(image, [bundle]), {}))
    repository.tags[f"{stem(image)}.sig"] = repository.manifest([repository.blob(b"sig", SIMPLE_SIGNING)])
    repository.tags[f"{stem(image)}.att"] = repository.manifest([repository.blob(b"att", DSSE)])
    assert names(look(MemorySource(repository, image))) == {b"bundle", b"sig", b"att"}


def test_the_fallback_tag_is_read_though_the_api_answers() -> None:
    repository = Repository()
    image = repository.image()
    listed = repository.referrer(image, [repository.blob(b"in the API", BUNDLE)])
    repository.listed.append((listed, {}))
    tagged = repository.referrer(image, [repository.blob(b"in the tag", BUNDLE)])
    repository.tags[stem(image)] = repository.index([entry(tagged)])
    assert names(look(MemorySource(repository, image))) == {b"in the API", b"in the tag"}
    without_api = MemorySource(repository, image, referrers_api=False)
    assert names(look(without_api)) == {b"in the tag"}


def test_every_digest_is_asked_about() -> None:
    repository = Repository()
    children = [repository.image("amd64"), repository.image("arm64")]
    index = repository.index([entry(child) for child in children])
    for number, image in enumerate([index, *children]):
        repository.tags[f"{stem(image)}.att"] = repository.manifest([repository.blob(b"%d" % number, DSSE)])
    source = MemorySource(repository, index)
    assert names(look(source)) == {b"0"}
    assert names(look(source, [index.digest, *(child.digest for child in children)])) == {b"0", b"1", b"2"}


def test_a_referrer_may_hold_the_older_formats() -> None:
    repository = Repository()
    image = repository.image()
    layers = [repository.blob(b"sig", SIMPLE_SIGNING), repository.blob(b"att", DSSE)]
    repository.listed.append((repository.referrer(image, layers), {}))
    assert {bundle.format for bundle in look(MemorySource(repository, image)).bundles} == {
        Format.SIMPLE_SIGNING,
        Format.DSSE,
    }


# --- hints ---


@pytest.mark.parametrize(
    "artifact_type", ["application/vnd.oci.empty.v1+json", "application/vnd.cncf.notary.signature", ""]
)
def test_a_wrong_artifact_type_hides_nothing(artifact_type: str) -> None:
    repository = Repository()
    image = repository.image()
    referrer = repository.referrer(image, [repository.blob(b"good", BUNDLE)], artifactType=artifact_type)
    repository.tags[stem(image)] = repository.index([entry(referrer, artifactType=artifact_type)])
    assert names(look(MemorySource(repository, image))) == {b"good"}


# --- de-duplication ---


def test_the_same_bundle_in_several_places_is_one_item() -> None:
    repository = Repository()
    image = repository.image()
    bundle = repository.blob(b"bundle", BUNDLE)
    referrer = repository.referrer(image, [bundle])
    repository.listed.append((referrer, {}))
    copy = repository.referrer(image, [bundle], annotations={"created": "later"})
    repository.tags[stem(image)] = repository.index([entry(referrer), entry(copy)])
    source = MemorySource(repository, image)
    [found] = look(source).bundles
    assert found.stored_at == ("referrers", "fallback tag")
    assert source.requests.count(f"blob {bundle.digest}") == 1


def test_one_payload_with_two_signatures_is_two_items_and_one_request() -> None:
    repository = Repository()
    image = repository.image()
    payloads = [repository.blob(b"payload", SIMPLE_SIGNING, **{SIGNATURE: text}) for text in ("YQ==", "Yg==")]
    repository.tags[f"{stem(image)}.sig"] = repository.manifest([*payloads, payloads[0]])
    source = MemorySource(repository, image)
    assert [bundle.annotations[SIGNATURE] for bundle in look(source).bundles] == ["YQ==", "Yg=="]
    assert source.requests.count(f"blob {payloads[0].digest}") == 1


# --- requests ---


def test_three_rounds_whatever_the_number_of_digests() -> None:
    repository = Repository()
    children = [repository.image(name) for name in ("amd64", "arm64")]
    index = repository.index([entry(child) for child in children])
    images = [index, *children]
    for image in images:
        put_sig(repository, image)
        put_att(repository, image)
        bundle = repository.blob(f"bundle of {image.digest}".encode(), BUNDLE)
        repository.listed.append((repository.referrer(image, [bundle]), {}))
    source, rounds = MemorySource(repository, index), Rounds()
    discovered = look(source, [image.digest for image in images], rounds=rounds)
    assert len(discovered.bundles) == 5  # of each image a bundle; signature and attestation are the same
    # Five places for each digest and one for the layout; three referrers; four different blobs.
    assert rounds.sizes == [16, 3, 4]
    assert len(source.requests) == 1 + 15 + 3 + 4
    assert len(set(source.requests)) == len(source.requests)


def test_one_platform_of_one_signed_image_needs_no_more_than_one_round_of_look_ups_and_its_blobs() -> None:
    repository = Repository()
    image = repository.image()
    put_sig(repository, image)
    put_att(repository, image)
    source, rounds = MemorySource(repository, image), Rounds()
    look(source, rounds=rounds)
    assert rounds.sizes == [6, 0, 1]
    assert len(source.requests) == 1 + 5 + 1


def test_image_layers_are_never_fetched() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(repository, image)
    look(source)
    assert f"blob {layer(b'not stored', LAYER).digest}" not in source.requests


# --- real layouts ---


@pytest.mark.parametrize("version", ["1.4.0", "1.8.0", "2.0.0"])
def test_real_layouts_hold_one_attestation_and_the_unsigned_one_of_buildkit(
    version: str, real_data: Path
) -> None:
    path = real_data / "oci" / f"slsa-container-v{version}"
    source = LayoutSource(LayoutReference(str(path), False, None, None))
    try:
        content = source.resolve()
        document = parse(content)
        digests = [content.digest, *(child.digest for child in getattr(document, "manifests", ())[:1])]
        discovered = look(source, digests)
    finally:
        source.close()
    assert [bundle.format for bundle in discovered.bundles] == [Format.DSSE]
    assert discovered.bundles[0].stored_at == ("layout",)
    assert troubles(discovered) == []
    expected = [] if version == "1.4.0" else ["https://slsa.dev/provenance/v0.2"]
    assert [item.predicate_type for item in discovered.unsigned] == expected
