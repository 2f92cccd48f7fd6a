"""FLT-04: a run that is ended from outside, at any point, says nothing and leaves nothing wrong behind."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.test_requests import REPOSITORY, SIGSTORE, signed_index
from tests.registry_server import RegistryServer
from tests.registry_server.server import Seen

IDENTITY = (
    *("--certificate-oidc-issuer", "https://token.actions.githubusercontent.com"),
    "--certificate-identity",
    "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main",
)


class Trigger(list[Seen]):
    """The requests of a server; at the one with the number ``at``, a signal is sent to the process."""

    def __init__(self, at: int, number: int) -> None:
        super().__init__()
        self.processes: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
        self._at = at
        self._number = number

    def append(self, item: Seen, /) -> None:
        super().append(item)
        if len(self) == self._at:
            self.processes.get().send_signal(self._number)


def start(home: Path, address: str) -> subprocess.Popen[bytes]:
    (home / "root.json").write_bytes(SIGSTORE.trusted_root())
    command = [
        *(sys.executable, "-m", "verifier", f"{address}/{REPOSITORY}", "--allow-http", address),
        *("--trusted-root", "root.json", *IDENTITY, "--require", "signature", "--require", "spdx"),
        *("--platform", "linux/amd64", "--save-evidence", "saved", "--report", "json=report.json"),
    ]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("at", [1, 7, 14, 16])
def test_a_run_that_is_ended_gives_no_verdict_and_harms_no_later_one(
    tmp_path: Path, at: int, number: signal.Signals
) -> None:
    contents, _ = signed_index()
    with RegistryServer(contents, REPOSITORY) as server:
        trigger = server.requests = Trigger(at, number)
        with start(tmp_path, server.address) as process:
            trigger.processes.put(process)
            out, err = process.communicate()
        assert process.returncode in {-number, 130}
        assert (out, b"Traceback" in err) == (b"", False)
        assert not (tmp_path / "report.json").exists()
        assert not (tmp_path / "saved").exists()

        # The positive twin, with the same home, so with whatever the first run left in the cache.
        with start(tmp_path, server.address) as again:
            out, err = again.communicate()
        assert again.returncode == 0, err
        assert out.startswith(b"PASS")
        assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "pass"
        assert (tmp_path / "saved" / "index.json").exists()
