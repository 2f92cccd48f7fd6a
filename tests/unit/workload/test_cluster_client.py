"""Listing the objects of a cluster, over TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api_server import TOKEN, ApiServer
from tests.registry_server.authority import Authority
from verifier.errors import AuthError, UnavailableError, UsageError, VerifierError
from verifier.workload.cluster_access import ClusterAccess
from verifier.workload.cluster_client import ClusterClient, JsonObject

PODS = "/api/v1/pods"
OBJECTS = [{"metadata": {"name": f"pod-{number}"}} for number in range(5)]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def access(server: ApiServer, authority: Authority, token: str | None = TOKEN) -> ClusterAccess:
    return ClusterAccess(server.url, Path(authority.file).read_bytes(), token)


def listed(server: ApiServer, authority: Authority, token: str | None = TOKEN) -> list[JsonObject]:
    with ClusterClient(access(server, authority, token)) as client:
        return client.objects(PODS, dict)


def test_every_page_is_read(authority: Authority) -> None:
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1")) as server:
        assert listed(server, authority) == OBJECTS
        assert len(server.requests) == 3


def test_an_empty_collection_is_empty(authority: Authority) -> None:
    with ApiServer({}, authority.server("127.0.0.1")) as server:
        assert listed(server, authority) == []


def test_a_list_that_has_expired_is_read_anew(authority: Authority) -> None:
    answers = {(PODS, 2): (410, b"{}")}
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1"), answers=answers) as server:
        assert listed(server, authority) == OBJECTS
        assert len(server.requests) == 5


def test_a_list_that_always_expires_is_not_had(authority: Authority) -> None:
    answers = {(PODS, number): (410, b"{}") for number in (2, 4, 6)}
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1"), answers=answers) as server:
        with pytest.raises(UnavailableError, match="forgets"):
            listed(server, authority)


@pytest.mark.parametrize("status", [401, 403])
def test_missing_rights_are_said(authority: Authority, status: int) -> None:
    answers = {(PODS, 2): (status, b"{}")}
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1"), answers=answers) as server:
        with pytest.raises(AuthError, match=f"HTTP {status}"):
            listed(server, authority)


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}"),
        (404, b"{}"),
        (302, b"https://elsewhere.example/"),
        (200, b"not json"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"metadata": {}, "items": null}'),
        (200, b'{"metadata": {}, "items": [1]}'),
        (200, b'{"metadata": {"continue": 1}, "items": []}'),
        (200, b'{"metadata": {"continue": "2"}, "items": []}'),  # the page that was asked for
        (200, b'{"metadata": {}, "items": [], "items": []}'),
    ],
)
def test_some_objects_are_never_taken_for_all(authority: Authority, answer: tuple[int, bytes]) -> None:
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1"), answers={(PODS, 2): answer}) as server:
        with pytest.raises(UnavailableError):
            listed(server, authority)


@pytest.mark.parametrize("token", [None, "another"])
def test_the_token_is_shown(authority: Authority, token: str | None) -> None:
    with ApiServer({PODS: OBJECTS}, authority.server("127.0.0.1")) as server:
        with pytest.raises(AuthError):
            listed(server, authority, token)


def test_a_server_of_another_authority_is_told_nothing(authority: Authority, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with ApiServer({PODS: OBJECTS}, Authority(other).server("127.0.0.1")) as server:
        with pytest.raises(UnavailableError, match="cannot be asked"):
            listed(server, authority)
        assert server.requests == []


def test_a_server_of_another_name_is_told_nothing(authority: Authority) -> None:
    with ApiServer({PODS: OBJECTS}, authority.server("other.example")) as server:
        with pytest.raises(UnavailableError, match="cannot be asked"):
            listed(server, authority)


def test_a_client_certificate_is_shown(authority: Authority) -> None:
    import ssl

    tls = authority.server("127.0.0.1")
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(authority.file)
    certificate, key = authority.client("somebody")
    with ApiServer({PODS: OBJECTS}, tls, token=None) as server:
        known = ClusterAccess(server.url, Path(authority.file).read_bytes(), certificate=(certificate, key))
        with ClusterClient(known) as client:
            assert client.objects(PODS, dict) == OBJECTS
        with pytest.raises(UnavailableError):
            listed(server, authority, None)


@pytest.mark.parametrize(
    "wrong",
    [
        ClusterAccess("https://127.0.0.1:1", b"no certificate"),
        ClusterAccess("https://127.0.0.1:1", b"\xff"),
        ClusterAccess("https://127.0.0.1:1", None, certificate=(b"no certificate", b"no key")),
    ],
)
def test_certificates_that_are_none(wrong: ClusterAccess) -> None:
    with pytest.raises(UsageError, match="certificates"):
        ClusterClient(wrong)


def test_nobody_listens() -> None:
    with (
        pytest.raises(VerifierError) as caught,
        ClusterClient(ClusterAccess("https://127.0.0.1:1")) as client,
    ):
        client.objects(PODS, dict)
    assert isinstance(caught.value, UnavailableError)
