"""Verify signed material."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from verifier.model.bundle import Bundle
from verifier.model.digest import Digest
from verifier.model.verified import VerifiedStatement


class SignatureVerifier(Protocol):
    """Establishes who signed what, when, and how it is logged; not whether that is wanted."""

    def verify(self, bundle: Bundle, *, about: Collection[Digest]) -> VerifiedStatement:
        """Verify ``bundle`` and that it speaks about at least one of ``about``.

        Raises `RejectedError`, and `LimitExceeded` where it is too much to read; nothing else, whatever the
        material holds.
        """
        ...
