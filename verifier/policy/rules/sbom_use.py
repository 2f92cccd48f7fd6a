"""Whether an SBOM says anything about the contents of a platform."""

from __future__ import annotations

from verifier.model.digest import Digest
from verifier.model.sbom import DecodedSbom


def unusable(decoded: DecodedSbom | None, name: str) -> str | None:
    """Why ``decoded`` is no SBOM of the contents of the platform called ``name``; None where it is one."""
    if decoded is None:
        return "it was not decoded"
    if decoded.sbom is None or decoded.binding is None:
        return decoded.problem or "it cannot be decoded"
    if not decoded.sbom.packages:
        return "it lists no package"
    if decoded.binding.lists_only_images:
        if not all(package.inside for package in decoded.sbom.packages):
            return f"it lists only what is no part of {name} (external, optional or excluded), or images"
        return f"it lists only images and says nothing of the contents of {name}"
    return None


def describes_another(decoded: DecodedSbom | None, platform: Digest) -> str | None:
    """What an SBOM that is about ``platform`` says that it describes instead; None where it fits.

    The signed subject is the authority: generators leave the digest out, or name that of the index.
    """
    described = decoded.binding.digests if decoded and decoded.binding else ()
    if not described or platform in described:
        return None
    return ", ".join(str(digest) for digest in described[:3])
