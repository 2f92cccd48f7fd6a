"""What the user asked for, from options and environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from verifier.budget import EvidenceBounds
from verifier.errors import InputError, UsageError
from verifier.limits import TIMEOUT_SECONDS
from verifier.model.platform import Platform
from verifier.model.registry_name import authority, registry_name
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class SignerOptions:
    """An ad-hoc signer and what is required of it; see contract "Options"."""

    identity: str | None = None
    identity_regexp: str | None = None
    issuer: str | None = None
    issuer_regexp: str | None = None
    keys: tuple[Path, ...] = ()
    require: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. ``platforms`` empty means every runnable platform; ``at`` the time that policies judge by.

    ``environment`` and ``home`` are for credentials, proxies and certificates alone. ``cache`` is None where
    nothing may be kept. ``private_registries`` are the only hosts inside a network that may be connected to;
    None where the user chose every name.
    """

    at: datetime
    policies: tuple[str, ...] = ()
    signer: SignerOptions = field(default_factory=SignerOptions)
    platforms: tuple[Platform, ...] = ()
    trusted_root: Path | None = None
    staging: bool = False
    offline: bool = False
    allow_http: frozenset[str] = frozenset()
    timeout: float = TIMEOUT_SECONDS
    cache: Path | None = None
    save_evidence: Path | None = None
    private_registries: frozenset[str] | None = None
    evidence: EvidenceBounds = field(default_factory=EvidenceBounds)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # it may hold passwords
    home: Path | None = None


def parse_hosts(texts: Iterable[str], option: str = "--allow-http") -> frozenset[str]:
    """Read the hosts given with ``option``, each in its one spelling.

    Raises `UsageError` where one can be no registry.
    """
    texts = list(texts)
    for text in texts:
        if not text or "/" in text or "@" in text:
            raise UsageError(
                f"{option}: {safe(text, limit=100)!r} is not HOST[:PORT]",
                hint="the registry as it stands in the reference, for example localhost:5000",
            )
    return frozenset(_spelt(text, authority) for text in texts)


def registry_names(hosts: Iterable[str]) -> frozenset[str]:
    """The registries that ``hosts`` are, as references name them."""
    return frozenset(_spelt(host, registry_name) for host in hosts)


def _spelt(text: str, canonical: Callable[[str], str]) -> str:
    """What is no registry's name, such as one with an underscore, may still be the host of its tokens."""
    try:
        return canonical(text)
    except InputError:
        return text.lower()


def parse_platforms(texts: list[str]) -> tuple[Platform, ...]:
    """Read ``--platform`` values; ``all``, alone, is every platform. Raises `InputError`."""
    if "all" in texts:
        if len(texts) > 1:
            raise UsageError(
                "--platform all and another --platform are given together", hint="all is every platform"
            )
        return ()
    return tuple(dict.fromkeys(Platform.parse(text) for text in texts))


def parse_time(text: str | None, *, now: datetime) -> datetime:
    """Read an RFC 3339 time with its zone (``now`` for None), or raise `UsageError`."""
    if text is None:
        return now
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: a first or last day that is outside the calendar in UTC
        pass
    raise UsageError(
        f"--at: not an RFC 3339 time with a zone: {safe(text, limit=100)!r}",
        hint="for example 2026-11-01T12:00:00Z",
    )


def cache_directory(given: Path | None, environment: Mapping[str, str], home: Path | None) -> Path | None:
    """Where to keep content: ``--cache-dir``, the user's cache directory, or None without a home.

    XDG base directory specification 0.8: a relative ``XDG_CACHE_HOME`` is ignored.
    """
    if given is not None:
        return given
    configured = environment.get("XDG_CACHE_HOME", "")
    if configured.startswith("/"):
        return Path(configured) / "verifier"
    return None if home is None else home / ".cache" / "verifier"


def home_directory(environment: Mapping[str, str]) -> Path | None:
    """The user's home, where the environment names one."""
    text = environment.get("HOME", "")
    return Path(text) if text.startswith("/") else None


def token_realms(environment: Mapping[str, str], registry: str) -> frozenset[str]:
    """Further hosts that the credentials for ``registry`` may be sent to.

    ``VERIFY_TOKEN_REALMS`` is a list of ``REGISTRY=HOST`` with white space between.
    """
    pairs = (item.partition("=") for item in environment.get("VERIFY_TOKEN_REALMS", "").split())
    return frozenset(host for name, _, host in pairs if _spelt(name, registry_name) == registry and host)
