"""A trust root over TUF. The Update Framework specification 1.0, through python-tuf."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from verifier.errors import TrustRootUnavailableError, UnavailableError
from verifier.local_files import is_there
from verifier.model.trust import TrustRoot
from verifier.text import safe
from verifier.trustroot.instances import Instance

_REFRESH_AFTER = timedelta(days=1)  # as cosign and sigstore-go do

Fetch = Callable[[str], tuple[int, bytes]]
"""Give status and body of a GET request; raises `UnavailableError`."""


@dataclass(frozen=True, slots=True)
class TufTrustRoot:
    """See `TrustRootSource`.

    ``directory`` holds what was fetched before (None: nothing is kept). With ``fetch`` None there is no
    network: the cache serves after its signatures were checked again, else the copy that ships with
    sigstore; ``source`` of the result says which. ``now`` decides whether the cache is fresh enough.
    """

    instance: Instance
    directory: Path | None
    fetch: Fetch | None
    now: datetime

    def load(self) -> TrustRoot:
        """See `TrustRootSource.load`."""
        if self.fetch is None:
            return self._without_network()
        if self._is_fresh():
            cached = self._cached(unexpired=True)
            if cached is not None:
                return cached
        try:
            return self.update()
        except TrustRootUnavailableError:
            cached = self._cached(unexpired=True)
            if cached is None:
                raise
            return cached

    def update(self) -> TrustRoot:
        """Fetch the newest trust root, or raise `TrustRootUnavailableError`."""
        if self.fetch is None:
            raise TrustRootUnavailableError("no trust root can be fetched with --offline")
        if self.directory is not None:
            try:
                self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                (self.directory / "targets").mkdir(exist_ok=True, mode=0o700)
                _require_files(self.directory)
                return self._updated(self.directory, self.fetch)
            except OSError:
                pass  # the cache is never needed for a right answer: go on without it
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "targets").mkdir()
            return self._updated(Path(folder), self.fetch)

    def _updated(self, directory: Path, fetch: Fetch) -> TrustRoot:
        from tuf.api.exceptions import DownloadError, RepositoryError
        from tuf.ngclient import Updater

        from verifier.trustroot.tuf_cache import TARGET
        from verifier.trustroot.tuf_fetcher import CallbackFetcher

        try:
            updater = Updater(
                metadata_dir=str(directory),
                metadata_base_url=self.instance.url,
                target_dir=str(directory / "targets"),
                target_base_url=f"{self.instance.url}/targets/",
                fetcher=CallbackFetcher(fetch),
                bootstrap=self.instance.bootstrap(),
            )
            updater.refresh()
            info = updater.get_targetinfo(TARGET)
            if info is None:
                raise TrustRootUnavailableError(f"{self.instance.url} has no {TARGET}")
            path = updater.find_cached_target(info) or updater.download_target(info)
            raw = Path(path).read_bytes()
            # python-tuf checked the file when it was downloaded or found; the bytes that count are these.
            info.verify_length_and_hashes(raw)
        # python-tuf lets ValueError escape where metadata is not what it expects to parse.
        except (DownloadError, RepositoryError, UnavailableError, ValueError) as error:
            raise TrustRootUnavailableError(
                f"the trust root of the {self.instance.name} could not be fetched from"
                f" {self.instance.url}: {safe(error)}",
                hint="--offline uses the last known trust root, --trusted-root FILE one of yours",
            ) from error
        return TrustRoot(raw, f"{self.instance.name} (TUF)")

    def _without_network(self) -> TrustRoot:
        cached = self._cached()
        if cached is not None:
            return cached
        return TrustRoot(
            self.instance.shipped_trusted_root(), f"{self.instance.name} (copy shipped with sigstore)"
        )

    def _cached(self, *, unexpired: bool = False) -> TrustRoot | None:
        from verifier.trustroot.tuf_cache import read_cached_root

        if self.directory is None:
            return None
        cached = read_cached_root(self.directory, self.instance.bootstrap())
        if cached is None or (unexpired and cached.expires < self.now):
            return None
        return TrustRoot(cached.raw, f"{self.instance.name} (TUF cache of {self._refreshed():%Y-%m-%d})")

    def _refreshed(self) -> datetime:
        """When the cache was last brought up to date; long ago where there is none."""
        try:
            seconds = (self.directory / "timestamp.json").stat().st_mtime if self.directory else 0.0
        except OSError:
            seconds = 0.0
        return datetime.fromtimestamp(seconds, tz=UTC)

    def _is_fresh(self) -> bool:
        return timedelta(0) <= self.now - self._refreshed() < _REFRESH_AFTER


def _require_files(directory: Path) -> None:
    """Raise `OSError` where python-tuf could meet a pipe in ``directory``, which it would wait for."""
    for path in directory.rglob("*"):
        # A link that leads nowhere is no danger, and root.json is a link.
        if is_there(path) and not (path.is_file() or path.is_dir()):
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
