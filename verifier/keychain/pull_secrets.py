"""Image pull secrets of Kubernetes.

https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from verifier.errors import AuthError
from verifier.keychain.files import stored_credentials
from verifier.keychain.interface import Credentials
from verifier.limits import CREDENTIAL_HELPER_BYTES
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_KEYS: Final = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}


@dataclass(frozen=True, slots=True)
class PullSecret:
    """See `Keychain`: one secret, called ``name``. Helpers that it names are not run: others wrote it."""

    name: str
    auths: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, name: str, secret: Mapping[str, Any]) -> Self:
        """Read a Secret of Kubernetes, or raise `AuthError`."""
        key = _KEYS.get(str(secret.get("type")))
        data = secret.get("data")
        text = data.get(key) if key is not None and isinstance(data, dict) else None
        if not isinstance(text, str):
            raise _wrong(name, f"it is no secret of type {' or '.join(_KEYS)}")
        try:
            document = loads_object(base64.b64decode(text, validate=True), limit=CREDENTIAL_HELPER_BYTES)
        except (binascii.Error, StrictJsonError) as error:
            raise _wrong(name, safe(error)) from None
        auths = document.get("auths", {}) if key == ".dockerconfigjson" else document
        if not isinstance(auths, dict):
            raise _wrong(name, "auths is not an object")
        return cls(name, auths)

    def credentials(self, registry: str, repository: str) -> Credentials | None:
        """See `Keychain.credentials`."""
        return stored_credentials(self.auths, registry, repository, lambda text: _wrong(self.name, text))


def _wrong(name: str, problem: str) -> AuthError:
    return AuthError(
        f"the image pull secret {safe(name, limit=260)} cannot be used: {problem}",
        hint="kubectl create secret docker-registry makes such secrets",
    )
