"""The webhook as the command that a pod runs, in a process of its own whose memory can be measured."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import trustme

from tests.webhook_server import POLICY, new_certificate
from verifier.limits import MIB

_SERVE = "from verifier.cli.main import main; main()"


class WebhookProcess:
    """``verify admission serve``, from entering the context to leaving it.

    ``registry`` is the address of the only registry, ``configuration`` YAML behind the usual one.
    """

    def __init__(
        self,
        folder: Path,
        registry: str,
        trusted_root: bytes,
        *,
        policy: str = POLICY,
        configuration: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.authority = trustme.CA()
        (folder / "policy.yaml").write_text(policy.format(name="app", address=registry))
        (folder / "root.json").write_bytes(trusted_root)
        (folder / "webhook.yaml").write_text(
            "version: 1\npolicies: [policy.yaml]\ntrusted-root: root.json\n"
            f"registries:\n  private: ['{registry}']\n  plain-http: ['{registry}']\n{configuration}"
        )
        certificate, key = new_certificate(folder, self.authority)
        self._arguments = [
            *("admission", "serve", "--config", str(folder / "webhook.yaml"), "--listen", "127.0.0.1:0"),
            *("--tls-cert", str(certificate), "--tls-key", str(key), "--no-cache"),
        ]
        self._environment = {"HOME": str(folder), "LANG": "C.UTF-8", **(environment or {})}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, *self._arguments],
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self._process.stderr or ():
            if (entry := json.loads(line)).get("message") == "serving":
                self.host, _, self.port = entry["address"].partition(":")
                return self
        raise AssertionError(f"it ended with {self._process.wait()}")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    @property
    def peak(self) -> int:
        """The most memory that it has taken so far, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024  # type: ignore[index]

    @property
    def peak_mebibytes(self) -> int:
        """The same, for people."""
        return self.peak // MIB

    def context(self) -> ssl.SSLContext:
        """One that trusts the webhook's authority."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def ask(self, path: str, body: bytes | None = None, *, timeout: float = 120) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own; a GET without a body."""
        connection = http.client.HTTPSConnection(
            self.host, int(self.port), timeout=timeout, context=self.context()
        )
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def post(self, review: object) -> dict[str, Any]:
        """The response to a review, which must be answered."""
        status, body = self.ask("/validate", json.dumps(review).encode())
        assert status == 200, body
        response: dict[str, Any] = json.loads(body)["response"]
        return response
