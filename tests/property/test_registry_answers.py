"""A registry may answer with anything at all: what comes back is right, or one of the declared errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry_server import Fault, Login, Names, RegistryServer
from tests.sigstore_instance.layout import INDEX
from tests.unit.registry.remote import FixedKeychain, client, contents
from verifier.errors import RejectedError, UnavailableError
from verifier.keychain.interface import Credentials
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.registry.auth import Tokens
from verifier.registry.http import HttpClient
from verifier.registry.remote import RemoteRegistry

CONTENTS = contents()
DIGEST = Digest.parse(CONTENTS.tags["latest"])
MANIFEST = CONTENTS.manifests[str(DIGEST)][1]
CONFIG = json.loads(MANIFEST)["config"]
BLOB = Descriptor(CONFIG["mediaType"], Digest.parse(CONFIG["digest"]), CONFIG["size"])
USER = Credentials(username="user", password="canary-password")
FOREVER = 1e9


@dataclass(frozen=True)
class World:
    """A registry, a server beside it that must see no request, and no other."""

    server: RegistryServer
    away: RegistryServer
    http: HttpClient

    def source(self, *faults: Fault, login: Login | None = None) -> RemoteRegistry:
        """The registry with these faults, to somebody who has credentials for it."""
        self.server.faults[:] = faults
        self.server.login = login
        address = self.server.address
        return RemoteRegistry(
            ImageReference(address, "org/app", "latest", None),
            self.http,
            Tokens(self.http),
            FixedKeychain(address, USER),
            allow_http=[address],
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with (
        RegistryServer(CONTENTS, "org/app", referrers=True) as server,
        RegistryServer(CONTENTS, "away") as away,
    ):
        places = {other.address: other.address for other in (server, away)}
        with client(seconds=FOREVER, backend=Names(places)) as http:
            yield World(server, away, http)


def ask_everything(source: RemoteRegistry) -> int:
    """Every question gets the right answer or a declared error; how many errors there were."""
    errors = 0
    for question, right in (
        (lambda: source.manifest(DIGEST), lambda got: got is None or got.raw == MANIFEST),
        (lambda: source.tagged("latest"), lambda got: got is None or got.digest == Digest.of(got.raw)),
        (lambda: source.referrers(DIGEST), lambda got: list(got) == []),
        (lambda: source.blob(BLOB, limit=10_000), lambda got: Digest.of(got.raw) == BLOB.digest),
    ):
        try:
            assert right(question())
        except (RejectedError, UnavailableError):
            errors += 1
    return errors


def test_what_is_right_is_no_error(world: World) -> None:
    source = world.source()
    assert source.resolve().raw == MANIFEST
    assert ask_everything(source) == 0


lines = st.sampled_from(
    [
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200",
        "HTTP/1.1 401 x",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 101 Switching",
        "HTTP/1.1 307 x",
        "Content-Length: 3",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Content-Encoding: br",
        f"Content-Type: {INDEX}",
        "Location: /v2/",
        "Upgrade: h2c",
        "Connection: upgrade",
        "WWW-Authenticate: Bearer",
        "3",
        "ffffffffffffffff",
        "{}",
        "",
        " folded",
    ]
)


@given(st.lists(lines, max_size=8).map(lambda text: "\r\n".join(text).encode()) | st.binary(max_size=200))
def test_any_bytes_on_the_wire(world: World, raw: bytes) -> None:
    assert ask_everything(world.source(Fault("", raw=raw))) > 0


# What can stand in a header: Latin-1 without the ends of lines.
texts = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=60)
urls = st.lists(
    st.sampled_from(
        [
            "http://",
            "https://",
            "//",
            "{here}",
            "{away}",
            "@",
            ":",
            "/",
            "\\",
            "#",
            "?",
            "%40",
            "a",
            " ",
            ".",
            "[::1]",
        ]
    ),
    max_size=8,
).map("".join)


def placed(text: str, world: World) -> str:
    return text.replace("{here}", world.server.address).replace("{away}", world.away.address)


@given(st.sampled_from([301, 302, 303, 307, 308]), texts | urls)
def test_any_redirect_leads_to_a_host_that_is_allowed_or_nowhere(
    world: World, status: int, location: str
) -> None:
    headers = {"Location": placed(location, world)}
    # The manifest, the tag and the blob; a registry that sends its referrers elsewhere has none.
    assert ask_everything(world.source(Fault("", status, headers))) >= 3
    # TLS may be tried with any host, which then has to show who it is; plain HTTP is spoken with none.
    assert world.away.requests == []


@given(texts | urls.map("<{}>; rel=next".format))
def test_any_link_leads_to_the_same_registry_or_nowhere(world: World, link: str) -> None:
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
    headers = {"Content-Type": INDEX, "Link": placed(link, world)}
    before = world.away.connections
    ask_everything(world.source(Fault("referrers/", headers=headers, body=body)))
    assert world.away.connections == before


@given(texts | urls, st.sampled_from(["Bearer", "Basic", "Negotiate"]))
def test_any_realm_is_the_registry_itself_or_is_not_asked(world: World, realm: str, scheme: str) -> None:
    headers = {"WWW-Authenticate": f'{scheme} realm="{placed(realm, world)}",service="x"'}
    before = world.away.connections
    assert ask_everything(world.source(Fault("", 401, headers))) == 4
    assert world.away.connections == before


tokens = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["token", "access_token", "expires_in"]), inner)
    ),
    max_leaves=6,
)


@given(tokens.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_answer_in_place_of_a_token_opens_nothing(world: World, body: bytes) -> None:
    assert ask_everything(world.source(Fault("^/token", body=body), login=Login("Bearer"))) == 4


def test_a_token_opens_everything(world: World) -> None:
    with contextlib.closing(world.source(login=Login("Bearer"))) as source:
        assert ask_everything(source) == 0
