"""Whether an SBOM says anything about the contents of a platform."""

from __future__ import annotations

from verifier.model.digest import Digest
from verifier.model.sbom import DecodedSbom


def unusable(decoded: DecodedSbom | None, platform: Digest, name: str) -> str | None:
    """Why ``decoded`` is no SBOM of the contents of ``platform`` (called ``name``); None where it is one."""
    if decoded is None:
        return "it was not decoded"
    if decoded.sbom is None or decoded.binding is None:
        return decoded.problem or "it cannot be decoded"
    if not decoded.sbom.packages:
        return "it lists no package"
    if decoded.binding.lists_only_images:
        return f"it lists only images and says nothing of the contents of {name}"
    described = decoded.binding.digests
    if described and platform not in described:
        return f"it describes {', '.join(str(digest) for digest in described[:3])}, not {platform}"
    return None
