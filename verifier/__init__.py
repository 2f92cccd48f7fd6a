"""Verify a container image's signatures, attestations and SBOMs.

The names below are the whole public API; they are imported when first used,
so that ``import verifier`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from verifier.version import __version__

if TYPE_CHECKING:
    from verifier.api import Policy, Report, verify_image

__all__ = ["Policy", "Report", "__version__", "verify_image"]


def __getattr__(name: str) -> object:
    if name in __all__:
        import verifier.api

        return getattr(verifier.api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
