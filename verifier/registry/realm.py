"""The realm where a registry's clients get their tokens: may it be asked, and may it see credentials?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote_plus

from verifier.errors import AuthError
from verifier.keychain.interface import Credentials
from verifier.registry.addresses import may_be_public
from verifier.registry.origins import Origin, may_be_plain, origin
from verifier.text import safe

# Registries whose tokens come from a host of another name, both known to belong to one owner.
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "docker.io": frozenset({"auth.docker.io"}),
    "registry.gitlab.com": frozenset({"gitlab.com"}),
}

# distribution, docs/spec/auth/token.md and oauth.md: each could widen the token, or whom it is for.
_OURS: Final = frozenset(
    {
        "scope",
        "service",
        "account",
        "offline_token",
        "client_id",
        "grant_type",
        "refresh_token",
        "access_type",
    }
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a token is for: the repository of a registry, the credentials for it, and who may see them.

    ``host`` is what the registry is called in references, ``home`` where it is; ``realms`` are further hosts
    that its credentials may be sent to; ``allow_http`` the hosts that may be spoken to without TLS.
    """

    host: str
    home: Origin
    repository: str
    credentials: Credentials | None
    realms: frozenset[str]
    allow_http: Collection[str]

    @property
    def name(self) -> str:
        """Registry and repository, for messages."""
        return f"{safe(self.host)}/{safe(self.repository)}"


@dataclass(frozen=True, slots=True)
class Realm:
    """An address that may be asked for tokens. ``trusted``: the registry's credentials may be sent to it."""

    url: str
    origin: Origin
    trusted: bool

    @classmethod
    def parse(cls, url: str, party: Party) -> Self:
        """Read the realm of a challenge to ``party``.

        Raises `AuthError` for an address without TLS, and for one that is neither trusted nor public: a
        registry could have its clients knock at doors inside their network.
        """
        try:
            there = origin(url)
        except ValueError:
            raise _error(party, url, "the registry is misconfigured") from None
        if "#" in url or (there.scheme == "http" and not may_be_plain(there, party.allow_http)):
            hint = "tokens are asked for over https only, except from hosts named with --allow-http"
            raise _error(party, url, hint)
        trusted = _is_trusted(there, party)
        named = trusted or may_be_plain(there, party.allow_http)
        if not named and not may_be_public(there.host):
            name = f"{safe(party.host)}={safe(there.authority, limit=260)}"
            raise _error(party, url, f"if that is the registry's own: VERIFY_TOKEN_REALMS={name}")
        return cls(_without_wishes(url), there, trusted)


def _without_wishes(url: str) -> str:
    """``url`` without what a client says in a token request: the registry must not say it for us."""
    start, mark, query = url.partition("?")
    kept = [item for item in query.split("&") if unquote_plus(item.partition("=")[0]).lower() not in _OURS]
    return start + (mark + "&".join(kept) if kept != [""] and kept else "")


def _error(party: Party, url: str, hint: str) -> AuthError:
    return AuthError(
        f"{safe(party.host)} sends its clients to {safe(url, limit=200)!r} for a token", hint=hint
    )


def _is_trusted(there: Origin, party: Party) -> bool:
    if there == party.home or there.authority in party.realms:
        return True
    # A registry on a port of its own, tokens from the same host's web server: GitLab is installed so.
    if there.scheme != "https" or there.port != 443:
        return False
    return there.host == party.home.host or there.host in _KNOWN.get(party.host, ())
