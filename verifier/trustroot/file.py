"""A trust root from a file that the user names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verifier.errors import TrustRootError
from verifier.limits import TRUSTED_ROOT_BYTES
from verifier.local_files import read_bounded
from verifier.model.trust import TrustRoot
from verifier.text import safe
from verifier.trustroot.authorities import read_authorities


@dataclass(frozen=True, slots=True)
class FileTrustRoot:
    """See `TrustRootSource`."""

    path: Path

    def load(self) -> TrustRoot:
        """See `TrustRootSource.load`."""
        try:
            raw = read_bounded(self.path, TRUSTED_ROOT_BYTES)
        except OSError as error:
            raise TrustRootError(
                f"cannot read the trusted root {safe(self.path)}: {error.strerror}",
                hint="--trusted-root takes the path of a trusted_root.json file",
            ) from error
        root = TrustRoot(raw, f"file {self.path}")
        # A file that cannot serve is the user's mistake, said before anything is fetched.
        read_authorities(root)
        return root
