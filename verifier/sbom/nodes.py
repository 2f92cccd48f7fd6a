"""The error of SBOMs that are not what their format says."""

from __future__ import annotations

from verifier.errors import SbomError


def at_path(message: str, path: str) -> SbomError:
    """What a wrong node of an SBOM raises; see `verifier.json_nodes.raising`."""
    return SbomError(message, path=path)
