"""Lists objects of a cluster, page by page.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from verifier.errors import AuthError, LimitExceeded, UnavailableError, UsageError
from verifier.limits import CLUSTER_PAGE, CLUSTER_PAGE_BYTES, CLUSTER_SECONDS, RETRIES
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe
from verifier.workload.cluster_access import ClusterAccess

if TYPE_CHECKING:
    pass

JsonObject = dict[str, Json]
T = TypeVar("T")


class Lister(Protocol):
    """Knows the objects of a cluster."""

    def objects(self, path: str, read: Callable[[JsonObject], T]) -> list[T]:
        """What ``read`` makes of every object of the collection at ``path``, in all namespaces.

        The objects themselves are not kept: a large cluster has some gigabytes of them. Raises
        `UnavailableError` where not all of them can be had: some are never taken for all.
        """
        ...


class _ExpiredError(Exception):
    """The API server no longer knows the state that a list began with."""


class ClusterClient(AbstractContextManager["ClusterClient"]):
    """See `Lister`. Asks nobody but the server of ``access``: no proxy, no redirect."""

    def __init__(self, access: ClusterAccess) -> None:
        import httpx

        headers = {"Accept": "application/json"}
        if access.token is not None:
            headers["Authorization"] = f"Bearer {access.token}"
        self._server = access.server
        self._http = httpx.Client(
            base_url=access.server,
            verify=_context(access),
            headers=headers,
            timeout=CLUSTER_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def objects(self, path: str, read: Callable[[JsonObject], T]) -> list[T]:
        """See `Lister.objects`."""
        for _ in range(RETRIES):
            try:
                return [read(item) for item in self._pages(path)]
            except _ExpiredError:
                continue
        raise UnavailableError(
            f"the API server forgets {path} sooner than it can be read", hint="try again when it is less busy"
        )

    def _pages(self, path: str) -> Iterator[JsonObject]:
        more = ""
        while True:
            page = self._page(path, more)
            items, metadata = page.get("items"), page.get("metadata")
            if not isinstance(items, list) or not isinstance(metadata, dict):
                raise UnavailableError(f"what the API server says of {path} is no list")
            for item in items:
                if not isinstance(item, dict):
                    raise UnavailableError(f"the API server lists {path} with what is no object")
                yield item
            following = metadata.get("continue") or ""
            if not following:
                return
            if not isinstance(following, str) or following == more:
                raise UnavailableError(f"the API server does not come to the end of {path}")
            more = following

    def _page(self, path: str, more: str) -> JsonObject:
        query = {"limit": str(CLUSTER_PAGE), **({"continue": more} if more else {})}
        status, body = self._get(path, query)
        if status == 410 and more:
            raise _ExpiredError
        if status in {401, 403}:
            raise AuthError(
                f"the cluster does not let its {path} be listed (HTTP {status})",
                hint="deploy/kubernetes/audit/ has the rights that are needed",
            )
        if status != 200:
            raise UnavailableError(f"the API server answers HTTP {status} when asked for {path}")
        try:
            return loads_object(body, limit=CLUSTER_PAGE_BYTES)
        except StrictJsonError as error:
            raise UnavailableError(f"what the API server says of {path} is no JSON: {safe(error)}") from None

    def _get(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        import httpx

        body = bytearray()
        try:
            with self._http.stream("GET", path, params=query) as answer:
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > CLUSTER_PAGE_BYTES:
                        raise LimitExceeded(f"a page of {path} is larger than {CLUSTER_PAGE_BYTES} bytes")
                return answer.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise UnavailableError(
                f"the API server {safe(self._server)} cannot be asked: {safe(error) or type(error).__name__}"
            ) from error


def _context(access: ClusterAccess) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cadata=None if access.authority is None else access.authority.decode("ascii")
        )
        if access.certificate is not None:
            _load(context, *access.certificate)
    except (ssl.SSLError, ValueError, OSError) as error:
        raise UsageError(f"the certificates for the cluster cannot be used: {safe(error)}") from error
    return context


def _load(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """The ssl module reads client certificates from files alone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        names = (folder / "certificate", folder / "key")
        for path, raw in zip(names, (certificate, key), strict=True):
            path.write_bytes(raw)
        context.load_cert_chain(*names)
