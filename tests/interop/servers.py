"""Real registries and cosign, built or installed, on the loopback interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".cache" / "tools"
COSIGN = "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3"
_READY_SECONDS = 15.0
_PAUSE = 0.05


def build_cosign() -> Path:
    """The cosign binary, built from its Go module the first time."""
    version = COSIGN.rpartition("@")[2]
    path = TOOLS / f"cosign-{version}"
    if not path.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "GOBIN": str(TOOLS)}
        subprocess.run(
            ["go", "install", COSIGN], check=True, env=environment, cwd=ROOT / "tests" / "go_registry"
        )
        (TOOLS / "cosign").rename(path)
    return path


def build_go_registry() -> Path:
    """go-containerregistry's registry with the referrers API, built the first time."""
    path = TOOLS / "go_registry"
    if not path.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "build", "-o", str(path), "."], check=True, cwd=ROOT / "tests" / "go_registry")
    return path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """Run a server until the end of the block; gives ``127.0.0.1:PORT`` once it listens."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, port)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(_PAUSE)
    raise RuntimeError("the server does not listen")


@contextlib.contextmanager
def docker_registry(folder: Path) -> Iterator[str]:
    """Debian's docker-registry: no referrers API, so everything lies under tags."""
    port = free_port()
    configuration = folder / "docker-registry.yml"
    configuration.write_text(
        "version: 0.1\nstorage: {inmemory: {}}\nlog: {level: error}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    program = shutil.which("docker-registry") or "/usr/bin/docker-registry"
    with running([program, "serve", str(configuration)], port) as address:
        yield address


@contextlib.contextmanager
def go_registry() -> Iterator[str]:
    """go-containerregistry's registry, which has the referrers API."""
    port = free_port()
    with running([str(build_go_registry()), "-address", f"127.0.0.1:{port}"], port) as address:
        yield address
