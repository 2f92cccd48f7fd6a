"""Many images through the gate, from one registry in a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import row
from tests.integration.test_requests import SIGSTORE, signed_index
from tests.sigstore_instance.layout import Contents
from verifier.model.finding import Verdict

COUNTS = (10, 100, 1000)
IDENTITY = "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"
_PATH = re.compile(r"/v2/many/app-[0-9]+/(manifests|blobs)/(.+)")


def serve(contents: Contents, channel: Connection) -> None:
    """Serve one layout under every name below ``many/``; say on ``channel`` how many requests there were."""
    answers: Mapping[str, tuple[str, bytes]] = {
        **{f"blobs/{digest}": ("application/octet-stream", raw) for digest, raw in contents.blobs.items()},
        **{f"manifests/{digest}": stored for digest, stored in contents.manifests.items()},
        **{f"manifests/{tag}": contents.manifests[digest] for tag, digest in contents.tags.items()},
    }
    requests = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            nonlocal requests
            requests += 1
            match = _PATH.fullmatch(self.path)
            media_type, raw = answers.get(f"{match[1]}/{match[2]}" if match else "", ("", b""))
            self.send_response(200 if media_type else 404)
            self.send_header("Content-Type", media_type or "text/plain")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    channel.send(server.server_address[1])
    while channel.recv() == "count":
        channel.send(requests)
    server.shutdown()


def main() -> None:
    """Print wall time, requests and memory, and how each grows."""
    contents, _ = signed_index()
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    child = context.Process(target=serve, args=(contents, theirs), daemon=True)
    child.start()
    address = f"127.0.0.1:{ours.recv()}"
    try:
        with TemporaryDirectory() as folder:
            (Path(folder) / "root.json").write_bytes(SIGSTORE.trusted_root())
            for count in COUNTS:
                ours.send("count")
                before = ours.recv()
                seconds, mib = _gate(Path(folder), address, count)
                ours.send("count")
                requests = ours.recv() - before
                each = f"{seconds / count * 1000:.1f} ms and {requests / count:.1f} requests each"
                row(f"gate: {count} images of 2 platforms", f"{seconds:8.2f} s   {mib:6.0f} MiB", each)
    finally:
        ours.send("end")
        child.join(10)


def _gate(folder: Path, address: str, count: int) -> tuple[float, float]:
    """Seconds and MiB that one run of the command takes; nothing is kept from one run to the next."""
    images = [f"{address}/many/app-{number}" for number in range(count)]
    (folder / "images.txt").write_text("".join(f"{image}\n" for image in images))
    command = [
        *(sys.executable, "-c", _MEASURED, "gate", "images.txt", "-o", "json", "--no-cache"),
        *("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER),
        *("--require", "signature", "--require", "spdx", "--trusted-root", "root.json"),
        *("--allow-http", address),
    ]
    start = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, cwd=folder, env=_environment())
    seconds = time.perf_counter() - start
    report = json.loads(done.stdout)
    if report["verdict"] != str(Verdict.PASS) or len(report["images"]) != count:
        raise RuntimeError(done.stderr.decode()[-500:])
    return seconds, int(done.stderr.split()[-1]) / 1024


_MEASURED = """
import resource, sys
from verifier.cli.main import run
code = run(sys.argv[1:])
sys.stderr.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
sys.exit(code)
"""


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parent.parent)
    return {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "PYTHONPATH": root}


if __name__ == "__main__":
    main()
