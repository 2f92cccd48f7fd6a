"""A `RemoteRegistry` on a test server, with a clock and a sleep that take no time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore

from tests.registry_server import RegistryServer
from tests.sigstore_instance.layout import Contents, Layout
from verifier.deadline import Deadline
from verifier.keychain.anonymous import AnonymousKeychain
from verifier.keychain.interface import Credentials, Keychain
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.registry.auth import Tokens
from verifier.registry.http import HttpClient
from verifier.registry.proxies import Proxies
from verifier.registry.remote import Cache, RemoteRegistry
from verifier.registry.retry import Retries

REPOSITORY = "org/app"


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class FixedKeychain:
    """Credentials for one registry."""

    registry: str
    known: Credentials

    def credentials(self, registry: str, repository: str) -> Credentials | None:
        return self.known if registry == self.registry else None


def contents() -> Contents:
    """One image with the tag ``latest``."""
    layout = Layout()
    image = layout.image("linux/amd64")
    layout.tag("latest", image)
    return layout.contents()


@contextmanager
def client(
    time: Time | None = None,
    *,
    seconds: float = 60,
    ca_file: str | None = None,
    backend: httpcore.NetworkBackend | None = None,
    proxies: Proxies | None = None,
) -> Iterator[HttpClient]:
    """A client whose retries take no time."""
    time = time or Time()
    retries = Retries(
        sleep=time.sleep,
        jitter=lambda: 1.0,
        now=lambda: datetime.fromtimestamp(1_800_000_000 + time.now, UTC),
    )
    with HttpClient(
        Deadline(seconds, clock=time.clock),
        retries=retries,
        ca_file=ca_file,
        backend=backend,
        proxies=proxies,
    ) as made:
        yield made


@contextmanager
def registry(
    server: RegistryServer,
    *,
    tag: str | None = "latest",
    digest: Digest | None = None,
    keychain: Keychain | None = None,
    allow_http: Collection[str] | None = None,
    realms: Collection[str] = (),
    cache: Cache | None = None,
    time: Time | None = None,
    seconds: float = 60,
) -> Iterator[RemoteRegistry]:
    """The repository of ``server``; plain HTTP with it is allowed unless ``allow_http`` says otherwise."""
    reference = ImageReference(server.address, server.repository, tag, digest)
    with client(time, seconds=seconds) as http:
        yield RemoteRegistry(
            reference,
            http,
            Tokens(http, clock=(time or Time()).clock),
            keychain or AnonymousKeychain(),
            allow_http=[server.address] if allow_http is None else allow_http,
            realms=realms,
            cache=cache,
        )
