"""Discovery: what does not count, what could not be read, and what is too much."""

from __future__ import annotations

import pytest

from tests.unit.registry.evidence import (
    look,
    names,
    put_att,
    stem,
    troubles,
)
from tests.unit.registry.memory_source import (
    BUNDLE,
    DSSE,
    IN_TOTO,
    MemorySource,
    Repository,
    entry,
    layer,
)
from verifier.errors import AuthError, LimitExceeded, RegistryError
from verifier.limits import EVIDENCE_BYTES, EVIDENCE_ITEMS, EVIDENCE_MANIFEST_BYTES
from verifier.model.bundle import Unreadable, Unsigned
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest

# --- what does not count ---


def test_a_referrer_of_another_image_is_ignored_and_noted() -> None:
    repository = Repository()
    image, other = repository.image(), repository.image("arm64")
    mine = repository.referrer(image, [repository.blob(b"mine", BUNDLE)])
    foreign = repository.referrer(other, [repository.blob(b"foreign", BUNDLE)])
    source = MemorySource(repository, image)
    source.extra_referrers = [(image.digest, foreign), (image.digest, mine)]
    discovered = look(source)
    assert names(discovered) == {b"mine"}
    [rejection] = discovered.rejections
    assert (rejection.digest, rejection.code, rejection.stored_at) == (
        foreign.digest,
        "SubjectError",
        ("referrers",),
    )


def test_something_else_under_a_signature_tag_is_noted() -> None:
    repository = Repository()
    image = repository.image()
    odd, good = repository.blob(b"odd", "text/plain"), repository.blob(b"good", DSSE)
    repository.tags[f"{stem(image)}.att"] = repository.manifest([odd, good])
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    assert [(r.digest, r.code) for r in discovered.rejections] == [(odd.digest, "BundleError")]


def test_other_kinds_of_referrers_are_passed_over_and_unsigned_ones_listed() -> None:
    repository = Repository()
    image = repository.image()
    statement = repository.blob(
        b"statement", IN_TOTO, **{"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"}
    )
    sbom = repository.blob(b"sbom", "application/spdx+json")
    notation = repository.blob(b"notation", "application/jose+json")
    repository.listed += [(repository.referrer(image, [each]), {}) for each in (statement, sbom, notation)]
    repository.listed.append((repository.document({**_index_about(image), "annotations": {}}), {}))
    assert look(MemorySource(repository, image)).unsigned == (
        Unsigned(statement.digest, ("referrers",), "https://slsa.dev/provenance/v1"),
        Unsigned(sbom.digest, ("referrers",), None),
    )


def _index_about(image: Descriptor) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [],
        "subject": entry(image),
    }


def test_an_sbom_tag_is_listed_and_never_counts() -> None:
    repository = Repository()
    image = repository.image()
    sbom, signed = repository.blob(b"sbom", "text/spdx+json"), repository.blob(b"signed", DSSE)
    repository.tags[f"{stem(image)}.sbom"] = repository.manifest([sbom, signed])
    discovered = look(MemorySource(repository, image))
    place = (f"tag {stem(image)}.sbom",)
    assert discovered.bundles == ()
    assert discovered.unsigned == (Unsigned(sbom.digest, place, None), Unsigned(signed.digest, place, None))


@pytest.mark.parametrize("present", [True, False])
def test_buildkit_attestations_are_listed_for_the_platforms_asked_about(present: bool) -> None:
    repository = Repository()
    children = [repository.image("amd64"), repository.image("arm64")]
    unknown = {"os": "unknown", "architecture": "unknown"}
    attestations, entries = [], []
    for child in children:
        predicate = {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"}
        statement = repository.blob(f"about {child.digest}".encode(), IN_TOTO, **predicate)
        manifest = repository.manifest([statement])
        notes = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": str(child.digest),
        }
        entries.append(entry(manifest, platform=unknown, annotations=notes))
        attestations.append((manifest, statement))
    platforms = [
        entry(child, platform={"os": "linux", "architecture": name})
        for child, name in zip(children, ("amd64", "arm64"), strict=True)
    ]
    index = repository.index([*platforms, *entries])
    manifest, statement = attestations[0]
    place = (f"attestation manifest {manifest.digest}",)
    if present:
        expected = Unsigned(statement.digest, place, "https://slsa.dev/provenance/v0.2")
    else:
        del repository.blobs[manifest.digest]
        expected = Unsigned(manifest.digest, place, None)
    discovered = look(MemorySource(repository, index), [index.digest, children[0].digest])
    assert discovered.unsigned == (expected,)
    assert discovered.bundles == ()
    assert troubles(discovered) == []


def test_a_fallback_tag_that_is_no_list_is_noted_and_hides_nothing() -> None:
    repository = Repository()
    image = repository.image()
    repository.tags[stem(image)] = repository.manifest([repository.blob(b"odd", BUNDLE)])
    put_att(repository, image)
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"evidence"}
    assert [rejection.code for rejection in discovered.rejections] == ["RegistryError"]


@pytest.mark.parametrize("multi_platform", [True, False])
def test_a_registry_that_takes_the_fallback_tag_for_the_digest_lists_nothing(multi_platform: bool) -> None:
    """GitLab answers sha256-<hex> with sha256:<hex> (oras-go issue 1396)."""
    repository = Repository()
    child = repository.image()
    image = repository.index([entry(child)]) if multi_platform else child
    repository.tags[stem(image)] = image
    put_att(repository, image)
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"evidence"}
    assert troubles(discovered) == []


def test_entries_of_the_fallback_list_that_lead_nowhere_are_said_and_hide_no_other() -> None:
    repository = Repository()
    image = repository.image()
    good = repository.referrer(image, [repository.blob(b"good", BUNDLE)])
    odd = [{**entry(good), "digest": f"sha512:{number:0128x}"} for number in range(5)]
    repository.tags[stem(image)] = repository.index([*odd, {**entry(good), "annotations": {"a": 1}}])
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    (unread,) = discovered.unreadable
    assert unread.place == f"fallback tag {stem(image)}"
    assert unread.code == "RegistryError"
    assert unread.may_count
    assert unread.hint
    assert "sha512:0" in unread.reason
    assert unread.reason.endswith("; and 2 more")


def test_what_was_not_read_is_told_from_what_does_not_count() -> None:
    repository = Repository()
    image = repository.image()
    bad, odd = repository.blob(b"bad", DSSE), repository.blob(b"odd", "text/plain")
    repository.tags[f"{stem(image)}.att"] = repository.manifest([bad, odd])
    repository.blobs[bad.digest] = b"BAD"
    discovered = look(MemorySource(repository, image))
    assert {r.digest: r.is_unread for r in discovered.rejections} == {bad.digest: True, odd.digest: False}


def test_what_may_not_count_is_told_apart() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(repository, image)
    for suffix in ("sbom", "att"):
        source.broken[f"tag {stem(image)}.{suffix}"] = RegistryError("status 503")
    discovered = look(source)
    counted = {item.place.rpartition(".")[2]: item.may_count for item in discovered.unreadable}
    assert counted == {"sbom": False, "att": True}


def test_an_index_under_a_signature_tag_is_noted() -> None:
    repository = Repository()
    image = repository.image()
    repository.tags[f"{stem(image)}.sig"] = repository.index([])
    discovered = look(MemorySource(repository, image))
    assert [rejection.code for rejection in discovered.rejections] == ["RegistryError"]


def test_a_blob_with_other_bytes_is_rejected_and_the_next_counts() -> None:
    repository = Repository()
    image = repository.image()
    bad, good = repository.blob(b"bad", DSSE), repository.blob(b"good", DSSE)
    repository.tags[f"{stem(image)}.att"] = repository.manifest([bad, good])
    repository.blobs[bad.digest] = b"BAD"
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    assert [(r.digest, r.code) for r in discovered.rejections] == [(bad.digest, "DigestMismatch")]


def test_a_lying_copy_of_a_layer_does_not_harm_the_true_one() -> None:
    repository = Repository()
    image = repository.image()
    good = repository.blob(b"good", BUNDLE)
    liar = Descriptor(BUNDLE, good.digest, 5)
    repository.listed += [(repository.referrer(image, [each]), {}) for each in (liar, good)]
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    assert [rejection.code for rejection in discovered.rejections] == ["DigestMismatch"]


def test_a_referrer_that_is_listed_and_gone_is_noted() -> None:
    repository = Repository()
    image = repository.image()
    gone = repository.referrer(image, [repository.blob(b"gone", BUNDLE)])
    good = repository.referrer(image, [repository.blob(b"good", BUNDLE)])
    repository.tags[stem(image)] = repository.index([entry(gone), entry(good)])
    del repository.blobs[gone.digest]
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    assert [(r.digest, r.code) for r in discovered.rejections] == [(gone.digest, "RegistryError")]


# --- "none there" and "could not look" ---


@pytest.mark.parametrize(
    "question", ["referrers {digest}", "tag {stem}", "tag {stem}.sig", "tag {stem}.sbom"]
)
def test_a_place_that_cannot_be_looked_at_is_said_and_the_others_count(question: str) -> None:
    repository = Repository()
    image = repository.image()
    put_att(repository, image)
    source = MemorySource(repository, image)
    asked = question.format(digest=image.digest, stem=stem(image))
    source.broken[asked] = AuthError("not allowed", hint="log in")
    discovered = look(source)
    assert names(discovered) == {b"evidence"}
    [unreadable] = discovered.unreadable
    assert (unreadable.code, unreadable.reason, unreadable.hint) == ("AuthError", "not allowed", "log in")
    assert unreadable.place in discovered.searched


@pytest.mark.parametrize("kind", ["manifest", "blob"])
def test_an_item_that_cannot_be_had_is_said_and_the_others_count(kind: str) -> None:
    repository = Repository()
    image = repository.image()
    blob = repository.blob(b"lost", BUNDLE)
    lost = repository.referrer(image, [blob])
    repository.listed.append((lost, {}))
    put_att(repository, image)
    source = MemorySource(repository, image)
    digest = lost.digest if kind == "manifest" else blob.digest
    source.broken[f"{kind} {digest}"] = RegistryError("timed out")
    discovered = look(source)
    assert names(discovered) == {b"evidence"}
    assert discovered.unreadable == (Unreadable(f"{digest} (referrers)", "RegistryError", "timed out"),)


# --- bounds ---


def _many(repository: Repository, image: Descriptor, count: int) -> Repository:
    """The good one comes last."""
    layers = [repository.blob(b"junk %d" % number, DSSE) for number in range(count - 1)]
    good = repository.referrer(image, [repository.blob(b"good", BUNDLE)])
    repository.listed.append((good, {}))
    repository.tags[f"{stem(image)}.att"] = repository.manifest(layers)
    return repository


def test_much_junk_within_the_limit_hides_nothing() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(_many(repository, image, EVIDENCE_ITEMS), image)
    assert b"good" in names(look(source))


def test_more_evidence_than_the_limit_is_refused_before_any_is_fetched() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(_many(repository, image, EVIDENCE_ITEMS + 1), image)
    with pytest.raises(LimitExceeded) as caught:
        look(source)
    assert caught.value.hint is not None
    assert not [request for request in source.requests if request.startswith("blob")]


def test_a_tag_with_too_many_layers_is_refused() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(_many(repository, image, EVIDENCE_ITEMS + 2), image)
    with pytest.raises(LimitExceeded, match=r"\.att"):
        look(source)


@pytest.mark.parametrize(("count", "refused"), [(10, False), (100, True)])
def test_manifests_of_referrers_have_a_bound_together(count: int, *, refused: bool) -> None:
    """Each of them may be as large as a manifest may be; a thousand of those would fill a machine."""
    repository = Repository()
    image = repository.image()
    source = MemorySource(repository, image)
    padding = "x" * 1024 * 1024
    source.extra_referrers = [
        (image.digest, repository.referrer(image, [], annotations={"padding": f"{number}{padding}"}))
        for number in range(count)
    ]
    if refused:
        with pytest.raises(LimitExceeded, match="bytes of manifests"):
            look(source)
        opened = [request for request in source.requests if request.startswith("manifest")]
        assert len(opened) <= EVIDENCE_MANIFEST_BYTES // len(padding) + 1
    else:
        look(source)


def test_more_referrers_than_the_limit_are_refused_before_any_is_opened() -> None:
    repository = Repository()
    image = repository.image()
    source = MemorySource(repository, image)
    source.extra_referrers = [
        (image.digest, layer(b"%d" % number, "text/plain")) for number in range(EVIDENCE_ITEMS + 1)
    ]
    with pytest.raises(LimitExceeded):
        look(source)
    assert not [request for request in source.requests if request.startswith("manifest")]


def test_repeated_referrers_are_opened_once() -> None:
    repository = Repository()
    image = repository.image()
    good = repository.referrer(image, [repository.blob(b"good", BUNDLE)])
    source = MemorySource(repository, image)
    source.extra_referrers = [(image.digest, good)] * (EVIDENCE_ITEMS * 2)
    assert names(look(source)) == {b"good"}
    assert source.requests.count(f"manifest {good.digest}") == 1


def test_a_blob_that_claims_to_be_vast_harms_only_itself() -> None:
    repository = Repository()
    image = repository.image()
    vast = Descriptor(DSSE, Digest.of(b"vast"), 2**61)
    repository.tags[f"{stem(image)}.att"] = repository.manifest([vast, repository.blob(b"good", DSSE)])
    discovered = look(MemorySource(repository, image))
    assert names(discovered) == {b"good"}
    assert [item.code for item in discovered.unreadable] == ["LimitExceeded"]


def test_too_many_bytes_altogether_are_refused_before_any_is_fetched() -> None:
    repository = Repository()
    image = repository.image()
    large = [Descriptor(DSSE, Digest.of(b"%d" % number), EVIDENCE_BYTES) for number in range(9)]
    repository.tags[f"{stem(image)}.att"] = repository.manifest(large)
    source = MemorySource(repository, image)
    with pytest.raises(LimitExceeded):
        look(source)
    assert not [request for request in source.requests if request.startswith("blob")]
