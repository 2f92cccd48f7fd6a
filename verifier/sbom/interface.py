"""Decode SBOMs."""

from __future__ import annotations

from typing import Protocol

from verifier.model.sbom import Sbom
from verifier.strict_json import Json


class SbomDecoder(Protocol):
    """One SBOM format."""

    def decode(self, document: Json) -> Sbom:
        """Decode a document that was read by `verifier.strict_json`.

        Raises `SbomError` with a JSON path, and `LimitExceeded`; nothing else, whatever the document holds.
        """
        ...
