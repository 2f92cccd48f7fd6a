"""The table of kinds: ours is complete and read, the user's is checked."""

from __future__ import annotations

import pytest

from verifier.errors import ManifestError
from verifier.workload.kinds import known_kinds, read_kinds
from verifier.workload.source import Source

HEAD = "version: 1\nkinds:\n"
GOOD = HEAD + "- {apiVersion: x/v1, kind: Foo, images: [spec.image]}\n"


def read(text: str) -> None:
    read_kinds(Source.of("kinds.yaml", text))


@pytest.mark.parametrize(
    ("version", "kind", "builtin"),
    [
        ("v1", "Pod", True),
        ("v1", "PodTemplate", True),
        ("v1", "ReplicationController", True),
        ("apps/v1", "Deployment", True),
        ("apps/v1beta1", "StatefulSet", True),
        ("extensions/v1beta1", "DaemonSet", True),
        ("batch/v1", "Job", True),
        ("batch/v2alpha1", "CronJob", True),
        ("argoproj.io/v1alpha1", "Rollout", False),
        ("tekton.dev/v1beta1", "PipelineRun", False),
        ("serving.kserve.io/v1beta1", "InferenceService", False),
    ],
)
def test_kinds_that_are_known(version: str, kind: str, builtin: bool) -> None:
    places = known_kinds().find(version, kind)
    assert places is not None
    assert places.builtin is builtin
    assert places.pods or places.images


def test_the_more_particular_entry_counts() -> None:
    kinds = read_kinds(
        Source.of(
            "kinds.yaml",
            HEAD + "- {apiVersion: x/*, kind: '*', ignore: all}\n"
            "- {apiVersion: x/*, kind: Foo, ignore: every version}\n"
            "- {apiVersion: x/v1, kind: Foo, ignore: this version}\n",
        )
    )
    found = [
        kinds.find(version, kind) for version, kind in (("x/v1", "Foo"), ("x/v2", "Foo"), ("x/v1", "Bar"))
    ]
    assert [each and each.ignore for each in found] == ["this version", "every version", "all"]
    assert kinds.find("xy/v1", "Foo") is None
    assert kinds.find("v1", "Foo") is None


def test_what_the_user_says_of_a_kind_counts() -> None:
    mine = read_kinds(Source.of("k", HEAD + "- {apiVersion: v1, kind: Pod, ignore: of my own}\n"))
    both = known_kinds().with_(mine)
    assert (pod := both.find("v1", "Pod"))
    assert pod.ignore == "of my own"
    assert both.find("apps/v1", "Deployment") == known_kinds().find("apps/v1", "Deployment")


def test_a_good_file_is_read() -> None:
    read(GOOD)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not one mapping"),
        ("[]", "not one mapping"),
        (GOOD + "---\n" + GOOD, "not one mapping"),
        ("version: 2\nkinds: []\n", "'version: 1'"),
        ("kinds: []\n", "'version: 1'"),
        (GOOD + "more: 1\n", "'version: 1'"),
        ("version: 1\nkinds: []\n", "empty"),
        ("version: 1\nkinds: {}\n", "no list"),
        (HEAD + "- Foo\n", "not a mapping"),
        (HEAD + "- {kind: Foo, images: [a]}\n", "'apiVersion' and 'kind'"),
        (HEAD + "- {apiVersion: x/v1, images: [a]}\n", "'apiVersion' and 'kind'"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo}\n", "paths"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, images: []}\n", "paths"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, images: [a], ignore: b}\n", "paths"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, ignore: true}\n", "paths"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, image: [a]}\n", "'image' is not known"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, images: [a..b]}\n", "not a path"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, images: ['a[0]']}\n", "not a path"),
        (HEAD + "- {apiVersion: x/v1, kind: Foo, images: [1]}\n", "'images' is text"),
        (HEAD + "- {apiVersion: [1], kind: Foo, images: [a]}\n", "'apiVersion' is text"),
        (GOOD + GOOD.removeprefix(HEAD), "is there twice"),
    ],
)
def test_a_file_that_is_wrong_names_the_place(text: str, problem: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read(text)
    assert problem in caught.value.message
    assert caught.value.message.startswith("kinds.yaml")
