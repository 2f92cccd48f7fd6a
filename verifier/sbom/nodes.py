"""The error of SBOMs that are not what their format says, and a problem that several readers find."""

from __future__ import annotations

from verifier.errors import SbomError
from verifier.json_nodes import shown
from verifier.model.sbom import ValidationProblem


def at_path(message: str, path: str) -> SbomError:
    """What a wrong node of an SBOM raises; see `verifier.json_nodes.raising`."""
    return SbomError(message, path=path)


def missing_member(holder: str, name: str) -> ValidationProblem:
    """Say that the object at the path ``holder`` lacks the member ``name``."""
    return ValidationProblem(holder, f"the member {shown(name)} is missing")
