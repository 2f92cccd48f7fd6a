"""Measure, and print."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: the fastest run and the median."""

    fastest: float
    median: float

    def __str__(self) -> str:
        return f"{self.fastest * 1000:8.1f} ms fastest {self.median * 1000:8.1f} ms median"


def of(action: Callable[[], object], *, runs: int) -> Timing:
    """Time ``runs`` calls of ``action``, after one that warms up."""
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return Timing(min(times), statistics.median(times))


def of_process(arguments: Sequence[str], *, runs: int, expect: int = 0) -> Timing:
    """Time ``runs`` processes of this Python with ``arguments``; each must exit with ``expect``."""

    def run() -> None:
        done = subprocess.run([sys.executable, *arguments], check=False, capture_output=True)
        if done.returncode != expect:
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr.decode()[-500:]}")

    return of(run, runs=runs)


def alternating(
    first: Callable[[], object], second: Callable[[], object], *, runs: int
) -> tuple[Timing, Timing]:
    """Time two actions turn by turn, so that a machine that slows down slows both."""
    first(), second()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for action, kept in ((first, times[0]), (second, times[1])):
            start = time.perf_counter()
            action()
            kept.append(time.perf_counter() - start)
    return Timing(min(times[0]), statistics.median(times[0])), Timing(
        min(times[1]), statistics.median(times[1])
    )


def row(name: str, value: object, note: str = "") -> None:
    """Print one line of the report."""
    print(f"{name:<62} {value!s:<46} {note}".rstrip())
