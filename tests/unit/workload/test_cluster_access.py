"""Where the API server of a cluster is, and how to log in."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from verifier.errors import UsageError
from verifier.workload.cluster_access import ClusterAccess, find_access

SERVER = "https://cluster.example:6443"


def config(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> dict[str, Any]:
    """A kubeconfig with two contexts; the second is the current one."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "this",
        "contexts": [
            {"name": "other", "context": {"cluster": "other", "user": "other"}},
            {"name": "this", "context": {"cluster": "this", "user": "this"}},
        ],
        "clusters": [
            {"name": "other", "cluster": {"server": "https://other.example"}},
            {"name": "this", "cluster": {"server": SERVER, **(cluster or {})}},
        ],
        "users": [
            {"name": "other", "user": {"token": "another"}},
            {"name": "this", "user": {"token": "a-token"} if user is None else user},
        ],
    }


def found(tmp_path: Path, content: dict[str, Any]) -> ClusterAccess:
    path = tmp_path / "config"
    path.write_text(json.dumps(content))
    return find_access({"KUBECONFIG": str(path)}, None)


def test_the_current_context_is_taken(tmp_path: Path) -> None:
    assert found(tmp_path, config()) == ClusterAccess(SERVER, None, "a-token")


def test_yaml_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(
        "current-context: c\n"
        "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
        f"clusters: [{{name: c, cluster: {{server: '{SERVER}/'}}}}]\n"
        "users: [{name: u, user: {token: t}}]\n"
    )
    assert find_access({"KUBECONFIG": str(path)}, None) == ClusterAccess(SERVER, None, "t")


def test_data_and_files(tmp_path: Path) -> None:
    (tmp_path / "ca").write_bytes(b"authority")
    (tmp_path / "cert").write_bytes(b"certificate of the file")
    user = {
        "client-certificate": "cert",
        "client-certificate-data": base64.b64encode(b"certificate").decode(),
        "client-key-data": base64.b64encode(b"key").decode(),
    }
    access = found(tmp_path, config({"certificate-authority": "ca"}, user))
    assert access == ClusterAccess(SERVER, b"authority", None, (b"certificate", b"key"))


def test_a_token_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    assert found(tmp_path, config(user={"tokenFile": "token"})).token == "from-a-file"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert "a-token" not in repr(found(tmp_path, config()))


@pytest.mark.parametrize(
    ("cluster", "user", "what"),
    [
        ({"insecure-skip-tls-verify": True}, None, "insecure-skip-tls-verify"),
        ({"proxy-url": "http://proxy.example"}, None, "proxy-url"),
        ({"tls-server-name": "other.example"}, None, "tls-server-name"),
        ({"server": "http://cluster.example"}, None, "without TLS"),
        ({"server": "https://user@cluster.example"}, None, "no URL"),
        ({"server": "https://"}, None, "no URL"),
        ({"server": "https://cluster.example:x"}, None, "no URL"),
        ({"certificate-authority": "missing"}, None, "cannot read"),
        ({"certificate-authority-data": "%"}, None, "base64"),
        ({}, {"exec": {"command": "login"}}, "'exec'"),
        ({}, {"username": "u", "password": "p"}, "'username'"),
        ({}, {"token": "t", "as": "somebody"}, "'as'"),
        ({}, {"client-certificate-data": "Y2VydA=="}, "belong together"),
        ({}, {"token": "two words"}, "token"),
        ({}, {"token": "t\r\nHost: other"}, "token"),
        ({}, {"token": ""}, "token"),
    ],
)
def test_what_is_not_followed_is_said(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any] | None, what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        found(tmp_path, config(cluster, user))


@pytest.mark.parametrize(
    "cluster", [{"insecure-skip-tls-verify": False}, {"proxy-url": ""}, {"server": "http://127.0.0.1:8001"}]
)
def test_what_asks_for_nothing_unusual_is_followed(tmp_path: Path, cluster: dict[str, Any]) -> None:
    assert found(tmp_path, config(cluster)).token == "a-token"


@pytest.mark.parametrize("key", ["current-context", "contexts", "clusters", "users"])
def test_an_incomplete_kubeconfig(tmp_path: Path, key: str) -> None:
    content = config()
    del content[key]
    with pytest.raises(UsageError, match="there is no"):
        found(tmp_path, content)


@pytest.mark.parametrize("text", ["", "[]", "a: 1\n---\nb: 2\n"])
def test_no_kubeconfig_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(UsageError, match="no kubeconfig"):
        find_access({"KUBECONFIG": str(path)}, None)


def pod(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("of-the-pod\n")
    (tmp_path / "ca.crt").write_text("authority")
    return tmp_path


@pytest.mark.parametrize(("host", "shown"), [("10.0.0.1", "10.0.0.1"), ("fd00::1", "[fd00::1]")])
def test_inside_of_a_pod(tmp_path: Path, host: str, shown: str) -> None:
    environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}
    access = find_access(environment, tmp_path / "nobody", account=pod(tmp_path))
    assert access == ClusterAccess(f"https://{shown}:443", b"authority", "of-the-pod")


def test_a_pod_without_a_token(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        find_access({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None, account=tmp_path)


def test_the_order_is_that_of_kubectl(tmp_path: Path) -> None:
    inside = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").write_text(json.dumps(config(user={"token": "of-the-user"})))
    named = tmp_path / "named"
    named.write_text(json.dumps(config(user={"token": "named"})))
    account = pod(tmp_path)
    assert find_access({**inside, "KUBECONFIG": str(named)}, home, account=account).token == "named"
    assert find_access(inside, home, account=account).token == "of-the-user"
    assert find_access(inside, None, account=account).token == "of-the-pod"


def test_nowhere() -> None:
    with pytest.raises(UsageError, match="no cluster"):
        find_access({}, None)


def test_several_files() -> None:
    with pytest.raises(UsageError, match="several files"):
        find_access({"KUBECONFIG": "/a:/b"}, None)
