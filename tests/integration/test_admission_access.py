"""Image pull secrets: those of the review's own namespace, and of nobody else."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.registry_server import Login, RegistryServer
from tests.webhook_server import (
    REPOSITORY,
    Images,
    WebhookServer,
    pod,
    review,
    signed_and_unsigned,
)

TOKEN = "a-token-of-the-service-account"
GOOD = Login("Basic", username="robot", password="canary-of-team-a")


@pytest.fixture(scope="module")
def images() -> Images:
    return signed_and_unsigned()


class ApiServer:
    """The objects of a cluster by their paths, for whoever shows the token."""

    def __init__(self, folder: Path) -> None:
        self.objects: dict[str, Mapping[str, Any]] = {}
        self.asked: list[str] = []
        authority = trustme.CA()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        folder.mkdir()
        authority.cert_pem.write_to_path(str(folder / "ca.crt"))
        (folder / "token").write_text(f"{TOKEN}\n")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.environment = {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self._server.server_address[1]),
            "VERIFY_SERVICE_ACCOUNT_DIRECTORY": str(folder),
        }

    def __enter__(self) -> ApiServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def account(self, namespace: str, name: str, *secrets: str) -> None:
        self.objects[f"{namespace}/serviceaccounts/{name}"] = {
            "imagePullSecrets": [{"name": secret} for secret in secrets]
        }

    def secret(self, namespace: str, name: str, auths: object, *, kind: str = "dockerconfigjson") -> None:
        text = json.dumps({"auths": auths} if kind == "dockerconfigjson" else auths)
        self.objects[f"{namespace}/secrets/{name}"] = {
            "type": f"kubernetes.io/{kind}",
            "data": {f".{kind}": base64.b64encode(text.encode()).decode()},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/api/v1/namespaces/")
                server.asked.append(path)
                status = 200 if path in server.objects else 404
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    status = 401
                body = json.dumps(server.objects.get(path, {})).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler


@contextmanager
def running(folder: Path, images: Images) -> Iterator[tuple[WebhookServer, RegistryServer, ApiServer, str]]:
    with ApiServer(folder / "account") as cluster:
        with RegistryServer(images.contents, REPOSITORY, login=GOOD) as registry:
            with WebhookServer(
                folder,
                registry,
                images,
                configuration="pull-secrets: true\n",
                environment=cluster.environment,
            ) as webhook:
                yield webhook, registry, cluster, f"{registry.address}/{REPOSITORY}"


def in_namespace(namespace: str, thing: dict[str, Any]) -> dict[str, Any]:
    thing["metadata"]["namespace"] = namespace
    return review(thing)


def entry(registry: RegistryServer, password: str = GOOD.password) -> dict[str, dict[str, str]]:
    text = base64.b64encode(f"{GOOD.username}:{password}".encode()).decode()
    return {registry.address: {"auth": text}}


@pytest.mark.parametrize("kind", ["dockerconfigjson", "dockercfg"])
def test_the_secrets_of_the_pod_and_of_its_service_account(tmp_path: Path, images: Images, kind: str) -> None:
    with running(tmp_path, images) as (webhook, registry, cluster, name):
        cluster.secret("team-a", "pull", entry(registry), kind=kind)
        own = pod(f"{name}:signed", imagePullSecrets=[{"name": "pull"}])
        assert webhook.post(in_namespace("team-a", own))["allowed"]
        assert not webhook.post(in_namespace("team-a", pod(f"{name}:other")))["allowed"]
        cluster.account("team-a", "runner", "pull")
        by_account = pod(f"{name}:other", serviceAccountName="runner")
        assert webhook.post(in_namespace("team-a", by_account))["allowed"]


def test_the_default_service_account_is_that_of_whoever_names_none(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, cluster, name):
        cluster.secret("team-a", "pull", entry(registry))
        cluster.account("team-a", "default", "pull")
        assert webhook.post(in_namespace("team-a", pod(f"{name}:signed")))["allowed"]


def test_credentials_of_another_namespace_are_not_shown(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, cluster, name):
        cluster.secret("team-a", "pull", entry(registry))
        cluster.secret("team-b", "pull", entry(registry, "canary-of-team-b"))
        pinned = f"{name}@{images.digests['signed']}"
        mine = pod(pinned, imagePullSecrets=[{"name": "pull"}])
        assert webhook.post(in_namespace("team-a", mine))["allowed"]
        seen = len(registry.requests)
        # The same image, whose evidence is known by now: to team-a.
        theirs = webhook.post(in_namespace("team-b", mine))
        assert (theirs["allowed"], theirs["status"]["code"]) == (False, 503)
        shown = [seen.headers.get("authorization", "") for seen in registry.requests[seen:]]
        decoded = [base64.b64decode(text.removeprefix("Basic ")).decode() for text in shown if text]
        assert decoded
        assert all("canary-of-team-b" in text for text in decoded)
        assert {path.split("/")[0] for path in cluster.asked} == {"team-a", "team-b"}
        assert "canary" not in webhook.log.getvalue()
        assert "canary" not in json.dumps(theirs)


def test_the_namespace_is_the_api_servers_word(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, cluster, name):
        cluster.secret("team-a", "pull", entry(registry))
        forged = pod(f"{name}:signed", imagePullSecrets=[{"name": "pull"}])
        forged["metadata"]["namespace"] = "team-a"
        asked = review(forged)
        asked["request"]["namespace"] = "team-b"
        assert not webhook.post(asked)["allowed"]
        assert {path.split("/")[0] for path in cluster.asked} == {"team-b"}


def test_names_that_are_no_names_are_not_asked_for(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, cluster, name):
        for bad in ("../../team-a/secrets/pull", "pull?x=1", "a b", "", "PULL", "x" * 300):
            asked = pod(f"{name}:signed", imagePullSecrets=[{"name": bad}], serviceAccountName=bad or "x")
            assert not webhook.post(in_namespace("team-b", asked))["allowed"]
        assert set(cluster.asked) <= {"team-b/serviceaccounts/x"}


def test_helpers_that_a_secret_names_are_not_run(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, cluster, name):
        text = json.dumps({"credHelpers": {registry.address: "evil"}, "credsStore": "evil", "auths": {}})
        cluster.objects["team-a/secrets/pull"] = {
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(text.encode()).decode()},
        }
        asked = pod(f"{name}:signed", imagePullSecrets=[{"name": "pull"}])
        refused = webhook.post(in_namespace("team-a", asked))
        assert not refused["allowed"]
        assert "evil" not in json.dumps(refused)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ({"type": "Opaque", "data": {".dockerconfigjson": "e30="}}, "no secret of type"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": {}}, "no secret of type"),
        ({"type": "kubernetes.io/dockerconfigjson"}, "no secret of type"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "!"}}, "cannot be used"),
        (
            {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "bm8="}},
            "cannot be used",
        ),
    ],
)
def test_a_secret_that_cannot_be_used_is_named(
    tmp_path: Path, images: Images, secret: Mapping[str, Any], said: str
) -> None:
    with running(tmp_path, images) as (webhook, _, cluster, name):
        cluster.objects["team-a/secrets/pull"] = secret
        refused = webhook.post(
            in_namespace("team-a", pod(f"{name}:signed", imagePullSecrets=[{"name": "pull"}]))
        )
        assert (refused["allowed"], refused["status"]["code"]) == (False, 503)
        assert "team-a/pull" in refused["status"]["message"]
        assert said in refused["status"]["message"]


def test_a_token_that_is_refused_is_said(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, _cluster, name):
        (tmp_path / "account" / "token").write_text("another")
        refused = webhook.post(in_namespace("team-a", pod(f"{name}:signed")))
        assert (refused["allowed"], refused["status"]["code"]) == (False, 503)
        assert "the API server answered status 401" in refused["status"]["message"]
        assert "another" not in refused["status"]["message"]
