"""Reviews that a real API server sent (`make e2e-kubernetes`), read and assessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from verifier.webhook.answer import Answer, Outcome
from verifier.webhook.images import read_images
from verifier.webhook.request import Request, read_review
from verifier.webhook.review import Question, assess
from verifier.webhook.rules import Rules

FOLDER = ROOT / "testdata" / "reviews"
FILES = sorted(FOLDER.glob("*.json"))
NOW = datetime(2026, 11, 2, tzinfo=UTC)
# Where each kind names its image, by hand. File names begin with operation and kind.
FIELDS = {
    "pod": "spec.containers[0].image",
    "podtemplate": "template.spec.containers[0].image",
    "replicationcontroller": "spec.template.spec.containers[0].image",
    "deployment": "spec.template.spec.containers[0].image",
    "replicaset": "spec.template.spec.containers[0].image",
    "statefulset": "spec.template.spec.containers[0].image",
    "daemonset": "spec.template.spec.containers[0].image",
    "job": "spec.template.spec.containers[0].image",
    "cronjob": "spec.jobTemplate.spec.template.spec.containers[0].image",
}


def read(path: Path) -> Request:
    return read_review(path.read_bytes())


def assessed(path: Path, rules: Rules | None = None) -> Question | Answer:
    return assess(read(path), rules or Rules(), read_images(None), NOW)


def named(pattern: str) -> list[Path]:
    found = [path for path in FILES if path.match(f"{pattern}.json")]
    assert found
    return found


def test_there_is_a_review_of_every_kind() -> None:
    assert {path.stem.split("-")[1] for path in FILES} == {*FIELDS, "scale"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_review_can_be_read(path: Path) -> None:
    operation, kind, *more = path.stem.split("-")
    request = read(path)
    assert request.operation == operation.upper()
    assert request.kind.lower() == kind
    assert request.namespace == "shop"
    assert request.dry_run == ("dry-run" in path.stem)
    assert request.user.name.startswith("system:serviceaccount:kube-system:") == ("controller" in more)
    assert (request.object is None) == (operation == "delete")
    assert (request.old is None) == (operation == "create")


@pytest.mark.parametrize("path", named("create-*"), ids=lambda path: path.stem)
def test_what_is_created_is_judged_by_its_image(path: Path) -> None:
    question = assessed(path)
    assert isinstance(question, Question)
    (image,) = question.images
    assert image.field == FIELDS[path.stem.split("-")[1]]
    assert image.text.startswith("registry.example/org/app:signed")


@pytest.mark.parametrize("path", named("delete-*"), ids=lambda path: path.stem)
def test_what_is_deleted_is_not_judged(path: Path) -> None:
    answer = assessed(path)
    assert isinstance(answer, Answer)
    assert answer.outcome is Outcome.ALLOWED


def test_an_ephemeral_container_is_judged_with_the_others() -> None:
    question = assessed(FOLDER / "update-pod-ephemeralcontainers.json")
    assert isinstance(question, Question)
    assert [image.field for image in question.images] == [
        "spec.containers[0].image",
        "spec.ephemeralContainers[0].image",
    ]


def test_a_scale_names_no_image_and_is_left_out_by_those_who_have_it_sent() -> None:
    path = FOLDER / "update-scale-scale.json"
    refused, ignored = assessed(path), assessed(path, Rules(ignored_kinds=frozenset({"autoscaling/Scale"})))
    assert isinstance(refused, Answer)
    assert refused.outcome is Outcome.DENIED
    assert isinstance(ignored, Answer)
    assert ignored.outcome is Outcome.EXEMPT


def test_nothing_of_the_machine_that_made_them_is_in_them() -> None:
    for path in FILES:
        text = path.read_text()
        assert "127.0.0.1" not in text
        json.loads(text)
