"""Answer a registry's challenge. Distribution, docs/spec/auth/token.md and oauth.md; RFC 7617 for Basic.

A registry chooses the realm that it sends its clients to, so a malicious one could have the password sent
anywhere. Credentials go to the registry's own host, or to one that is known to belong to it; to any other
realm a token is only asked for anonymously.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from verifier.errors import AuthError
from verifier.keychain.interface import Credentials
from verifier.limits import TOKEN_BYTES
from verifier.registry.challenge import Challenge, parse_challenges
from verifier.registry.http import HttpClient, Request, Response
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_KNOWN_REALMS: Mapping[str, frozenset[str]] = {
    "docker.io": frozenset({"auth.docker.io"}),
    "registry.gitlab.com": frozenset({"gitlab.com"}),
}
_CLIENT = "verify"


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a token is for: the repository of a registry, the credentials for it, and who may see them.

    ``host`` is what the registry is called in references; ``realms`` are further hosts that its credentials
    may be sent to; ``allow_http`` the hosts that may be spoken to without TLS.
    """

    host: str
    address: str
    repository: str
    credentials: Credentials | None
    realms: frozenset[str]
    allow_http: Collection[str]


class Tokens:
    """Tokens of this run, each asked for once. Safe to use from several threads."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[tuple[object, ...], str] = {}
        self._renewed: set[tuple[object, ...]] = set()

    def authorization(self, party: Party, denied: Response, shown: str | None) -> str | None:
        """The ``Authorization`` that the 401 answer ``denied`` asks for; None where none would help.

        ``shown`` is what was sent and denied. Raises `AuthError`.
        """
        challenges = {
            item.scheme: item for item in parse_challenges(denied.headers.get("www-authenticate", ""))
        }
        if (bearer := challenges.get("bearer")) is not None:
            return self._bearer(party, bearer, shown)
        basic = _basic(party.credentials)
        return basic if "basic" in challenges and basic != shown else None

    def _bearer(self, party: Party, challenge: Challenge, shown: str | None) -> str | None:
        credentials = party.credentials
        if credentials is not None and credentials.registry_token:
            header = f"Bearer {credentials.registry_token}"
            return header if header != shown else None
        realm = _realm(party, challenge)
        scope = challenge.parameters.get("scope") or f"repository:{party.repository}:pull"
        query = {"scope": scope}
        if service := challenge.parameters.get("service"):
            query["service"] = service
        trusted = _is_trusted(party, realm)
        key = (realm, *sorted(query.items()), credentials if trusted else None)
        with self._lock:
            # Whoever waited here finds the token that the first one fetched.
            known = self._known.get(key)
            if known is not None and known != shown:
                return known
            if known is not None:
                # It was denied: perhaps it ended. Another is asked for once.
                if key in self._renewed:
                    return None
                self._renewed.add(key)
            self._known[key] = self._ask(party, realm, query, trusted=trusted)
            return self._known[key]

    def _ask(self, party: Party, realm: str, query: Mapping[str, str], *, trusted: bool) -> str:
        credentials = party.credentials if trusted else None
        plain = urlsplit(realm).netloc in party.allow_http
        if credentials is not None and credentials.identity_token:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": credentials.identity_token,
                "client_id": _CLIENT,
                **query,
            }
            request = Request(realm, TOKEN_BYTES, form=form, follow=False, allow_http=plain)
        else:
            separator = "&" if urlsplit(realm).query else "?"
            request = Request(
                f"{realm}{separator}{urlencode(query)}",
                TOKEN_BYTES,
                authorization=_basic(credentials),
                follow=False,
                allow_http=plain,
            )
        response = self._client.send(request)
        if response.status != 200:
            raise _refused(party, realm, response.status, trusted=trusted)
        return f"Bearer {_token(response, realm)}"


def _basic(credentials: Credentials | None) -> str | None:
    if credentials is None or not (credentials.username or credentials.password):
        return None
    pair = f"{credentials.username}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _realm(party: Party, challenge: Challenge) -> str:
    realm = challenge.parameters.get("realm", "")
    try:
        parts = urlsplit(realm)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.netloc in party.allow_http)
    if not secure or not parts.hostname or parts.username or parts.fragment:
        raise AuthError(
            f"{safe(party.host)} sends its clients to {safe(realm, limit=200)!r} for a token",
            hint="tokens are asked for over https only, except from hosts named with --allow-http",
        )
    return realm


def _is_trusted(party: Party, realm: str) -> bool:
    """Whether the user's credentials may be sent to ``realm``."""
    parts = urlsplit(realm)
    if parts.netloc == party.address:
        return True
    if parts.scheme != "https" or parts.port not in {None, 443}:
        return parts.netloc in party.realms
    host = parts.hostname or ""
    own = party.address.rpartition(":")[0] if party.address.rpartition(":")[2].isdigit() else party.address
    return host == own or host in _KNOWN_REALMS.get(party.host, ()) or host in party.realms


def _token(response: Response, realm: str) -> str:
    host = safe(urlsplit(realm).netloc)
    try:
        document = loads_object(response.body, limit=TOKEN_BYTES)
    except StrictJsonError as error:
        raise AuthError(f"{host} answered with something that is no token: {safe(error)}") from None
    token = document.get("token") or document.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise AuthError(f"{host} answered without a token")
    return token


def _refused(party: Party, realm: str, status: int, *, trusted: bool) -> AuthError:
    host = safe(urlsplit(realm).netloc)
    if party.credentials is not None and not trusted:
        return AuthError(
            f"{host} gives no token for {safe(party.host)}/{safe(party.repository)} (status {status});"
            f" the credentials for {safe(party.host)} were not shown to it, since it is another host",
            hint=f"if {host} may see them: VERIFY_TOKEN_REALMS={safe(party.host)}={host}",
        )
    return AuthError(
        f"{host} gives no token for {safe(party.host)}/{safe(party.repository)} (status {status})",
        hint=f"log in with 'docker login {safe(party.host)}', or check the name of the image",
    )
