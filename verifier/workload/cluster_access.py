"""How to reach the API server of a cluster: inside of one, or by a kubeconfig file in its simplest forms."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from verifier.errors import UsageError
from verifier.limits import POLICY_BYTES
from verifier.local_files import is_there, read_bounded
from verifier.text import safe
from verifier.workload.nodes import MapNode, Node, Scalar, is_null, items_of, text_of
from verifier.workload.source import Source
from verifier.workload.yaml_reader import read_yaml

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HINT = "kubectl get pods --all-namespaces -o json | verify gate -"
# What takes another program, or a password, to log in.
_OTHER_WAYS = ("exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra")


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """An API server, whom to trust that it is it (None: whom the system trusts), and how to log in."""

    server: str
    authority: bytes | None = None
    token: str | None = field(default=None, repr=False)
    certificate: tuple[bytes, bytes] | None = field(default=None, repr=False)  # and its key


def find_access(
    environment: Mapping[str, str], home: Path | None, *, account: Path = SERVICE_ACCOUNT
) -> ClusterAccess:
    """Look where kubectl looks: ``KUBECONFIG``, the user's kubeconfig, and the pod's service account.

    Raises `UsageError`.
    """
    named = [path for path in environment.get("KUBECONFIG", "").split(":") if path]
    if len(named) > 1:
        raise UsageError(
            "KUBECONFIG names several files",
            hint="kubectl config view --flatten --minify --raw > FILE, and name that",
        )
    path = Path(named[0]) if named else None
    if path is None and home is not None and _is_there(home / ".kube" / "config"):
        path = home / ".kube" / "config"
    if path is not None:
        return _Kubeconfig(path).access()
    if environment.get("KUBERNETES_SERVICE_HOST"):
        return _inside(environment, account)
    raise UsageError(
        "there is no cluster to ask: no KUBECONFIG, no ~/.kube/config, and this is no pod", hint=_HINT
    )


def _inside(environment: Mapping[str, str], account: Path) -> ClusterAccess:
    """https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"""
    host = environment["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    server = f"https://{host}:{environment.get('KUBERNETES_SERVICE_PORT', '443')}"
    token = _read(account / "token").decode("utf-8", "replace").strip()
    return ClusterAccess(_checked(server), _read(account / "ca.crt"), _checked_token(token))


class _Kubeconfig:
    """One kubeconfig file. Paths in it are from its folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        documents = read_yaml(Source.decode(str(path), _read(path)))
        if len(documents) != 1 or not isinstance(documents[0].root, MapNode):
            raise self._wrong("it is no kubeconfig")
        self._root = documents[0].root

    def access(self) -> ClusterAccess:
        """What its current context says."""
        context = self._named("contexts", "context", text_of(self._root.get("current-context")))
        cluster = self._named("clusters", "cluster", text_of(context.get("cluster")))
        user = self._named("users", "user", text_of(context.get("user")))
        for key in _OTHER_WAYS:
            if _is_set(user.get(key)):
                raise self._wrong(f"it logs in by {key!r}, which is not done here")
        for key in ("insecure-skip-tls-verify", "proxy-url", "tls-server-name"):
            if _is_set(cluster.get(key)):
                raise self._wrong(f"{key!r} of its cluster is not followed")
        certificate, key_ = self._bytes(user, "client-certificate"), self._bytes(user, "client-key")
        if (certificate is None) != (key_ is None):
            raise self._wrong("a client certificate and its key belong together")
        return ClusterAccess(
            _checked(text_of(cluster.get("server")) or ""),
            self._bytes(cluster, "certificate-authority"),
            self._token(user),
            None if certificate is None or key_ is None else (certificate, key_),
        )

    def _named(self, group: str, kind: str, name: str | None) -> MapNode:
        for item in items_of(self._root.get(group)):
            found = (
                item.get(kind) if isinstance(item, MapNode) and text_of(item.get("name")) == name else None
            )
            if name and isinstance(found, MapNode):
                return found
        raise self._wrong(f"there is no {kind} {safe(name or '', limit=100)!r} in it")

    def _token(self, user: MapNode) -> str | None:
        if (token := text_of(user.get("token"))) is not None:
            return _checked_token(token)
        if (path := text_of(user.get("tokenFile"))) is not None:
            return _checked_token(_read(self._path.parent / path).decode("utf-8", "replace").strip())
        return None

    def _bytes(self, holder: MapNode, key: str) -> bytes | None:
        """The data itself where it is there, as kubectl prefers it; else that of the file."""
        data: Node | None = holder.get(f"{key}-data")
        if (text := text_of(data)) is not None:
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                raise self._wrong(f"{key}-data is not in base64") from None
        path = text_of(holder.get(key))
        return None if path is None else _read(self._path.parent / path)

    def _wrong(self, what: str) -> UsageError:
        return UsageError(f"{safe(self._path)}: {what}", hint=_HINT)


def _is_set(node: Node | None) -> bool:
    return not is_null(node) and not (isinstance(node, Scalar) and node.text in {"", "false"})


def _checked(server: str) -> str:
    """TLS, or a proxy on this machine (kubectl proxy)."""
    try:
        parts = urlsplit(server)
        local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = local = False
        parts = urlsplit("")
    if not valid or parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"the cluster's server {safe(server, limit=200)!r} is no URL of one", hint=_HINT)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise UsageError(
            f"the cluster's server {safe(server, limit=200)} is not spoken to without TLS", hint=_HINT
        )
    return server.rstrip("/")


def _checked_token(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token for the cluster is none that can be sent", hint=_HINT)
    return token


def _is_there(path: Path) -> bool:
    try:
        return is_there(path)
    except OSError as error:
        raise UsageError(f"cannot read {safe(path)}: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {safe(path)}: {error.strerror}", hint=_HINT) from error
    if len(raw) > POLICY_BYTES:
        raise UsageError(f"{safe(path)} is larger than {POLICY_BYTES} bytes", hint=_HINT)
    return raw
