"""Who a registry is told that the user is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credentials:
    """What to show a registry: a name and a password, or a token.

    ``identity_token`` is exchanged for access tokens (OAuth 2 refresh token), ``registry_token`` is shown
    as it is. Never shown in messages.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown to anybody else."""
        return tuple(filter(None, (self.password, self.identity_token, self.registry_token)))


def is_token(text: str) -> bool:
    """Whether ``text`` can be shown as a token (RFC 6750, section 2.1), or is empty.

    What cannot be is repeated, whole, by the libraries that refuse to send it.
    """
    return text.isascii() and text.isprintable() and " " not in text


class Keychain(Protocol):
    """A place that knows credentials."""

    def credentials(self, registry: str, repository: str) -> Credentials | None:
        """Those for ``repository`` of ``registry``; None where there are none.

        ``registry`` is ``host[:port]`` in its one spelling, with the default port of HTTPS where that was
        typed: ``host`` and ``host:443`` are one registry.

        Raises `AuthError` where there should be some and they cannot be had.
        """
        ...
