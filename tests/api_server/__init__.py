"""As much of a Kubernetes API server as lists objects, over TLS."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-the-test-cluster"


class ApiServer:
    """Lists ``objects`` by their path, in pages, to whoever shows the token, or a client certificate.

    ``answers`` are other answers: status and body, by path and number of the request for it (from 1).
    """

    def __init__(
        self,
        objects: Mapping[str, Sequence[Any]],
        tls: ssl.SSLContext,
        *,
        answers: Mapping[tuple[str, int], tuple[int, bytes]] | None = None,
        token: str | None = TOKEN,
        page: int = 2,
    ) -> None:
        self.objects = objects
        self.answers = dict(answers or {})
        self.token = token
        self.page = page
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"https://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = server.answer(self.path, self.headers.get("Authorization"))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if status in {301, 302}:
                    self.send_header("Location", body.decode())
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def answer(self, target: str, authorization: str | None) -> tuple[int, bytes]:
        """Answer one request."""
        self.requests.append(target)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        number = sum(urlsplit(seen).path == path for seen in self.requests)
        if self.token is not None and authorization != f"Bearer {self.token}":
            return 401, b'{"kind":"Status","code":401}'
        if (path, number) in self.answers:
            return self.answers[path, number]
        start = int(query.get("continue", ["0"])[0])
        size = min(self.page, int(query["limit"][0]))
        found = self.objects.get(path, [])
        metadata = {"resourceVersion": "7"}
        if start + size < len(found):
            metadata["continue"] = str(start + size)
        return 200, json.dumps({"metadata": metadata, "items": list(found[start : start + size])}).encode()
