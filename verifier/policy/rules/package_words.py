"""How findings call a package."""

from __future__ import annotations

from typing import Final

from verifier.model.sbom import Package
from verifier.text import safe

UNSTATED: Final = frozenset({"", "NOASSERTION", "NONE"})
"""What a member of a package holds that says nothing."""


def names_somebody(actor: str) -> bool:
    """Whether ``actor`` (``Organization: Wolfi``, or a name alone) says who it is."""
    kind, colon, name = actor.partition(":")
    return (name if colon and kind in {"Organization", "Person"} else actor).strip() not in UNSTATED


def package_words(package: Package) -> str:
    """``busybox 1.36.1-r2``, for sentences."""
    return safe(f"{package.name} {package.version}".strip(), limit=200) or "a package without a name"


def package_label(package: Package, purl: str = "") -> str:
    """``purl``, or the first package URL, or ``name@version``: what a finding is about."""
    first = purl or next(iter(package.purls), "")
    return safe(first or f"{package.name}@{package.version}".removesuffix("@"), limit=1000)
