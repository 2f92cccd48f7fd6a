"""The HTTPS server: reviews in, answers out, and how it is doing."""

from __future__ import annotations

import asyncio
import asyncio.sslproto
import logging
import math
import re
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from verifier.errors import UsageError
from verifier.limits import (
    KEEP_ALIVE_SECONDS,
    REVIEW_BYTES,
    REVIEW_SECONDS_TO_ARRIVE,
    REVIEW_SMALL_BYTES,
    REVIEW_VALUES,
    REVIEWS_UNDER_WAY,
    TLS_BUFFER_BYTES,
)
from verifier.strict_json import count_values
from verifier.text import safe
from verifier.webhook.certificate import Certificate
from verifier.webhook.configuration import Timeouts
from verifier.webhook.doors import Doors
from verifier.webhook.log import JsonHandler, Log
from verifier.webhook.metrics import Metrics
from verifier.webhook.reloading import Reloading
from verifier.webhook.room import NoRoomError, Room, Taken
from verifier.webhook.service import Service

if TYPE_CHECKING:
    import uvicorn

_JSON: Final = "application/json"
_WAITS: Final = re.compile(r"([0-9]{1,3})s")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server is made of. ``sizes`` are those of the cache."""

    service: Service
    reloading: Reloading
    metrics: Metrics
    log: Log
    timeouts: Timeouts
    sizes: Callable[[], Mapping[str, int]]


class Webhook:
    """The ASGI application. ``stopping`` says that it shall get no more reviews."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._under_way = 0
        self._room = Room()
        self.stopping = False

    def application(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/validate", self._endpoint("validate", pin=False), methods=["POST"]),
                Route("/mutate", self._endpoint("mutate", pin=True), methods=["POST"]),
                Route("/healthz", self._health, methods=["GET"]),
                Route("/readyz", self._ready, methods=["GET"]),
                Route("/metrics", self._metrics, methods=["GET"]),
            ]
        )

    def _endpoint(self, name: str, *, pin: bool) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
                return _plain(415, f"a review is sent as {_JSON}")
            if self._under_way >= REVIEWS_UNDER_WAY:
                return _plain(503, "too many reviews are under way")
            self._under_way += 1
            try:
                with self._parts.metrics.reviewing():
                    return await self._review(request, name, pin=pin)
            finally:
                self._under_way -= 1

        return answer

    async def _review(self, request: Request, name: str, *, pin: bool) -> Response:
        began = time.monotonic()
        seconds = _seconds(request, self._parts.timeouts.review)
        source = request.client.host if request.client else ""
        try:
            with self._room.review(source) as taken:
                async with asyncio.timeout(min(seconds, REVIEW_SECONDS_TO_ARRIVE)):
                    raw = await _body(request, taken)
                arrived = time.monotonic()
                taken.take(values=await _values(raw))
                reply = await self._parts.service.review(raw, pin=pin, end=began + seconds)
        except TimeoutError:
            return _plain(408, "the review did not arrive in time")
        except ClientDisconnect:
            return _plain(400, "the review broke off")
        except _TooLargeError:
            return _plain(413, f"a review has at most {REVIEW_BYTES} bytes")
        except NoRoomError:
            return _plain(503, "too much of reviews is under way")
        self._parts.metrics.answered(name, reply.answer.outcome, time.monotonic() - arrived)
        return Response(reply.body, 200 if reply.has_uid else 400, media_type=_JSON)

    async def _health(self, _request: Request) -> Response:
        """Whether the process answers at all."""
        return PlainTextResponse("ok\n")

    async def _ready(self, _request: Request) -> Response:
        """Whether reviews may come. What could not be loaded anew is told, and no reason to go away."""
        problems = self._parts.reloading.problems()
        status = 503 if self.stopping else 200
        return JSONResponse({"ready": status == 200, "problems": problems}, status)

    async def _metrics(self, _request: Request) -> Response:
        body = self._parts.metrics.render(self._parts.sizes)
        return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


class _TooLargeError(Exception):
    """Of a body nothing more is read."""


async def _body(request: Request, taken: Taken) -> bytes:
    """The body of a request. Raises `_TooLargeError` and `NoRoomError` as soon as that is known."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > REVIEW_BYTES:
        raise _TooLargeError
    body = bytearray()
    async for piece in request.stream():
        if len(body) + len(piece) > REVIEW_BYTES:
            raise _TooLargeError
        taken.take(len(piece))
        body += piece
    return bytes(body)


async def _values(raw: bytes) -> int:
    """How many values the tree of a review will have: none where there are too many to build one."""
    if len(raw) <= REVIEW_SMALL_BYTES:
        count = count_values(raw, most=REVIEW_VALUES)
    else:
        count = await asyncio.to_thread(count_values, raw, most=REVIEW_VALUES)
    return count if count <= REVIEW_VALUES else 0


def _seconds(request: Request, most: float) -> float:
    """How long the answer may take: the API server says when it stops to wait (``?timeout=10s``)."""
    match = _WAITS.fullmatch(request.query_params.get("timeout", ""))
    waits = float(match[1]) if match else math.inf
    return min(most, max(waits - 1.0, waits / 2))


def _plain(status: int, text: str) -> Response:
    # Of a body that was not read the rest must not be taken for the next request.
    return PlainTextResponse(f"{text}\n", status, headers={"Connection": "close"})


def listen(text: str) -> Doors:
    """A socket on ``HOST:PORT``, or raise `UsageError`."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise UsageError(
            f"--listen: {safe(text, limit=100)!r} is not HOST:PORT", hint="for example 0.0.0.0:8443"
        )
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    try:
        return Doors(socket.create_server((name, int(port)), family=family, backlog=2048))
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--listen: cannot listen on {safe(text, limit=100)}: {safe(error)}") from None


class Server:
    """Serves until it is told to stop by SIGTERM, SIGINT, or `stop`."""

    def __init__(self, parts: Parts, certificate: Certificate, place: Doors) -> None:
        import uvicorn

        self._parts = parts
        self._place = place
        self._webhook = Webhook(parts)
        self.address = "{}:{}".format(*place.getsockname()[:2])
        config = uvicorn.Config(
            place.watched(self._webhook.application()),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(parts.timeouts.shutdown),
            ssl_context_factory=lambda _config, _default: certificate.context,
        )
        self._server = uvicorn.Server(config)

    def stop(self) -> None:
        """Take no more reviews, finish those under way. From any thread."""
        self._server.should_exit = True

    async def serve(self) -> None:
        """Serve. What is under way at the end is finished, for as long as the configuration says."""
        with _logging_to(self._parts.log):
            self._parts.log.event("info", "serving", address=self.address)
            with _signals_taken():
                # Four times as much is the default, for each connection: with hundreds of them, much memory.
                asyncio.sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES
                async with self._watching():
                    await self._server.serve(sockets=[self._place])
            self._parts.service.decisions.close()
            self._parts.log.event("info", "stopped")

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch(self._server))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self, server: uvicorn.Server) -> None:
        """Look for new policies, trust roots and certificates, away from the loop that answers."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.1)
            self._webhook.stopping = server.should_exit
            self._place.turn_out()
            if time.monotonic() - last >= self._parts.timeouts.reload:
                await asyncio.to_thread(self._parts.reloading.reload)
                last = time.monotonic()


@contextmanager
def _signals_taken() -> Iterator[None]:
    """uvicorn raises the signal that ended it once more, for the handler from before: that does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _taken) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _taken(_number: int, _frame: object) -> None:
    """Do nothing: the server has ended in order."""


@contextmanager
def _logging_to(log: Log) -> Iterator[None]:
    """Every record of every library goes to ``log``, and nowhere else."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = [JsonHandler(log)]
    root.setLevel(logging.INFO)
    # Every request to a registry is an INFO to them.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
