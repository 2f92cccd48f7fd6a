"""The webhook as an operator starts it, on the loopback interface, and its registrations as shipped."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import trustme
import yaml

from tests.e2e_kubernetes.control_plane import until
from tests.e2e_kubernetes.tools import ROOT
from tests.interop.servers import free_port
from tests.registry_server import RegistryServer
from tests.webhook_server import POLICY, Images, new_certificate

SHIPPED = ROOT / "deploy" / "kubernetes" / "base" / "webhooks.yaml"
_END_SECONDS = 40.0


class Webhook:
    """``verify admission serve`` while the context lasts; it can be ended and started again."""

    def __init__(self, folder: Path, registry: RegistryServer, images: Images) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.certificate, self.key = new_certificate(folder, self.authority)
        self.port = free_port()
        self.address = registry.address
        (folder / "policies").mkdir()
        (folder / "policies" / "app.yaml").write_text(POLICY.format(name="app", address=registry.address))
        (folder / "root.json").write_bytes(images.trusted_root)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, mode: str = "enforce") -> None:
        """Start it, in ``mode``, and wait until it answers."""
        configuration = {
            "version": 1,
            "mode": mode,
            "policies": ["./policies"],
            "trusted-root": "root.json",
            "registries": {"private": [self.address], "plain-http": [self.address]},
        }
        (self.folder / "configuration.yaml").write_text(yaml.safe_dump(configuration))
        command = [
            *(sys.executable, "-m", "verifier", "admission", "serve"),
            f"--config={self.folder / 'configuration.yaml'}",
            f"--listen=127.0.0.1:{self.port}",
            f"--tls-cert={self.certificate}",
            f"--tls-key={self.key}",
            f"--cache-dir={self.folder / 'cache'}",
        ]
        with (self.folder / "webhook.log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, cwd=ROOT)
        until("the webhook is ready", self._is_ready)

    def _is_ready(self) -> bool:
        import http.client
        import ssl

        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=context)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> int:
        """End it as Kubernetes does; the result is its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._process = None
        return code

    def registrations(self) -> list[dict[str, Any]]:
        """Those that are shipped, but for where the webhook is."""
        documents: list[dict[str, Any]] = list(yaml.safe_load_all(SHIPPED.read_text()))
        bundle = base64.b64encode(self.authority.cert_pem.bytes()).decode()
        for document in documents:
            for webhook in document["webhooks"]:
                path = webhook["clientConfig"]["service"]["path"]
                webhook["clientConfig"] = {"url": f"https://127.0.0.1:{self.port}{path}", "caBundle": bundle}
        return documents
