"""The admission webhook, alive on the loopback interface, and reviews to post to it."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import trustme

from tests.registry_server import RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Contents, Layout
from verifier.settings import Settings
from verifier.webhook.configuration import read_configuration
from verifier.webhook.log import JsonLog
from verifier.webhook.serving import build_server

REPOSITORY = "org/app"
POLICY = """\
version: 1
name: {name}
images: ["{address}/**"]
signers:
  release:
    issuer: https://token.actions.githubusercontent.com
    subject: https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main
require:
  - signature: {{}}
"""


@dataclass(frozen=True, slots=True)
class Images:
    """Images of one repository, by their tags: ``signed``, ``unsigned`` and, signed too, ``other``."""

    contents: Contents
    digests: Mapping[str, str]
    trusted_root: bytes


def signed_and_unsigned() -> Images:
    """Make them."""
    sigstore = SigstoreInstance()
    layout = Layout()
    digests = {}
    for tag in ("signed", "unsigned", "other"):
        image = layout.image("linux/amd64", config={"config": {"User": "65532", "Labels": {"is": tag}}})
        layout.tag(tag, image)
        digests[tag] = image.digest
        if tag != "unsigned":
            layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    return Images(layout.contents(), digests, sigstore.trusted_root())


def new_certificate(folder: Path, authority: trustme.CA) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, in two files of ``folder``."""
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = folder / "tls.crt", folder / "tls.key"
    issued.private_key_pem.write_to_path(str(key))
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return certificate, key


def pod(image: str, **more: Any) -> dict[str, Any]:
    """A pod with one container; ``more`` goes into its specification."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [{"name": "web", "image": image}], **more},
    }


def review(thing: Mapping[str, Any] | None, operation: str = "CREATE", **more: Any) -> dict[str, Any]:
    """An AdmissionReview about ``thing``; ``more`` goes into its request."""
    about: Mapping[str, Any] = thing or more.get("oldObject") or {"apiVersion": "v1", "kind": "Pod"}
    group, _, version = about["apiVersion"].rpartition("/")
    metadata = about.get("metadata", {})
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": group, "version": version, "kind": about["kind"]},
            "resource": {"group": group, "version": version, "resource": f"{about['kind'].lower()}s"},
            "namespace": metadata.get("namespace", "default"),
            "name": metadata.get("name", ""),
            "operation": operation,
            "userInfo": {"username": "dev@example.com", "groups": ["system:authenticated"]},
            "object": thing,
            "oldObject": None,
            "dryRun": False,
            "options": None,
            **more,
        },
    }


class WebhookServer:
    """The server in a thread of its own, from entering the context to leaving it.

    ``configuration`` is YAML behind ``version`` and ``policies``; the policy is in ``folder/policies``.
    """

    def __init__(
        self,
        folder: Path,
        registry: RegistryServer,
        images: Images,
        *,
        configuration: str = "",
        environment: Mapping[str, str] | None = None,
        policy: str = POLICY,
    ) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.policies = folder / "policies"
        self.policies.mkdir()
        (self.policies / "app.yaml").write_text(policy.format(name="app", address=registry.address))
        (folder / "root.json").write_bytes(images.trusted_root)
        text = f"version: 1\npolicies: [policies]\ntrusted-root: root.json\n{configuration}"
        if "registries:" not in configuration:
            text += f"registries:\n  private: ['{registry.address}']\n  plain-http: ['{registry.address}']\n"
        (folder / "webhook.yaml").write_text(text)
        self.log = io.StringIO()
        certificate, key = new_certificate(folder, self.authority)
        self.server = build_server(
            read_configuration(folder / "webhook.yaml"),
            Settings(at=datetime.now(UTC), environment=environment or {}),
            certificate=certificate,
            key=key,
            place="127.0.0.1:0",
            log=JsonLog(self.log),
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self._thread.join()
        # What goes on behind answers ends with the test.
        self.server._parts.service.decisions.close(wait=True)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def connect(self, timeout: float = 30) -> http.client.HTTPSConnection:
        """A new connection that trusts the webhook's authority."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        host, _, port = self.server.address.partition(":")
        return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers or {"Content-Type": "application/json"}))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a GET."""
        status, body = self.ask(path, method="GET")
        return status, body.decode()

    def post(self, document: object, path: str = "/validate") -> dict[str, Any]:
        """The response to a review, which must be answered."""
        status, body = self.ask(path, json.dumps(document).encode())
        assert status == 200, body
        answer = json.loads(body)
        assert answer["apiVersion"] == "admission.k8s.io/v1"
        assert answer["kind"] == "AdmissionReview"
        response: dict[str, Any] = answer["response"]
        return response
