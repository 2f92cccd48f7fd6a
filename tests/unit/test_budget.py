"""What is read of one image, counted in memory."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from tests.integration.test_admission_bounds import spdx
from tests.unit.registry.memory_source import DSSE, MemorySource, Repository
from verifier.budget import Budget, EvidenceBounds, tree_weight
from verifier.errors import LimitExceeded
from verifier.limits import CONFIG_BYTES, KIB, MIB
from verifier.registry.recording import RecordingSource
from verifier.strict_json import loads

DOCUMENTS = {
    "objects": "[" + ",".join(f'{{"k{number:06}":0.5}}' for number in range(20_000)) + "]",
    "nothing": "[" + "{}," * 20_000 + "0]",
    "text": json.dumps(["x" * 500_000]),
    "wide": json.dumps(["x" * 500_000 + "😀"], ensure_ascii=False),
    "nested": "[" + "[[[0.5]]]," * 10_000 + "0]",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_tree_weighs_at_least_what_it_takes(name: str) -> None:
    raw = DOCUMENTS[name].encode()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tree = loads(raw, limit=len(raw))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert tree
    assert taken <= tree_weight(raw) + 4 * KIB


def test_an_honest_document_does_not_weigh_out_of_proportion() -> None:
    raw = json.dumps(spdx(1000)).encode()
    assert tree_weight(raw) < 8 * len(raw)


def test_what_is_over_is_refused_and_not_counted() -> None:
    told: list[int] = []
    budget = Budget(EvidenceBounds(memory=10), elsewhere=told.append)
    budget.spend(7)
    with pytest.raises(LimitExceeded, match=r"takes more than 0 MiB$"):
        budget.spend(4)
    budget.spend(3)
    assert (budget.spent, told) == (10, [7, 3])


def test_what_another_refuses_is_not_counted() -> None:
    def refuse(_: int) -> None:
        raise LimitExceeded("no")

    budget = Budget(EvidenceBounds(), elsewhere=refuse)
    with pytest.raises(LimitExceeded, match=r"^no$"):
        budget.spend(1)
    assert budget.spent == 0


def test_a_blob_that_does_not_fit_is_not_fetched() -> None:
    repository = Repository()
    blob = repository.blob(b"x" * MIB, DSSE)
    source = MemorySource(repository, repository.image())
    recording = RecordingSource(source, Budget(EvidenceBounds(memory=MIB - 1)))
    with pytest.raises(LimitExceeded):
        recording.blob(blob, limit=2 * CONFIG_BYTES)
    assert source.requests == []


@pytest.mark.parametrize(("limit", "factor"), [(CONFIG_BYTES, 2), (2 * CONFIG_BYTES, 1)])
def test_what_is_read_is_counted_once(limit: int, factor: int) -> None:
    """Of a configuration the texts are kept beside its bytes."""
    repository = Repository()
    blob = repository.blob(b"x" * MIB, DSSE)
    budget = Budget(EvidenceBounds())
    recording = RecordingSource(MemorySource(repository, repository.image()), budget)
    recording.blob(blob, limit=limit)
    assert budget.spent == factor * MIB
