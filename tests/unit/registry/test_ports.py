"""Where a registry is asked: at the port that was typed, whatever the name is."""

from __future__ import annotations

import pytest

from tests.registry_server import RegistryServer
from tests.registry_server.names import Names
from tests.unit.registry.remote import REPOSITORY, FixedKeychain, client, contents
from verifier.errors import RegistryError
from verifier.keychain.interface import Credentials
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import over_http, parse_reference
from verifier.registry.auth import Tokens
from verifier.registry.remote import RemoteRegistry
from verifier.settings import parse_hosts

NOBODY = FixedKeychain("", Credentials())


def asked(registry: str, *allowed: str, at: str) -> list[str]:
    """Which connections are wanted for an image of ``registry``, where one without TLS is ``at`` a place."""
    plain = parse_hosts(allowed)
    reference = over_http(parse_reference(f"{registry}/{REPOSITORY}"), plain)
    assert isinstance(reference, ImageReference)
    with RegistryServer(contents(), REPOSITORY) as server:
        names = Names({at: server.address})
        with client(backend=names, seconds=1) as http:
            RemoteRegistry(reference, http, Tokens(http), NOBODY, allow_http=plain).resolve()
    return names.asked


@pytest.mark.parametrize(
    ("registry", "allowed", "at"),
    [
        ("r.example", "r.example", "r.example:80"),
        ("R.example", "R.EXAMPLE", "r.example:80"),
        ("r.example:80", "r.example", "r.example:80"),
        ("r.example:80", "r.example:80", "r.example:80"),
        ("r.example:443", "r.example:443", "r.example:443"),
        ("r.example:5000", "r.example:5000", "r.example:5000"),
    ],
)
def test_plain_http_goes_to_the_port_that_was_typed(registry: str, allowed: str, at: str) -> None:
    assert asked(registry, allowed, at=at) == [at]


@pytest.mark.parametrize(
    ("registry", "allowed", "at"),
    [
        ("r.example", "r.example:80", "r.example:443"),
        ("r.example:443", "r.example", "r.example:443"),
        ("r.example:80", "other.example", "r.example:80"),
    ],
)
def test_all_else_is_tls(registry: str, allowed: str, at: str) -> None:
    """A server that does not speak TLS there is none."""
    with pytest.raises(RegistryError):
        asked(registry, allowed, at=at)
