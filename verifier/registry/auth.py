"""Answer a registry's challenge. Distribution, docs/spec/auth/token.md and oauth.md; RFC 7617 for Basic.

A registry chooses the realm that it sends its clients to, so a malicious one could have the password sent
anywhere. Credentials go to the registry's own host, or to one that is known to belong to it; any other
realm on the public network is asked for a token anonymously.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from verifier.errors import AuthError, RegistryError
from verifier.keychain.interface import Credentials
from verifier.limits import TOKEN_BYTES
from verifier.registry.challenge import Challenge, parse_challenges
from verifier.registry.http import HttpClient, Request, Response
from verifier.registry.realm import Party, Realm
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe

_CLIENT: Final = "verify"
_LIFETIME: Final = 60.0  # seconds, of a token that does not say; token.md, "expires_in"


@dataclass(frozen=True, slots=True)
class _Token:
    header: str
    until: float


@dataclass(slots=True)
class _Place:
    """Where one token is kept, and the lock that makes others wait for whoever fetches it.

    ``renewed`` once it was denied before its time.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: _Token | None = None
    renewed: bool = False


class Tokens:
    """Tokens of this run, each asked for once. Safe to use from several threads."""

    def __init__(self, client: HttpClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[tuple[object, ...], _Place] = {}

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
        realm = Realm.parse(challenge.parameters.get("realm", ""), party)
        # Always the least that is needed, whatever scope the challenge names: the token goes to the registry,
        # which could have one made out that opens other doors.
        query = {"scope": f"repository:{party.repository}:pull"}
        if service := challenge.parameters.get("service"):
            query["service"] = service
        key = (realm.url, *sorted(query.items()), credentials if realm.trusted else None)
        with self._lock:
            place = self._places.setdefault(key, _Place())
        # A lock for each: a realm that does not answer holds up nobody else.
        with place.lock:
            # Whoever waited here finds the token that the first one fetched.
            known = place.token
            if known is not None and self._clock() < known.until:
                if known.header != shown:
                    return known.header
                # It was denied before its time. Another is asked for once.
                if place.renewed:
                    return None
                place.renewed = True
            place.token = self._ask(party, realm, query)
            return place.token.header

    def _ask(self, party: Party, realm: Realm, query: Mapping[str, str]) -> _Token:
        credentials = party.credentials if realm.trusted else None
        now = self._clock()
        if credentials is not None and credentials.identity_token:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": credentials.identity_token,
                "client_id": _CLIENT,
                **query,
            }
            request = Request(
                realm.url, TOKEN_BYTES, form=form, follow="nowhere", allow_http=party.allow_http
            )
        else:
            separator = "&" if "?" in realm.url else "?"
            request = Request(
                f"{realm.url}{separator}{urlencode(query)}",
                TOKEN_BYTES,
                authorization=_basic(credentials),
                follow="nowhere",
                allow_http=party.allow_http,
            )
        response = self._client.send(request)
        if response.status != 200:
            raise _refused(party, realm, response.status)
        return _token(response, realm, now)


def _basic(credentials: Credentials | None) -> str | None:
    if credentials is None or not (credentials.username or credentials.password):
        return None
    pair = f"{credentials.username}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _token(response: Response, realm: Realm, now: float) -> _Token:
    host = safe(realm.origin.authority)
    try:
        document = loads_object(response.body, limit=TOKEN_BYTES)
    except StrictJsonError as error:
        raise AuthError(
            f"{host} answered with something that is no token: {safe(error)}",
            hint="a proxy or a login page may have answered in its place",
        ) from None
    token = document.get("token") or document.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise AuthError(f"{host} answered without a token")
    return _Token(f"Bearer {token}", now + _lifetime(document.get("expires_in")))


def _lifetime(stated: Json) -> float:
    if isinstance(stated, bool) or not isinstance(stated, (int, float)) or stated <= 0:
        return _LIFETIME
    return float(stated)


def _refused(party: Party, realm: Realm, status: int) -> RegistryError:
    host = safe(realm.origin.authority)
    if status == 429 or status >= 500:
        return RegistryError(f"{host} answered status {status} for a token", hint="try again later")
    if party.credentials is not None and not realm.trusted:
        return AuthError(
            f"{host} gives no token for {party.name} (status {status});"
            f" the credentials for {safe(party.host)} were not shown to it, since it is another host",
            hint=f"if {host} may see them: VERIFY_TOKEN_REALMS={safe(party.host)}={host}",
        )
    return AuthError(
        f"{host} gives no token for {party.name} (status {status})",
        hint=f"log in with 'docker login {safe(party.host)}', or check the name of the image",
    )
