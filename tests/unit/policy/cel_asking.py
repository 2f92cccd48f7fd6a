"""Ask the process that evaluates CEL."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

from verifier.policy.cel_process import Worker


def request(
    check: str,
    facts: dict[str, Any] | None = None,
    *,
    when: str | None = None,
    message: str | None = None,
    each: str | None = None,
    elements: Sequence[object] = (None,),
) -> dict[str, Any]:
    now = "2026-11-24T00:00:00+00:00"
    return {
        "check": check,
        "when": when,
        "message": message,
        "each": each,
        "elements": list(elements),
        "facts": facts or {},
        "now": now,
    }


def ask(worker: Worker, *arguments: Any, **options: Any) -> dict[str, Any]:
    with worker.session() as session:
        answer = session.ask(request(*arguments, **options))
    del answer["id"]
    return answer


def process_of(worker: Worker) -> subprocess.Popen[bytes]:
    process = worker._process
    assert process is not None
    return process


HOLDS = {"seen": 1, "skipped": 0, "failed": []}
