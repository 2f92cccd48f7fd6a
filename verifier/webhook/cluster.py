"""The image pull secrets of pods, asked of the API server: those of the review's own namespace alone."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

from verifier.deadline import Deadline
from verifier.errors import AuthError, RegistryError, UsageError
from verifier.keychain.chain import ChainKeychain
from verifier.keychain.pull_secrets import PullSecret
from verifier.limits import CREDENTIAL_HELPER_BYTES, MIB, PULL_SECRET_SECONDS, PULL_SECRETS
from verifier.local_files import read_regular
from verifier.registry.http import HttpClient
from verifier.registry.http import Request as HttpRequest
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe
from verifier.webhook.access import Access
from verifier.webhook.request import Request

# Names of objects are DNS subdomains; nothing else becomes a part of a URL.
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_KEPT: Final = 1000
_HOLDERS: Final = ("initContainers", "containers", "ephemeralContainers")


class Cluster(Protocol):
    """Gives objects of the API server."""

    def get(self, path: str, *, seconds: float) -> Mapping[str, Any] | None:
        """The object at ``path`` below ``/api/v1/``; None where there is none.

        Raises `RegistryError` where it cannot be had.
        """
        ...


class InCluster:
    """See `Cluster`: as a pod is given access, by files in ``folder``.

    https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
    """

    def __init__(self, host: str, port: str, folder: Path) -> None:
        self._base = f"https://{f'[{host}]' if ':' in host else host}:{port}/api/v1/"
        self._folder = folder

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> InCluster:
        """Make it from the environment of a pod, or raise `UsageError`."""
        host, port = (environment.get(f"KUBERNETES_SERVICE_{name}", "") for name in ("HOST", "PORT"))
        if not host or not port:
            raise UsageError(
                "pull-secrets is set, but this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set",
                hint="leave pull-secrets out of the configuration",
            )
        folder = environment.get("VERIFY_SERVICE_ACCOUNT_DIRECTORY", "")
        return cls(host, port, Path(folder or "/var/run/secrets/kubernetes.io/serviceaccount"))

    def get(self, path: str, *, seconds: float) -> Mapping[str, Any] | None:
        """See `Cluster.get`. The token is read each time: the kubelet renews it."""
        try:
            token = read_regular(self._folder / "token", MIB).decode("ascii").strip()
        except (OSError, ValueError) as error:
            raise RegistryError(f"the token of the service account cannot be read: {safe(error)}") from None
        request = HttpRequest(
            self._base + path,
            CREDENTIAL_HELPER_BYTES,
            headers={"Accept": "application/json"},
            authorization=f"Bearer {token}",
            follow="nowhere",
        )
        with HttpClient(Deadline(seconds), ca_file=str(self._folder / "ca.crt")) as client:
            response = client.send(request)
        if response.status == 404:
            return None
        if response.status != 200:
            raise RegistryError(
                f"the API server answered status {response.status} for {safe(path, limit=300)}",
                hint="may the webhook's service account get secrets and serviceaccounts?",
            )
        try:
            return loads_object(response.body, limit=CREDENTIAL_HELPER_BYTES)
        except StrictJsonError as error:
            raise RegistryError(f"the API server's answer cannot be read: {safe(error)}") from None


class ClusterPullSecrets:
    """See `verifier.webhook.access.PullSecrets`. Safe for several threads."""

    def __init__(self, cluster: Cluster, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._clock = clock
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="pull-secrets")
        self._kept: OrderedDict[str, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    async def access(self, request: Request, *, seconds: float) -> Access:
        """See `PullSecrets.access`."""
        loop = asyncio.get_running_loop()
        asking = loop.run_in_executor(self._pool, self._access, request, seconds)
        done, _ = await asyncio.wait([asking], timeout=seconds)
        if not done:
            raise RegistryError("the API server did not give the image pull secrets in time")
        return asking.result()

    def _access(self, request: Request, seconds: float) -> Access:
        namespace = request.namespace
        if not _NAME.fullmatch(namespace):
            return Access()
        end = self._clock() + seconds
        names: dict[str, None] = {}
        for account, secrets in _pods(dict(request.object or {})):
            names.update(dict.fromkeys(secrets))
            names.update(dict.fromkeys(self._of_account(namespace, account, end)))
        if len(names) > PULL_SECRETS:
            raise AuthError(f"{len(names)} image pull secrets; the most that are read are {PULL_SECRETS}")
        found = (self._secret(namespace, name, end) for name in names)
        keychains = tuple(secret for secret in found if secret is not None)
        return Access(ChainKeychain(keychains)) if keychains else Access()

    def _of_account(self, namespace: str, account: str, end: float) -> list[str]:
        if not _NAME.fullmatch(account):
            return []
        document = self._get(f"namespaces/{namespace}/serviceaccounts/{account}", end)
        return _names((document or {}).get("imagePullSecrets"))

    def _secret(self, namespace: str, name: str, end: float) -> PullSecret | None:
        """None where there is none: a kubelet, too, goes on without it."""
        document = self._get(f"namespaces/{namespace}/secrets/{name}", end)
        return None if document is None else PullSecret.read(f"{namespace}/{name}", document)

    def _get(self, path: str, end: float) -> Mapping[str, Any] | None:
        with self._lock:
            kept = self._kept.get(path)
        if kept is not None and self._clock() - kept[0] < PULL_SECRET_SECONDS:
            return kept[1]
        document = self._cluster.get(path, seconds=max(0.01, end - self._clock()))
        if document is not None:
            with self._lock:
                self._kept[path] = (self._clock(), document)
                self._kept.move_to_end(path)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return document


def _pods(value: Json) -> Iterator[tuple[str, list[str]]]:
    """The service account, and the pull secrets, of every pod specification in an object."""
    if isinstance(value, list):
        for item in value:
            yield from _pods(item)
    elif isinstance(value, dict):
        if any(isinstance(value.get(name), list) for name in _HOLDERS):
            account = value.get("serviceAccountName") or value.get("serviceAccount") or "default"
            yield str(account), _names(value.get("imagePullSecrets"))
            return
        for key, inner in value.items():
            if key not in {"metadata", "status"}:
                yield from _pods(inner)


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else []
    names = [item.get("name") for item in items if isinstance(item, dict)]
    return [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]
