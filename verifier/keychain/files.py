"""Credentials as Docker and Podman keep them.

Docker's ``config.json`` (docker/cli, cli/config/configfile) and containers-auth.json(5).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from verifier.errors import AuthError
from verifier.keychain.helper import ask_helper
from verifier.keychain.interface import Credentials, is_token
from verifier.limits import CREDENTIAL_HELPER_BYTES
from verifier.local_files import read_bounded
from verifier.model.registry_name import HTTPS_PORT, HUB
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_HTTPS = f":{HTTPS_PORT}"
_HUB_KEYS = (HUB, "https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class CredentialsFile:
    """One file; absent is the same as empty. ``environment`` is what credential helpers run with."""

    path: Path
    environment: Mapping[str, str] = field(repr=False)  # it may hold passwords

    @cached_property
    def _document(self) -> Mapping[str, Any]:
        try:
            raw = read_bounded(self.path, CREDENTIAL_HELPER_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._error(error.strerror or "cannot be read") from error
        try:
            return loads_object(raw, limit=CREDENTIAL_HELPER_BYTES) if raw.strip() else {}
        except StrictJsonError as error:
            raise self._error(safe(error)) from None

    def _error(self, problem: str) -> AuthError:
        return AuthError(
            f"the credentials file {safe(self.path)} cannot be used: {problem}",
            hint="mend or remove it; DOCKER_CONFIG and REGISTRY_AUTH_FILE name others",
        )

    def credentials(self, registry: str, repository: str) -> Credentials | None:
        """See `Keychain.credentials`: a helper for the registry, then ``auths``, then the default store."""
        helpers = self._mapping("credHelpers")
        for key in _registry_keys(registry):
            if isinstance(helpers.get(key), str):
                return ask_helper(helpers[key], key, self.environment)
        found = stored_credentials(self._mapping("auths"), registry, repository, self._error)
        if found is not None:
            return found
        store = self._document.get("credsStore")
        if isinstance(store, str) and store:
            return self._from_store(store, registry)
        return None

    def _from_store(self, store: str, registry: str) -> Credentials | None:
        if registry == HUB:
            return ask_helper(store, _HUB_KEYS[1], self.environment)
        found = ask_helper(store, registry, self.environment)
        if found is None and registry.endswith(_HTTPS):
            # The other way about, each image of a public registry would cost a second question.
            return ask_helper(store, registry.removesuffix(_HTTPS), self.environment)
        return found

    def _mapping(self, name: str) -> Mapping[str, Any]:
        value = self._document.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._error(f"{name} is not an object")
        return value


def stored_credentials(
    auths: Mapping[str, Any], registry: str, repository: str, wrong: Callable[[str], AuthError]
) -> Credentials | None:
    """What ``auths`` of a ``config.json`` holds for the repository; None where nothing.

    Raises what ``wrong`` makes of a problem.
    """
    for key in _keys(registry, repository):
        if isinstance(auths.get(key), dict) and (found := _entry(auths[key], wrong)) is not None:
            return found
    return None


def _entry(entry: Mapping[str, Any], wrong: Callable[[str], AuthError]) -> Credentials | None:
    username, password = _text(entry, "username"), _text(entry, "password")
    if auth := _text(entry, "auth"):
        try:
            # Docker ends the decoded text with NUL bytes at times.
            decoded = base64.b64decode(auth, validate=True).decode("utf-8").rstrip("\0")
        except (binascii.Error, ValueError):
            raise wrong("an 'auth' is not base64") from None
        username, _, password = decoded.partition(":")
    token = _text(entry, "registrytoken")
    if not is_token(token):
        raise wrong("a 'registrytoken' has white space or other characters that no token has")
    found = Credentials(
        username=username,
        password=password,
        identity_token=_text(entry, "identitytoken"),
        registry_token=token,
    )
    return None if found == Credentials() else found


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name, "")
    return value if isinstance(value, str) else ""


def _registry_keys(registry: str) -> tuple[str, ...]:
    if registry == HUB:
        return _HUB_KEYS
    if registry.endswith(_HTTPS):
        return (registry, registry.removesuffix(_HTTPS))
    has_port = ":" in registry and not registry.endswith("]")
    return (registry,) if has_port else (registry, f"{registry}{_HTTPS}")


def _keys(registry: str, repository: str) -> Iterator[str]:
    """Keys that are exactly this repository, a path above it, or the registry: the closest first."""
    parts = repository.split("/")
    names = (HUB,) if registry == HUB else _registry_keys(registry)
    for length in range(len(parts), 0, -1):
        yield from ("/".join([name, *parts[:length]]) for name in names)
    for key in _registry_keys(registry):
        yield key
        if "/" not in key:
            yield from (f"https://{key}", f"https://{key}/", f"https://{key}/v1/", f"https://{key}/v2/")
