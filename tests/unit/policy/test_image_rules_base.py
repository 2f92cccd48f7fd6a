"""Which base image an image may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence

RULE = "image-base"
NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"
SHA = "sha256:" + "ab" * 32
DEBIAN = {"allow": ["debian", "gcr.io/distroless/**"]}
PINNED = {**DEBIAN, "require-digest": True}


def based(name: str | None, digest: str | None = None) -> ImageEvidence:
    return configured(annotations=claims(name, digest))


def claims(name: str | None, digest: str | None = None) -> Mapping[str, str]:
    return {key: value for key, value in ((NAME, name), (DIGEST, digest)) if value is not None}


@pytest.mark.parametrize(
    "name",
    [
        "debian",
        "debian:bookworm-slim",
        "docker.io/library/debian:12",
        "index.docker.io/library/debian",
        "gcr.io/distroless/static:nonroot",
        f"gcr.io/distroless/base@{SHA}",
        f"debian:12@{SHA}",
    ],
)
def test_an_allowed_base_is_accepted(name: str) -> None:
    assert passes(RULE, DEBIAN, based(name)) == (
        f"the image says that its base image is {name} (annotation of the manifest)"
    )


@pytest.mark.parametrize(
    "name",
    [
        "debian-evil",
        "evil/debian",
        "evil.example/library/debian",
        "gcr.io/distroless-evil/static",
        "ubuntu",
        "gcr.io/distroless",
        "scratch",
    ],
)
def test_another_base_is_refused(name: str) -> None:
    assert refused(RULE, DEBIAN, based(name)) == [
        f"the image says that its base image is '{name}', which is not allowed (annotation of the manifest)"
    ]


@pytest.mark.parametrize(
    "name", ["", " debian", "Debian", "debian:", "oci:debian", "https://debian", "debian@sha256:1"]
)
def test_a_base_that_is_no_image_is_refused(name: str) -> None:
    (message,) = refused(RULE, {"allow": ["**"]}, based(name))
    assert "which is no image" in message


def test_an_image_that_does_not_say_is_refused() -> None:
    assert refused(RULE, {"allow": ["**"]}, configured()) == ["the image does not name its base image"]
    assert refused(RULE, {"allow": ["**"]}, based(None, SHA)) == [
        "the image does not name its base image (annotation of the manifest)"
    ]


def test_the_digest_can_be_required() -> None:
    assert passes(RULE, PINNED, based("debian:12", SHA)) == (
        f"the image says that its base image is debian:12@{SHA} (annotation of the manifest)"
    )
    assert passes(RULE, PINNED, based(f"debian@{SHA}"))
    (message,) = refused(RULE, PINNED, based("debian:12"))
    assert message == (
        "the image does not say which docker.io/library/debian:12 its base image is: it names no digest"
        " (annotation of the manifest)"
    )
    assert passes(RULE, DEBIAN, based("debian:12"))


@pytest.mark.parametrize("digest", ["", "sha256:1", "ab" * 32, SHA.upper(), SHA + " ", "sha512:" + "ab" * 64])
def test_a_digest_that_is_none_is_refused(digest: str) -> None:
    for options in (DEBIAN, PINNED):
        (message,) = refused(RULE, options, based("debian", digest))
        assert message.startswith("the digest of the base image is none: not a sha256 digest")


def test_two_digests_contradict() -> None:
    (message,) = refused(RULE, DEBIAN, based(f"debian@{SHA}", SHA.replace("ab", "cd")))
    assert "and that its digest is sha256:cdcd" in message
    assert passes(RULE, DEBIAN, based(f"debian@{SHA}", SHA))


def test_scratch_has_no_digest() -> None:
    assert passes(RULE, {"allow": ["scratch"], "require-digest": True}, based("scratch"))
    assert refused(RULE, {"allow": ["**"], "require-digest": True}, based("evil/scratch"))


def test_a_pattern_with_a_tag_wants_that_tag() -> None:
    options = {"allow": ["debian:12*"]}
    assert passes(RULE, options, based("debian:12.4"))
    assert refused(RULE, options, based("debian:11"))
    assert refused(RULE, options, based("debian"))
    assert refused(RULE, options, based(f"debian@{SHA}"))


def test_the_first_place_that_says_anything_counts() -> None:
    good, bad = claims("debian:12", SHA), claims("evil/base", SHA)
    index = configured(index_annotations=good)
    assert passes(RULE, PINNED, index).endswith("(annotation of the index)")
    label = configured({"Labels": good})
    assert passes(RULE, PINNED, label).endswith("(label)")
    assert passes(RULE, DEBIAN, configured({"Labels": bad}, annotations=good, index_annotations=bad))
    assert refused(RULE, DEBIAN, configured({"Labels": good}, annotations=bad, index_annotations=good))
    assert refused(RULE, DEBIAN, configured({"Labels": good}, index_annotations=bad))


def test_name_and_digest_come_from_one_place() -> None:
    half = configured({"Labels": claims("debian", SHA)}, annotations=claims("debian"))
    assert refused(RULE, PINNED, half)
    assert refused(RULE, PINNED, configured({"Labels": claims("debian")}, annotations=claims(None, SHA)))


@pytest.mark.parametrize("labels", [{NAME: 1}, [NAME], {NAME: "debian", DIGEST: None}])
def test_labels_that_are_no_texts_cannot_be_judged(labels: Any) -> None:
    assert refused(RULE, DEBIAN, configured({"Labels": labels}), "PlatformError")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", "lacks 'allow'"),
        ("{allow: []}", "is empty"),
        ("{allow: [debian*]}", r"^policy\.yaml:8:\d+: .*siblings"),
        (f"{{allow: ['debian@{SHA}']}}", "has a digest"),
        ("{require-digest: true}", "lacks 'allow'"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, PINNED) == (
        "the image says that its base image is debian or gcr.io/distroless/**, by digest"
    )
