"""No credentials at all."""

from __future__ import annotations

from verifier.keychain.interface import Credentials


class AnonymousKeychain:
    """See `Keychain`."""

    def credentials(self, registry: str, repository: str) -> Credentials | None:  # noqa: ARG002
        """See `Keychain.credentials`."""
        return None
