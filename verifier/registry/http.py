"""Every request that this program makes; beside this, only `connections` and `origins` use httpx."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final, Literal, Self

import httpcore
import httpx

from verifier.deadline import Deadline
from verifier.errors import LimitExceeded, RedirectError, RegistryError, VerifierError
from verifier.limits import (
    CONNECT_SECONDS,
    ERROR_BODY_BYTES,
    READ_SECONDS,
    REDIRECTS,
    TRUSTED_ROOT_BYTES,
)
from verifier.registry.addresses import AddressGuard
from verifier.registry.connections import Connection, Connections
from verifier.registry.failures import FAILURES, explain
from verifier.registry.origins import Origin, join, may_be_plain, origin
from verifier.registry.proxies import Proxies
from verifier.registry.redaction import Redaction
from verifier.registry.retry import PassingError, Retries
from verifier.text import safe
from verifier.version import __version__

_REDIRECTED: Final = {301, 302, 303, 307, 308}
Follow = Literal["anywhere", "equivalent", "nowhere"]


class BodyTooLongError(LimitExceeded):
    """A body has more bytes than were asked for; ``announced`` is how many, where the answer said so."""

    code = "LimitExceeded"

    def __init__(self, message: str, *, announced: int | None = None) -> None:
        super().__init__(message)
        self.announced = announced


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: its status, headers (names in lower case), body, and the URL that gave it.

    The body is whole where the status is 200; of others it is what an error message may need.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question. ``authorization`` goes to the origin of ``url`` alone, never along a redirect.

    ``limit`` in bytes; ``allow_http`` the hosts that may be spoken to without TLS. A ``form`` is posted, and
    once only. ``follow`` redirects: ``equivalent`` all but a 303 to another origin, where something else
    than what was asked for is (RFC 9110, 15.4.4); what is not followed is the answer.
    """

    url: str
    limit: int
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    follow: Follow = "anywhere"
    allow_http: Collection[str] = ()


class HttpClient:
    """Shared connections, one deadline, retries, redirects followed by hand. Safe for several threads."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        retries: Retries | None = None,
        ca_file: str | None = None,
        proxies: Proxies | None = None,
        backend: httpcore.NetworkBackend | None = None,
        guard: AddressGuard | None = None,
    ) -> None:
        self._deadline = deadline
        self._retries = retries or Retries()
        self._redaction = Redaction.of_addresses((proxies or Proxies()).by_scheme.values())
        self._client = httpx.Client(
            transport=Connections(
                deadline, _context(ca_file), proxies=proxies or Proxies(), backend=backend, guard=guard
            ),
            trust_env=False,
            follow_redirects=False,
            # Cookies know neither ports nor whom they were meant for; none is kept.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": f"verify/{__version__}", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def fetch(self, url: str) -> tuple[int, bytes]:
        """Status and body of a plain GET over https; see `verifier.trustroot.tuf.Fetch`."""
        response = self.send(Request(url, TRUSTED_ROOT_BYTES))
        return response.status, response.body

    def send(self, request: Request) -> Response:
        """Ask, and follow redirects.

        Raises `RegistryError` where no whole answer came, `RedirectError` where a redirect must not be
        followed, `LimitExceeded` for a body over the limit or when time is up.
        """
        try:
            return self._send(request)
        except VerifierError as error:
            self._redaction.conceal(error)
            raise

    def _send(self, request: Request) -> Response:
        url, headers = request.url, dict(request.headers)
        there = _destination(url, request)
        if request.authorization is not None:
            headers["Authorization"] = request.authorization
        seen = {url}
        for _ in range(REDIRECTS + 1):
            response = self._ask(url, headers, request, there.authority)
            if response.status not in _REDIRECTED or request.follow == "nowhere":
                return response
            target, next_there = _target(there, response)
            if next_there != there and request.follow == "equivalent" and response.status == 303:
                return response
            _require_tls(there, next_there, request)
            if target in seen:
                raise RedirectError(f"{there.authority} redirects in a circle")
            seen.add(target)
            if next_there != there:
                # Whatever identifies the user stays with the origin that it was meant for.
                headers = {name: value for name, value in headers.items() if name == "Accept"}
            url, there = target, next_there
        raise RedirectError(f"{there.authority} redirects more than {REDIRECTS} times")

    def _ask(self, url: str, headers: Mapping[str, str], request: Request, host: str) -> Response:
        if request.form is not None:
            return self._once(url, headers, request, host)
        return self._retries.run(lambda: self._once(url, headers, request, host), self._deadline)

    def _once(self, url: str, headers: Mapping[str, str], request: Request, host: str) -> Response:
        timeout = httpx.Timeout(self._deadline.within(READ_SECONDS), connect=CONNECT_SECONDS)
        method = "GET" if request.form is None else "POST"
        try:
            with self._client.stream(
                method, url, headers=dict(headers), data=request.form, timeout=timeout
            ) as response:
                whole = response.status_code == 200
                body = _whole(response, request.limit, host) if whole else _excerpt(response)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, names, body, url)
        except FAILURES as error:
            raise explain(host, error) from error


def _destination(url: str, request: Request) -> Origin:
    try:
        there = origin(url)
    except ValueError:
        raise RegistryError(f"{safe(url, limit=200)!r} is not an address that can be asked") from None
    if there.scheme == "http" and not may_be_plain(there, request.allow_http):
        raise RegistryError(
            f"{safe(there.authority)} would be spoken to without TLS",
            hint=f"if that is meant to be so: --allow-http {safe(there.authority)}",
        )
    return there


def _target(here: Origin, response: Response) -> tuple[str, Origin]:
    location = response.headers.get("location")
    try:
        # Without a location it is a redirect to where it came from: a circle.
        target = join(response.url, location or "")
        return target, origin(target)
    except ValueError:
        raise RedirectError(
            f"{here.authority} redirects to an address that is none: {safe(location, limit=100)!r}"
        ) from None


def _require_tls(here: Origin, there: Origin, request: Request) -> None:
    if there.scheme == "https" or (here.scheme == "http" and may_be_plain(there, request.allow_http)):
        return
    name = safe(there.authority)
    if here.scheme == "https":
        raise RedirectError(
            f"{here.authority} redirects from https to http://{name}", hint="what leaves TLS is not followed"
        )
    raise RedirectError(
        f"{here.authority} redirects to http://{name}", hint=f"if that is meant to be so: --allow-http {name}"
    )


def _whole(response: httpx.Response, limit: int, host: str) -> bytes:
    """The body, raw, so that nothing is unpacked: what is hashed is what was sent."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise RegistryError(
            f"{host} answered with {safe(encoding, limit=40)!r} content, which was not asked for",
            hint="a proxy between here and there may pack what it passes on",
        )
    stated = response.headers.get("content-length", "")
    # h11 has seen to it that this is one number, of at most 20 digits.
    length = int(stated) if stated else None
    if length is not None and length > limit:
        raise BodyTooLongError(
            f"{host} announces {length} bytes where at most {limit} are read", announced=length
        )
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > limit:
            raise BodyTooLongError(f"{host} sends more than {limit} bytes")
        # h11 cuts a body at its stated length, and would take the rest for the next answer.
        connection = response.extensions.get("network_stream")
        if len(body) == length and isinstance(connection, Connection) and connection.sent_more_than(piece):
            raise PassingError(f"{host} sent more than the {length} bytes that it announced")
    return bytes(body)


def _excerpt(response: httpx.Response) -> bytes:
    """The beginning of an error's body, for its message."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return b""
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) >= ERROR_BODY_BYTES:
            break
    return bytes(body[:ERROR_BODY_BYTES])


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        # A file is told apart by when it was changed: one of a cluster is renewed under its name.
        return _made_context(ca_file, Path(ca_file).stat().st_mtime_ns if ca_file else 0)
    except (OSError, ssl.SSLError) as error:
        raise RegistryError(
            f"the certificates in {safe(ca_file)} cannot be used: {safe(error)}",
            hint="SSL_CERT_FILE names a PEM file of certificate authorities",
        ) from error


@lru_cache(maxsize=4)
def _made_context(ca_file: str | None, _changed: int) -> ssl.SSLContext:
    # Reading all authorities takes some 30 ms, which a server does not spend on each of its runs.
    return httpx.create_ssl_context(
        verify=ssl.create_default_context(cafile=ca_file) if ca_file else True, trust_env=False
    )
