"""The SHA-256 digest of some bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from verifier.errors import InputError
from verifier.text import safe

_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """64 lower-case hexadecimal digits; ``str()`` gives ``sha256:<hex>``."""

    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``sha256:<hex>``, or raise `InputError`.

        OCI image specification 1.1, descriptor.md, "Digests"; other algorithms are not used by registries.
        """
        match = _SHA256.fullmatch(text)
        if match is None:
            raise InputError(
                f"not a sha256 digest: {safe(text, limit=100)!r}",
                hint="a digest is 'sha256:' and 64 lower-case hexadecimal digits",
            )
        return cls(match[1])

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Hash ``raw``."""
        return cls(hashlib.sha256(raw).hexdigest())

    def __str__(self) -> str:
        return f"sha256:{self.hex}"
