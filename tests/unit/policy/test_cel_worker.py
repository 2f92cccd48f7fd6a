"""What the process that evaluates says of its elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.policy.cel_asking import HOLDS, ask
from verifier.policy.cel import EvaluationError
from verifier.policy.cel_process import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def test_a_check_holds_or_does_not(worker: Worker) -> None:
    assert ask(worker, "image.x == 1", {"image": {"x": 1}}) == HOLDS
    assert ask(worker, "image.x == 1", {"image": {"x": 2}}) == {**HOLDS, "failed": [[0, None, None]]}


def test_each_element_is_judged_by_itself(worker: Worker) -> None:
    elements = [{"x": 1}, {"x": 2}, {}, {"x": 3, "y": "why"}]
    answer = ask(
        worker,
        "pkg.x == 1",
        when="!has(pkg.x) || pkg.x != 2",
        message="'it is ' + pkg.y",
        each="pkg",
        elements=elements,
    )
    assert answer == {
        "seen": 4,
        "skipped": 1,
        "failed": [[2, 'Key not found in map : "x"', None], [3, None, "it is why"]],
    }


def test_an_error_in_when_fails(worker: Worker) -> None:
    answer = ask(worker, "true", {"image": {}}, when="image.x == 1")
    assert answer == {**HOLDS, "failed": [[0, 'Key not found in map : "x"', None]]}


def test_a_message_that_cannot_be_had_changes_nothing(worker: Worker) -> None:
    answer = ask(worker, "image.x == 1", {"image": {"x": 2}}, message="image.missing")
    assert answer == {**HOLDS, "failed": [[0, None, None]]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("good", {**HOLDS}),
        ("bad", {**HOLDS, "failed": [[0, None, None]]}),
        ("good\\u0000evil", {**HOLDS, "failed": [[0, None, None]]}),
        ("good\\\0evil", None),
        ("good\0evil", None),
        ("\0", None),
        ("good\ud800", {**HOLDS, "failed": [[0, "a text among the facts holds half of a character", None]]}),
    ],
)
def test_a_text_is_never_read_only_to_its_first_nul(
    worker: Worker, value: str, expected: dict[str, Any] | None
) -> None:
    check, facts = "image.x == 'good'", {"image": {"x": value}}
    if expected is not None:
        assert ask(worker, check, facts) == expected
        return
    for hidden in (facts, {"image": {"y": [{"z": value}], "x": "good"}}, {"image": {value: 1, "x": "good"}}):
        with pytest.raises(EvaluationError, match="a text among the facts holds a NUL character"):
            ask(worker, check, hidden)
    answer = ask(worker, "pkg.x == 'good'", each="pkg", elements=[{"x": value}, {"x": "good"}])
    assert answer == {
        "seen": 2,
        "skipped": 0,
        "failed": [[0, "a text among the facts holds a NUL character", None]],
    }
