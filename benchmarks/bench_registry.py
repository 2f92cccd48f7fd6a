"""One platform of one image from a registry that is some milliseconds away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.latency import Latency
from benchmarks.timing import of, row
from tests.integration.test_requests import REPOSITORY, settings, signed_index
from tests.registry_server import RegistryServer
from verifier.model.finding import Verdict
from verifier.verification import verify_images

RUNS = 11


def main() -> None:
    """Print the time of a verification in one process, with each way to the registry taking longer."""
    contents, _ = signed_index()
    for one_way in (0, 10, 30):
        with (
            TemporaryDirectory() as folder,
            RegistryServer(contents, REPOSITORY) as server,
            Latency(server.address, one_way / 1000) as far,
        ):
            chosen = replace(settings(server, Path(folder)), allow_http=frozenset({far.address}))

            def verify() -> None:
                report = verify_images([f"{far.address}/{REPOSITORY}"], chosen)  # noqa: B023 - called at once
                if report.verdict is not Verdict.PASS:
                    raise RuntimeError(report.images[0].warnings)

            time = of(verify, runs=RUNS)
            requests = len(server.requests) // (RUNS + 1)
        row(f"one platform from a registry {one_way} ms away, {requests} requests", time)


if __name__ == "__main__":
    main()
