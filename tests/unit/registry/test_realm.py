"""Realms of registries with names, over TLS: which may be asked, and which see credentials (CRD-01)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.registry_server import Authority, Login, Names, RegistryServer
from tests.unit.registry.remote import REPOSITORY, FixedKeychain, client, contents
from verifier.errors import AuthError, RegistryError
from verifier.keychain.interface import Credentials
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.registry.auth import Tokens
from verifier.registry.origins import origin
from verifier.registry.realm import Party, Realm
from verifier.registry.remote import RemoteRegistry

CONTENTS = contents()
DIGEST = Digest.parse(CONTENTS.tags["latest"])
USER = Credentials(username="user", password="canary")
HUB, HUB_TOKENS = "registry-1.docker.io:443", "auth.docker.io:443"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def internet(
    authority: Authority, registry: str, tokens: str, login: Login
) -> Iterator[tuple[RegistryServer, RegistryServer, Names]]:
    """A registry and the server of its realm, under the names ``host:port``."""
    with ExitStack() as stack:

        def serve(place: str) -> RegistryServer:
            context = authority.server(place.rpartition(":")[0])
            return stack.enter_context(RegistryServer(CONTENTS, REPOSITORY, login=login, tls=context))

        here, there = serve(registry), serve(tokens)
        yield here, there, Names({registry: here.address, tokens: there.address})


def resolve(authority: Authority, names: Names, registry: str, *, realms: tuple[str, ...] = ()) -> Digest:
    reference = ImageReference(registry, REPOSITORY, "latest", None)
    with client(ca_file=authority.file, backend=names) as http:
        keychain = FixedKeychain(registry, USER)
        source = RemoteRegistry(reference, http, Tokens(http), keychain, realms=realms)
        return source.resolve().digest


@pytest.mark.parametrize(
    ("registry", "home", "tokens", "realm"),
    [
        ("docker.io", HUB, HUB_TOKENS, "https://auth.docker.io/token"),
        # GitLab's own, and as others install it.
        ("registry.gitlab.com", "registry.gitlab.com:443", "gitlab.com:443", "https://gitlab.com/token"),
        ("git.example:5050", "git.example:5050", "git.example:443", "https://git.example/token"),
    ],
)
def test_the_realm_of_a_registry_sees_its_credentials(
    authority: Authority, registry: str, home: str, tokens: str, realm: str
) -> None:
    login = Login("Bearer", "user", "canary", realm=realm)
    with internet(authority, home, tokens, login) as (here, there, names):
        assert resolve(authority, names, registry) == DIGEST
        assert [seen.headers["authorization"][:6] for seen in there.requests] == ["Basic "]
        assert not any(
            seen.headers["authorization"][:6] == "Basic " for seen in here.with_header("authorization")
        )
        assert names.asked[:2] == [home, tokens]


@pytest.mark.parametrize(
    ("registry", "home", "tokens", "realm"),
    [
        ("r.example", "r.example:443", HUB_TOKENS, "https://auth.docker.io/token"),
        ("r.example", "r.example:443", "r.example.evil.test:443", "https://r.example.evil.test/token"),
        ("r.example", "r.example:443", "auth.r.example:443", "https://auth.r.example/token"),
        ("r.example", "r.example:443", "r.example:8443", "https://r.example:8443/token"),
        ("docker.io", HUB, "auth.docker.io:8443", "https://auth.docker.io:8443/token"),
    ],
)
def test_another_realm_is_asked_without_them(
    authority: Authority, registry: str, home: str, tokens: str, realm: str
) -> None:
    with internet(authority, home, tokens, Login("Bearer", realm=realm)) as (_, there, names):
        assert resolve(authority, names, registry) == DIGEST
        assert len(there.requests) == 1
        assert there.with_header("authorization") == []
    # The twin: the user says that it may see them.
    with internet(authority, home, tokens, Login("Bearer", "user", "canary", realm=realm)) as (
        _,
        there,
        names,
    ):
        assert resolve(authority, names, registry, realms=(origin(realm).authority,)) == DIGEST
        assert len(there.with_header("authorization")) == 1


INSIDE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "169.254.169.254",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
    "localhost",
    "tokens.localhost",
    "localhost.",
    "kubernetes",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0x7f.0.0.0x1",
    "168.63.129.16",
    "224.0.0.1",
    "[64:ff9b::a00:1]",
    "[2002:7f00:1::]",
    "[fec0::1]",
    "[::ffff:168.63.129.16]",
]


@pytest.mark.parametrize("host", INSIDE)
def test_a_registry_does_not_have_its_clients_knock_inside_their_network(
    authority: Authority, host: str
) -> None:
    login = Login("Bearer", realm=f"https://{host}/token")
    with internet(authority, "r.example:443", "other.example:443", login) as (_, _there, names):
        with pytest.raises(AuthError, match="sends its clients to") as caught:
            resolve(authority, names, "r.example")
    assert "VERIFY_TOKEN_REALMS=r.example=" in str(caught.value.hint)
    assert names.asked == ["r.example:443"]


@pytest.mark.parametrize("host", INSIDE)
def test_a_registry_inside_may_have_its_realm_at_home(host: str) -> None:
    """The twin: who asks a registry by an address may be sent to the same address."""
    url = f"https://{host}/token"
    party = Party(host, origin(f"https://{host}/v2/"), REPOSITORY, USER, frozenset(), ())
    assert Realm.parse(url, party) == Realm(url, origin(url), trusted=True)


def test_an_address_that_only_some_can_read_is_none(authority: Authority) -> None:
    login = Login("Bearer", realm="https://0177.0.0.1/token")
    with internet(authority, "r.example:443", "other.example:443", login) as (_, _there, names):
        with pytest.raises(AuthError, match="sends its clients to"):
            resolve(authority, names, "r.example")
        with pytest.raises(RegistryError, match="cannot be the address"):
            resolve(authority, names, "0177.0.0.1")
        with pytest.raises(RegistryError, match="cannot be asked"):
            resolve(authority, names, "xn--0.example")
    assert names.asked[0] == "r.example:443"


def test_a_public_address_is_public() -> None:
    party = Party("r.example", origin("https://r.example/v2/"), REPOSITORY, USER, frozenset(), ())
    for host in ("auth.example", "8.8.8.8", "[2001:4860:4860::8888]", "1.example"):
        assert not Realm.parse(f"https://{host}/token", party).trusted


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?scope=repository:secret/db:pull,push", ""),
        ("?tenant=7&SCOPE=x&offline_token=true", "?tenant=7"),
        ("?acc%6funt=root&a=b", "?a=b"),
        ("?client_id=x&grant_type=password", ""),
        ("?tenant=7&x", "?tenant=7&x"),
        ("", ""),
    ],
)
def test_a_realm_says_nothing_in_the_place_of_the_client(query: str, kept: str) -> None:
    """The token would open doors that nobody asked for."""
    home = origin("https://r.example/v2/")
    party = Party("r.example", home, REPOSITORY, USER, frozenset(), ())
    assert Realm.parse(f"https://r.example/token{query}", party).url == f"https://r.example/token{kept}"
