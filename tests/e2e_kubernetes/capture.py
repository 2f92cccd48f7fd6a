"""Reviews as the API server sends them, for tests without one."""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from tests.e2e_kubernetes.checks import Checks
from tests.e2e_kubernetes.control_plane import until

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r'"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"')
_NAME = "record.verify-system.svc"


@contextmanager
def capture(c: Checks, folder: Path | None) -> Iterator[None]:
    """Write the first review of each kind, operation and subresource into ``folder``, if there is one."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    seen: dict[str, dict[str, Any]] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(seen))
    server.daemon_threads = True
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        _register(c, f"https://127.0.0.1:{server.server_address[1]}/", authority.cert_pem.bytes())
        probe = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": "shop"}}
        probe["spec"] = {"containers": [{"name": "app", "image": c.image("signed")}]}
        until("reviews are recorded", lambda: c.create(probe, "--dry-run=server").code == 0 and bool(seen))
        seen.clear()
        yield
    finally:
        server.shutdown()
        server.server_close()
        for name, review in seen.items():
            (folder / f"{name}.json").write_text(_scrubbed(review, c))


def _register(c: Checks, url: str, authority: bytes) -> None:
    """As the validating webhook is, but asked about everything, and no reason to refuse anything."""
    document = next(d for d in c.webhook.registrations() if d["kind"].startswith("Validating"))
    document["metadata"]["name"] = "record"
    webhook = document["webhooks"][0]
    del webhook["matchConditions"], webhook["namespaceSelector"]
    webhook |= {"name": _NAME, "failurePolicy": "Ignore"}
    webhook["clientConfig"] = {"url": url, "caBundle": base64.b64encode(authority).decode()}
    for rule in webhook["rules"]:
        rule["operations"] = ["CREATE", "UPDATE", "DELETE"]
    webhook["rules"].append(
        {
            "apiGroups": ["apps"],
            "apiVersions": ["v1"],
            "operations": ["UPDATE"],
            "resources": ["deployments/scale"],
        }
    )
    done = c.create(document)
    if done.code != 0:
        raise RuntimeError(done.err)


def _handler(seen: dict[str, dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = review["request"]
            seen.setdefault(_file_name(request), review)
            answer = {
                "apiVersion": review["apiVersion"],
                "kind": review["kind"],
                "response": {"uid": request["uid"], "allowed": True},
            }
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler


def _file_name(request: dict[str, Any]) -> str:
    parts = [request["operation"], request["kind"]["kind"], request.get("subResource", "")]
    if request.get("dryRun"):
        parts.append("dry-run")
    if request["userInfo"]["username"].startswith("system:serviceaccount:"):
        parts.append("controller")
    return "-".join(part.lower() for part in parts if part)


def _scrubbed(review: dict[str, Any], c: Checks) -> str:
    """Without what changes from run to run: identifiers, times, ports."""
    for name in ("object", "oldObject"):
        metadata = (review["request"].get(name) or {}).get("metadata", {})
        metadata.pop("managedFields", None)
    review["request"]["userInfo"].pop("extra", None)
    text = json.dumps(review, indent=2, sort_keys=True)
    numbers: dict[str, str] = {}
    text = _UUID.sub(lambda m: numbers.setdefault(m[0], f"00000000-0000-4000-8000-{len(numbers):012d}"), text)
    text = _TIME.sub('"2026-11-01T12:00:00Z"', text)
    text = text.replace(c.registry.address, "registry.example")
    return text + "\n"
