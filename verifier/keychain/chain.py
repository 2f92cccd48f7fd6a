"""The user's credentials: environment first, then the files, the first answer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from verifier.errors import AuthError, InputError, UsageError
from verifier.keychain.files import CredentialsFile
from verifier.keychain.interface import Credentials, Keychain, is_token
from verifier.model.registry_name import registry_name

_HOST = "VERIFY_REGISTRY_HOST"
_SECRETS = ("VERIFY_REGISTRY_USERNAME", "VERIFY_REGISTRY_PASSWORD", "VERIFY_REGISTRY_TOKEN")


@dataclass(frozen=True, slots=True)
class EnvironmentKeychain:
    """``VERIFY_REGISTRY_USERNAME`` and ``_PASSWORD``, or ``_TOKEN``, for the one host in
    ``VERIFY_REGISTRY_HOST``.
    """

    environment: Mapping[str, str] = field(repr=False)  # it holds the password

    def credentials(self, registry: str, repository: str) -> Credentials | None:  # noqa: ARG002
        """See `Keychain.credentials`. Without the host they are shown to nobody.

        Raises `AuthError` for a token that cannot be one.
        """
        if not _is_registry(self.environment.get(_HOST, ""), registry):
            return None
        token = self.environment.get("VERIFY_REGISTRY_TOKEN", "")
        if not is_token(token):
            raise AuthError(
                "VERIFY_REGISTRY_TOKEN has white space or other characters that no token has",
                hint="was it copied with the end of its line?",
            )
        found = Credentials(
            username=self.environment.get("VERIFY_REGISTRY_USERNAME", ""),
            password=self.environment.get("VERIFY_REGISTRY_PASSWORD", ""),
            registry_token=token,
        )
        return None if found == Credentials() else found


def _is_registry(text: str, registry: str) -> bool:
    try:
        return registry_name(text) == registry_name(registry)
    except InputError:
        return False


@dataclass(frozen=True, slots=True)
class ChainKeychain:
    """The first of ``keychains`` that knows."""

    keychains: Sequence[Keychain]

    def credentials(self, registry: str, repository: str) -> Credentials | None:
        """See `Keychain.credentials`."""
        for keychain in self.keychains:
            if (found := keychain.credentials(registry, repository)) is not None:
                return found
        return None


def build_keychain(environment: Mapping[str, str], home: Path | None) -> Keychain:
    """The credentials of the user whose environment and home these are.

    ``REGISTRY_AUTH_FILE``, ``DOCKER_CONFIG`` (default ``~/.docker``), then Podman's places.

    Raises `UsageError` for credentials in the environment that are for no host.
    """
    _require_host(environment)
    paths: list[Path] = []
    if text := environment.get("REGISTRY_AUTH_FILE"):
        paths.append(Path(text))
    if text := environment.get("DOCKER_CONFIG"):
        paths.append(Path(text) / "config.json")
    elif home is not None:
        paths.append(home / ".docker" / "config.json")
    if text := environment.get("XDG_RUNTIME_DIR"):
        paths.append(Path(text) / "containers" / "auth.json")
    config = environment.get("XDG_CONFIG_HOME")
    if config or home is not None:
        base = Path(config) if config else Path(home or "") / ".config"
        paths.append(base / "containers" / "auth.json")
    files = [CredentialsFile(path, environment) for path in dict.fromkeys(paths)]
    return ChainKeychain((EnvironmentKeychain(environment), *files))


def _require_host(environment: Mapping[str, str]) -> None:
    """Whoever gives credentials without their host would wonder why the registry refuses them."""
    given = [name for name in _SECRETS if environment.get(name)]
    if given and not environment.get(_HOST):
        raise UsageError(
            f"{given[0]} is set, but {_HOST} does not say for which registry",
            hint=f"set {_HOST} to the registry as it stands in the reference, for example ghcr.io, or unset"
            f" {' and '.join(given)}",
        )
