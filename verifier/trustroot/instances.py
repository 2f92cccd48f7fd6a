"""The Sigstore instances whose trust roots are had over TUF."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from urllib.parse import quote

from verifier.errors import InternalError


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance: its TUF repository, and the root metadata and trusted root that ship with sigstore."""

    name: str
    url: str

    def bootstrap(self) -> bytes:
        """The TUF root metadata from which everything later is verified."""
        return self._shipped("root.json")

    def shipped_trusted_root(self) -> bytes:
        """The trusted root inside the installed sigstore package."""
        return self._shipped("trusted_root.json")

    def _shipped(self, name: str) -> bytes:
        folder = resources.files("sigstore") / "_store" / quote(self.url, safe="")
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            raise InternalError(f"the installed sigstore package lacks {name} for {self.url}") from error


PUBLIC_GOOD = Instance("Sigstore public good instance", "https://tuf-repo-cdn.sigstore.dev")
STAGING = Instance("Sigstore staging instance", "https://tuf-repo-cdn.sigstage.dev")
