"""python-tuf's requests, made by this program's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient import FetcherInterface

from verifier.errors import UnavailableError


class CallbackFetcher(FetcherInterface):
    """Fetches with a function that gives status and body."""

    def __init__(self, fetch: Callable[[str], tuple[int, bytes]]) -> None:
        self._get = fetch

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            status, body = self._get(url)
        except UnavailableError as error:
            raise DownloadError(str(error)) from error
        if status != 200:
            raise DownloadHTTPError(f"status {status} from {url}", status)
        return iter((body,))
