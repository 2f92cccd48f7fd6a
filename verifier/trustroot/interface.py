"""Where trusted keys and authorities come from."""

from __future__ import annotations

from typing import Protocol

from verifier.model.trust import TrustRoot


class TrustRootSource(Protocol):
    """One origin of a trust root: a file, or Sigstore's TUF repository."""

    def load(self) -> TrustRoot:
        """Give the trust root. Raises `TrustRootError` (a file is wrong) or `TrustRootUnavailableError`."""
        ...
