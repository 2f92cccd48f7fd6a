"""What a directory of saved evidence says of the time of its run."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from verifier.registry.evidence_record import recorded_time


@pytest.mark.parametrize("text", ["2026-11-24T01:00:00Z", "2026-11-24T02:00:00+01:00"])
def test_the_recorded_time_is_read(text: str) -> None:
    assert recorded_time(json.dumps({"evaluatedAt": text}).encode()) == datetime(2026, 11, 24, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"evaluatedAt": 1}',
        b'{"evaluatedAt": null}',
        b'{"evaluatedAt": "2026-11-24T01:00:00"}',
        b'{"evaluatedAt": "yesterday"}',
        b'{"evaluatedAt": "0001-01-01T00:00:00+23:59"}',
        b'{"evaluatedAt": "2026-11-24T01:00:00Z", "evaluatedAt": "2026-11-25T01:00:00Z"}',
    ],
)
def test_what_is_no_time_is_none(raw: bytes) -> None:
    assert recorded_time(raw) is None
