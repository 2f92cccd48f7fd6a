"""Every request that this program makes. The only module that uses httpx."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from verifier.deadline import Deadline
from verifier.errors import LimitExceeded, RedirectError, RegistryError
from verifier.limits import CONNECT_SECONDS, READ_SECONDS, REDIRECTS, TRUSTED_ROOT_BYTES, WORKERS
from verifier.registry.retry import Retries
from verifier.text import safe
from verifier.version import __version__

_REDIRECTED = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: its status, headers (names in lower case), whole body, and the URL that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question. ``authorization`` goes to the origin of ``url`` alone, never along a redirect.

    ``limit`` in bytes; ``allow_http`` whether plain HTTP may be spoken with this origin.
    """

    url: str
    limit: int
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None
    form: Mapping[str, str] | None = None
    follow: bool = True
    allow_http: bool = False


Origin = tuple[str, str, int | None]


class HttpClient:
    """Shared connections, one deadline, retries, redirects followed by hand. Safe for several threads.

    ``hosts`` that may be spoken to without TLS are decided by the caller, per request.
    """

    def __init__(
        self,
        deadline: Deadline,
        *,
        retries: Retries | None = None,
        ca_file: str | None = None,
        proxy: Callable[[str], str | None] | None = None,
    ) -> None:
        self._deadline = deadline
        self._retries = retries or Retries()
        mounts: dict[str, httpx.BaseTransport] = {}
        context = _context(ca_file)
        limits = httpx.Limits(max_connections=WORKERS * 2, max_keepalive_connections=WORKERS * 2)
        for scheme in ("http", "https"):
            address = proxy(scheme) if proxy else None
            if address:
                mounts[f"{scheme}://"] = httpx.HTTPTransport(verify=context, proxy=address, limits=limits)
        self._client = httpx.Client(
            verify=context,
            mounts=mounts,
            limits=limits,
            trust_env=False,
            follow_redirects=False,
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
        url, headers = request.url, dict(request.headers)
        if request.authorization is not None:
            headers["Authorization"] = request.authorization
        seen = {url}
        for _ in range(REDIRECTS + 1):
            response = self._ask(url, headers, request)
            if response.status not in _REDIRECTED or not request.follow:
                return response
            target = self._target(url, response, request)
            if target in seen:
                raise RedirectError(f"{_host(url)} redirects in a circle")
            seen.add(target)
            if origin(target) != origin(url):
                # Whatever identifies the user stays with the origin that it was meant for.
                headers = {name: value for name, value in headers.items() if name == "Accept"}
            url = target
        raise RedirectError(f"{_host(request.url)} redirects more than {REDIRECTS} times")

    def _target(self, url: str, response: Response, request: Request) -> str:
        location = response.headers.get("location", "")
        try:
            target = urljoin(url, location)
            parts = urlsplit(target)
            _ = parts.port
        except ValueError:
            raise RedirectError(f"{_host(url)} redirects to an address that is none") from None
        if not location or parts.username or not parts.hostname:
            raise RedirectError(f"{_host(url)} redirects to {safe(location, limit=200)!r}")
        secure = parts.scheme == "https"
        if not secure and not (parts.scheme == "http" and request.allow_http and url.startswith("http://")):
            raise RedirectError(
                f"{_host(url)} redirects from https to {safe(parts.scheme)}://{_host(target)}",
                hint="what leaves TLS is not followed",
            )
        return target

    def _ask(self, url: str, headers: Mapping[str, str], request: Request) -> Response:
        if url.startswith("http://") and not request.allow_http:
            raise RegistryError(f"{_host(url)} would be spoken to without TLS")
        return self._retries.run(lambda: self._once(url, headers, request), self._deadline)

    def _once(self, url: str, headers: Mapping[str, str], request: Request) -> Response:
        left = self._deadline.left()
        timeout = httpx.Timeout(min(READ_SECONDS, left), connect=min(CONNECT_SECONDS, left))
        method = "GET" if request.form is None else "POST"
        try:
            with self._client.stream(
                method, url, headers=dict(headers), data=request.form, timeout=timeout
            ) as response:
                body = self._read(response, request.limit, _host(url))
                names = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, names, body, url)
        # ssl and h11 trouble comes wrapped in these; InvalidURL and ValueError from what a server sent.
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, ValueError) as error:
            raise _unreachable(url, error) from error

    def _read(self, response: httpx.Response, limit: int, host: str) -> bytes:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            raise RegistryError(f"{host} answered with {safe(encoding)!r} content, which was not asked for")
        stated = response.headers.get("content-length", "")
        if stated.isdigit() and len(stated) < 20 and int(stated) > limit:
            raise LimitExceeded(f"{host} announces {stated} bytes where at most {limit} are read")
        body = bytearray()
        # Raw, so that nothing is unpacked: what is hashed is what was sent.
        for piece in response.iter_raw():
            body += piece
            if len(body) > limit:
                raise LimitExceeded(f"{host} sends more than {limit} bytes")
            self._deadline.left()
        if stated.isdigit() and response.request.method != "HEAD" and len(body) != int(stated[:20]):
            raise RegistryError(f"{host} sent {len(body)} bytes of {safe(stated)}")
        return bytes(body)


def origin(url: str) -> Origin:
    """Scheme, host and port: what credentials are bound to (RFC 6454)."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def _host(url: str) -> str:
    parts = urlsplit(url)
    return safe(parts.netloc.rpartition("@")[2], limit=260)


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context(
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True
        )
    except (OSError, ssl.SSLError) as error:
        raise RegistryError(
            f"the certificates in {safe(ca_file)} cannot be used: {safe(error)}",
            hint="SSL_CERT_FILE names a PEM file of certificate authorities",
        ) from error


def _unreachable(url: str, error: Exception) -> RegistryError:
    host, hint = _host(url), None
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            what = "could not be connected to in time"
        case httpx.TimeoutException():
            what = "did not answer in time"
        case httpx.ConnectError():
            text = str(error)
            what = f"cannot be reached: {safe(text)}"
            if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text.lower():
                hint = f"it does not speak TLS; if that is meant to be so, --allow-http {host}"
            elif "CERTIFICATE_VERIFY_FAILED" in text:
                hint = "its certificate is not trusted; SSL_CERT_FILE names further authorities"
            else:
                hint = "is the name right, and is there a network?"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            what = f"broke off its answer: {safe(error)}"
        case _:
            what = f"cannot be asked: {type(error).__name__}: {safe(error)}"
    return RegistryError(f"{host} {what}", hint=hint)
