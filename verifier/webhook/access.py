"""Which credentials are shown for the images of one review: those of its own namespace, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from verifier.keychain.interface import Keychain
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference
from verifier.webhook.request import Request


@dataclass(frozen=True, slots=True)
class Access:
    """``keychain`` is None where only what the webhook has itself is shown."""

    keychain: Keychain | None = field(default=None, repr=False)

    def for_image(self, reference: ImageReference) -> tuple[Keychain | None, str]:
        """The credentials for ``reference``, and what tells them apart from others (``""`` for none).

        Raises `AuthError` where there should be some and they cannot be had.
        """
        if self.keychain is None:
            return None, ""
        found = self.keychain.credentials(reference.address, reference.repository)
        if found is None:
            return None, ""
        shown = "\0".join((found.username, *found.secrets))
        return self.keychain, str(Digest.of(shown.encode("utf-8", "surrogatepass")))


class PullSecrets(Protocol):
    """Knows the image pull secrets of pods."""

    async def access(self, request: Request, *, seconds: float) -> Access:
        """What the pods of the object in ``request`` may show, out of its namespace alone.

        Raises `RegistryError` where it cannot be found out within ``seconds``.
        """
        ...


class NoPullSecrets:
    """See `PullSecrets`: there is no cluster to ask, or it is not to be asked."""

    async def access(self, request: Request, *, seconds: float) -> Access:  # noqa: ARG002
        """See `PullSecrets.access`."""
        return Access()
