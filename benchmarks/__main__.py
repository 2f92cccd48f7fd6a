"""``make bench``: everything that is measured, each in a process of its own, on a heap of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}\n", flush=True)
for name in (
    "bench_process",
    "bench_bundle",
    "bench_registry",
    "bench_sbom",
    "bench_policy",
    "bench_gate",
    "bench_admission",
):
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
    print(flush=True)
