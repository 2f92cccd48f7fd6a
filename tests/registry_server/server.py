"""The server itself. OCI distribution specification 1.1; pull only."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import ssl
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.registry_server.faults import Fault
from tests.sigstore_instance.layout import INDEX, Contents

TOKEN = "a-token-of-the-test-registry"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Login:
    """What must be shown. ``scheme`` is ``Basic`` or ``Bearer``; ``realm`` where tokens are (default: here).

    With ``username`` empty, tokens are given to everybody.
    """

    scheme: str
    username: str = ""
    password: str = ""
    realm: str | None = None
    identity_token: str = ""


class RegistryServer:
    """One repository, on a port of the loopback interface, from entering the context to leaving it."""

    def __init__(
        self,
        contents: Contents,
        repository: str,
        *,
        referrers: bool = False,
        page: int = 0,
        login: Login | None = None,
        blobs_at: str | None = None,
        faults: Sequence[Fault] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.contents = contents
        self.repository = repository
        self.referrers = referrers
        self.page = page
        self.login = login
        self.blobs_at = blobs_at
        self.faults = list(faults)
        self.requests: list[Seen] = []
        self.connections = 0
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "http" if tls is None else "https"
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        """The paths that were asked for, without ``/v2/REPOSITORY/``, in order."""
        return [seen.path.removeprefix(f"/v2/{self.repository}/") for seen in self.requests]

    def with_header(self, name: str) -> list[Seen]:
        """The requests that carried this header."""
        return [seen for seen in self.requests if name.lower() in seen.headers]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer on a kept connection waits for 40 ms

            def setup(self) -> None:
                registry.connections += 1
                super().setup()

            def do_GET(self) -> None:
                registry.answer(self, b"")

            def do_CONNECT(self) -> None:
                registry.answer(self, b"")

            def do_POST(self) -> None:
                registry.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        path = handler.path
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.requests.append(Seen(handler.command, path, headers, body))
            self._calls[path] += 1
            call = self._calls[path]
        for fault in self.faults:
            if fault.strikes(path, call):
                _send_fault(handler, fault)
                return
        status, answer, more = self._right(path, headers, body)
        _send(handler, status, answer, more)

    def _right(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if path.startswith("/token"):
            return self._token(headers, body)
        if self.login is not None and not self._is_logged_in(headers):
            own = f"{self.scheme}://{self.address}/token"
            realm = own if self.login.realm is None else self.login.realm
            scope = f"repository:{self.repository}:pull"
            challenge = f'{self.login.scheme} realm="{realm}",service="test",scope="{scope}"'
            return 401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"WWW-Authenticate": challenge}
        match = re.fullmatch(
            rf"/v2/{re.escape(self.repository)}/(manifests|blobs|referrers)/([^?]+)(\?.*)?", path
        )
        if match is None:
            return 404, _error("NAME_UNKNOWN"), {}
        return getattr(self, f"_{match[1]}")(match[2], match[3] or "")  # type: ignore[no-any-return]

    def _manifests(self, reference: str, _query: str) -> tuple[int, bytes, dict[str, str]]:
        digest = reference if reference.startswith("sha256:") else self.contents.tags.get(reference, "")
        if digest not in self.contents.manifests:
            return 404, _error("MANIFEST_UNKNOWN"), {}
        media_type, raw = self.contents.manifests[digest]
        return 200, raw, {"Content-Type": media_type, "Docker-Content-Digest": digest}

    def _blobs(self, digest: str, _query: str) -> tuple[int, bytes, dict[str, str]]:
        if self.blobs_at is not None:
            return 307, b"", {"Location": f"{self.blobs_at}/v2/{self.repository}/blobs/{digest}"}
        if digest not in self.contents.blobs:
            return 404, _error("BLOB_UNKNOWN"), {}
        return 200, self.contents.blobs[digest], {"Content-Type": "application/octet-stream"}

    def _referrers(self, digest: str, query: str) -> tuple[int, bytes, dict[str, str]]:
        if not self.referrers:
            return 404, b"404 page not found", {"Content-Type": "text/plain"}
        found = [
            {"mediaType": media_type, "digest": other, "size": len(raw)}
            for other, (media_type, raw) in self.contents.manifests.items()
            if json.loads(raw).get("subject", {}).get("digest") == digest
        ]
        headers = {"Content-Type": INDEX}
        if self.page:
            start = int(parse_qs(urlsplit(query).query).get("start", ["0"])[0])
            if start + self.page < len(found):
                link = f"/v2/{self.repository}/referrers/{digest}?start={start + self.page}"
                headers["Link"] = f'<{link}>; rel="next"'
            found = found[start : start + self.page]
        return 200, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": found}).encode(), headers

    def _is_logged_in(self, headers: Mapping[str, str]) -> bool:
        shown, login = headers.get("authorization", ""), self.login
        if login is None:
            return True
        if login.scheme == "Bearer":
            return shown == f"Bearer {TOKEN}"
        return shown == _basic(login)

    def _token(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        login = self.login or Login("Bearer")
        form = parse_qs(body.decode())
        if login.identity_token:
            good = form.get("refresh_token") == [login.identity_token]
        else:
            good = not login.username or headers.get("authorization") == _basic(login)
        if not good:
            return 401, _error("DENIED"), {}
        return (
            200,
            json.dumps({"token": TOKEN, "expires_in": 300}).encode(),
            {"Content-Type": "application/json"},
        )


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(f"{login.username}:{login.password}".encode()).decode()


def _error(code: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": "as the test has it"}]}).encode()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _send_fault(handler: BaseHTTPRequestHandler, fault: Fault) -> None:
    if fault.raw is not None or fault.pieces is not None:
        handler.close_connection = True
        with contextlib.suppress(ConnectionError):
            for piece in fault.pieces() if fault.pieces is not None else [fault.raw or b""]:
                handler.wfile.write(piece)
        return
    handler.send_response(fault.status)
    for name, value in fault.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(fault.body) if fault.length is None else fault.length))
    handler.end_headers()
    handler.wfile.write(fault.body)
    if fault.length is not None:
        handler.close_connection = True


class Tripwire(RegistryServer):
    """A server to which nobody must even connect, which leaving the context checks."""

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        if problem[0] is None:
            assert self.connections == 0

    def __init__(self, **settings: Any) -> None:
        super().__init__(Contents({}, {}, {}), "none", **settings)
