"""Who is shown which credentials (CRD-01, CRD-04, CRD-05)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry_server import Fault, Login, RegistryServer, Tripwire
from tests.registry_server.server import TOKEN
from tests.unit.registry.remote import REPOSITORY, FixedKeychain, Time, client, contents, registry
from verifier.errors import AuthError, RegistryError
from verifier.keychain.anonymous import AnonymousKeychain
from verifier.keychain.interface import Credentials
from verifier.model.reference import ImageReference
from verifier.registry.auth import Tokens
from verifier.registry.challenge import Challenge, parse_challenges
from verifier.registry.remote import RemoteRegistry

CONTENTS = contents()
CANARY = "canary-password"
USER = Credentials(username="user", password=CANARY)


def server(login: Login, *faults: Fault) -> RegistryServer:
    return RegistryServer(CONTENTS, REPOSITORY, login=login, faults=faults)


def test_an_anonymous_token_is_fetched_once_and_shown_again() -> None:
    with server(Login("Bearer")) as there, registry(there) as source:
        source.resolve()
        source.tagged("absent")
        assert there.paths() == [
            "manifests/latest",
            f"/token?scope=repository%3A{REPOSITORY.replace('/', '%2F')}%3Apull&service=test",
            "manifests/latest",
            "manifests/absent",
        ]
        shown = [seen.headers.get("authorization") for seen in there.requests]
        assert shown == [None, None, f"Bearer {TOKEN}", f"Bearer {TOKEN}"]


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_credentials_are_shown_to_their_own_registry(scheme: str) -> None:
    with server(Login(scheme, "user", CANARY)) as there:
        with registry(there, keychain=FixedKeychain(there.address, USER)) as source:
            source.resolve()
        with registry(there, keychain=FixedKeychain("other.example", USER)) as source:
            with pytest.raises(AuthError) as caught:
                source.resolve()
            assert CANARY not in str(caught.value) + str(caught.value.hint)


def test_wrong_credentials_are_an_error_without_the_secret() -> None:
    for scheme in ("Basic", "Bearer"):
        with server(Login(scheme, "user", "right")) as there:
            with registry(there, keychain=FixedKeychain(there.address, USER)) as source:
                with pytest.raises(AuthError) as caught:
                    source.resolve()
                assert CANARY not in repr(caught.value) + str(caught.value.hint)


def test_an_identity_token_is_exchanged() -> None:
    login = Login("Bearer", identity_token="refresh-me")
    with server(login) as there:
        known = Credentials(identity_token="refresh-me")
        with registry(there, keychain=FixedKeychain(there.address, known)) as source:
            source.resolve()
        (exchange,) = [seen for seen in there.requests if seen.path.startswith("/token")]
        assert exchange.method == "POST"
        assert b"refresh_token=refresh-me" in exchange.body


def test_a_registry_token_is_shown_as_it_is() -> None:
    with server(Login("Bearer")) as there:
        known = Credentials(registry_token=TOKEN)
        with registry(there, keychain=FixedKeychain(there.address, known)) as source:
            source.resolve()
        assert not [seen for seen in there.requests if seen.path.startswith("/token")]


def test_a_password_does_not_go_to_another_realm() -> None:
    """The realm is the registry's choice; a malicious one sends its clients to the attacker."""
    with server(Login("Bearer")) as elsewhere:
        with server(Login("Bearer", realm=f"http://{elsewhere.address}/token")) as there:
            both = [there.address, elsewhere.address]
            keychain = FixedKeychain(there.address, USER)
            with registry(there, keychain=keychain, allow_http=both) as source:
                source.resolve()
            (token,) = elsewhere.requests
            assert "authorization" not in token.headers
            # The twin: the user says that it may.
            with registry(there, keychain=keychain, allow_http=both, realms=[elsewhere.address]) as source:
                source.resolve()
            assert elsewhere.requests[-1].headers["authorization"].startswith("Basic ")


def test_a_realm_that_wants_more_is_named_with_the_way_out() -> None:
    with server(Login("Bearer", "user", CANARY)) as elsewhere:
        with server(Login("Bearer", realm=f"http://{elsewhere.address}/token")) as there:
            both = [there.address, elsewhere.address]
            with registry(there, keychain=FixedKeychain(there.address, USER), allow_http=both) as source:
                with pytest.raises(AuthError, match="were not shown") as caught:
                    source.resolve()
            assert f"VERIFY_TOKEN_REALMS={there.address}={elsewhere.address}" in str(caught.value.hint)
        assert elsewhere.with_header("authorization") == []


@pytest.mark.parametrize(
    "realm",
    [
        "http://{elsewhere}/token",
        "file:///etc/passwd",
        "https://user:pass@127.0.0.1/token",
        "",
        "/token",
        "https://[",
        "https:///token",
        "ftp://127.0.0.1/",
    ],
)
def test_a_realm_without_tls_or_of_no_kind_is_not_asked(realm: str) -> None:
    with Tripwire() as elsewhere:
        there = server(Login("Bearer", realm=realm.replace("{elsewhere}", elsewhere.address)))
        with there, registry(there, keychain=FixedKeychain(there.address, USER)) as source:
            with pytest.raises(AuthError):
                source.resolve()
        assert elsewhere.requests == []


def test_a_token_request_follows_no_redirect() -> None:
    with Tripwire() as elsewhere:
        away = Fault("^/token", 307, {"Location": f"http://{elsewhere.address}/"})
        with server(Login("Bearer", "user", CANARY), away) as there:
            with registry(there, keychain=FixedKeychain(there.address, USER)) as source:
                with pytest.raises(AuthError):
                    source.resolve()
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"token": 1}',
        b'{"token": "a\\nb"}',
        b'{"token": ""}',
        b"<html>",
        b'{"token":"\xc3\xa9"}',
    ],
)
def test_what_is_no_token_is_an_error(body: bytes) -> None:
    with server(Login("Bearer"), Fault("^/token", body=body)) as there, registry(there) as source:
        with pytest.raises(AuthError):
            source.resolve()


def test_a_token_that_is_denied_is_renewed_once() -> None:
    with server(Login("Bearer")) as there:
        realm = f"http://{there.address}/token"
        there.faults.append(Fault("manifests/", 401, {"WWW-Authenticate": f'Bearer realm="{realm}"'}))
        with registry(there) as source:
            for _ in range(3):
                with pytest.raises(AuthError):
                    source.resolve()
        assert len([path for path in there.paths() if path.startswith("/token")]) == 2


def tokens(path_list: list[str]) -> int:
    return len([path for path in path_list if path.startswith("/token")])


@pytest.mark.parametrize(("lifetime", "again"), [(b"300", 0), (b"30", 1), (b"null", 1), (b"-1", 1)])
def test_a_token_is_shown_again_within_its_lifetime_only(lifetime: bytes, again: int) -> None:
    """By another client of the same run, 90 s later; 60 s is what goes without saying."""
    time = Time()
    token = Fault("^/token", body=b'{"token": "%s", "expires_in": %s}' % (TOKEN.encode(), lifetime))
    with server(Login("Bearer"), token) as there, client(time, seconds=1000) as http:
        shared = Tokens(http, clock=time.clock)
        for _ in range(2):
            reference = ImageReference(there.address, REPOSITORY, "latest", None)
            allowed = [there.address]
            RemoteRegistry(reference, http, shared, AnonymousKeychain(), allow_http=allowed).resolve()
            time.now += 90
        assert tokens(there.paths()) == 1 + again


def test_a_token_that_ends_is_renewed_as_often_as_it_ends() -> None:
    time = Time()
    with server(Login("Bearer")) as there, registry(there, time=time, seconds=10_000) as source:
        source.resolve()
        challenge = {"WWW-Authenticate": f'Bearer realm="http://{there.address}/token"'}
        for call in range(1, 4):
            time.now += 301
            there.faults[:] = [Fault(f"manifests/t{call}", 401, challenge, calls=(1,))]
            assert source.tagged(f"t{call}") is None
        assert tokens(there.paths()) == 4


def test_many_threads_fetch_one_token() -> None:
    with server(Login("Bearer")) as there, registry(there) as source:
        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(lambda number: source.tagged(f"absent-{number}"), range(24)))
        assert found == [None] * 24
        assert tokens(there.paths()) == 1


def test_a_slow_realm_holds_up_nobody_else() -> None:
    """One registry that does not answer must not keep the images of others from being judged."""
    asked, done, in_time = threading.Event(), threading.Event(), list[bool]()

    def late() -> Iterator[bytes]:
        asked.set()
        in_time.append(done.wait(10))
        yield b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

    slow_fault = Fault("^/token", pieces=late)
    with server(Login("Bearer"), slow_fault) as slow, server(Login("Bearer")) as there, client() as http:
        shared = Tokens(http)

        def resolve(registry: str) -> None:
            reference = ImageReference(registry, REPOSITORY, "latest", None)
            RemoteRegistry(reference, http, shared, AnonymousKeychain(), allow_http=[registry]).resolve()

        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(resolve, slow.address)
            assert asked.wait(10)
            resolve(there.address)
            done.set()
            with pytest.raises(AuthError):
                held.result()
    assert in_time == [True]


def test_a_scope_is_the_least_that_is_needed() -> None:
    """Whatever a registry names: with a token for more it could open other doors in the user's name."""
    scope = "repository:other/secret:pull,push registry:catalog:*"
    with server(Login("Bearer", "user", CANARY)) as there:
        challenge = f'Bearer realm="http://{there.address}/token",service="test",scope="{scope}"'
        there.faults.append(Fault("manifests/", 401, {"WWW-Authenticate": challenge}, calls=(1,)))
        with registry(there, keychain=FixedKeychain(there.address, USER)) as source:
            source.resolve()
        (path,) = [path for path in there.paths() if path.startswith("/token")]
        assert path == "/token?scope=repository%3Aorg%2Fapp%3Apull&service=test"


def test_the_challenge_of_another_host_is_not_answered() -> None:
    """A redirect led there; what it wants to see is none of the registry's business."""
    with server(Login("Basic", "user", CANARY)) as elsewhere:
        away = Fault(
            "manifests/", 307, {"Location": f"http://{elsewhere.address}/v2/org/app/manifests/latest"}
        )
        with server(Login("Basic", "user", CANARY), away) as there:
            both = [there.address, elsewhere.address]
            with registry(there, keychain=FixedKeychain(there.address, USER), allow_http=both) as source:
                with pytest.raises(AuthError):
                    source.resolve()
            assert there.with_header("authorization") == elsewhere.with_header("authorization") == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_token_service_in_trouble_is_not_called_a_refusal(status: int) -> None:
    with server(Login("Bearer"), Fault("^/token", status)) as there, registry(there) as source:
        with pytest.raises(RegistryError, match=f"status {status}") as caught:
            source.resolve()
        assert not isinstance(caught.value, AuthError)


def test_an_identity_token_is_posted_once_even_when_that_fails() -> None:
    """Some services give every refresh token out once."""
    with server(Login("Bearer", identity_token="refresh-me"), Fault("^/token", 503)) as there:
        known = Credentials(identity_token="refresh-me")
        with registry(there, keychain=FixedKeychain(there.address, known)) as source:
            with pytest.raises(RegistryError):
                source.resolve()
        assert tokens(there.paths()) == 1


def test_a_challenge_again_and_again_ends() -> None:
    """FLT-02: a registry that never accepts what it asks for."""
    with server(Login("Basic", "user", "right")) as there:
        with registry(there, keychain=FixedKeychain(there.address, USER)) as source:
            with pytest.raises(AuthError):
                source.resolve()
        assert there.paths() == ["manifests/latest"] * 2


def test_challenges_are_read() -> None:
    bearer = 'Bearer realm="https://x/token",service=y,scope="repository:z:pull"'
    header = f'Basic realm="a, \\"b\\"", {bearer}, Negotiate'
    assert parse_challenges(header) == (
        Challenge("basic", {"realm": 'a, "b"'}),
        Challenge("bearer", {"realm": "https://x/token", "service": "y", "scope": "repository:z:pull"}),
        Challenge("negotiate", {}),
    )


@pytest.mark.parametrize(
    "header", ["", "   ", '"', "Bearer realm=", 'Bearer realm="open', "=", "Bearer ,,,", "\x00"]
)
def test_challenges_that_are_none_are_not_read(header: str) -> None:
    assert all(not challenge.parameters for challenge in parse_challenges(header))


@given(st.text(alphabet='Bearer realm="\\,= \x00é', max_size=200))
def test_any_header_is_read_without_error(header: str) -> None:
    parse_challenges(header)
