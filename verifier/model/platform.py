"""The platform that an image runs on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from verifier.errors import InputError
from verifier.text import safe

_PART = re.compile(r"[a-z0-9_.-]{1,32}")
# What a runtime takes for one platform: containerd/platforms, database.go, `normalizeOS` and `normalizeArch`.
_SYSTEMS = {"macos": "darwin"}
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
# These name the variant as well; one that stands beside them is not looked at.
_WITH_VARIANT = {"i386": ("386", ""), "armhf": ("arm", "v7"), "armel": ("arm", "v6")}
_VARIANTS = {
    "amd64": {"v1": ""},
    "arm64": {"8": "", "v8": "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9"},
    "arm": {"": "v7", "7": "v7", "5": "v5", "6": "v6", "8": "v8"},
}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """Operating system, architecture and variant (``""`` where there is none), normalised.

    OCI image specification 1.1, image-index.md, ``platform``. ``os_version`` tells Windows images
    of one architecture apart; it is no part of what a user can ask for.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def of(cls, os: str, architecture: str, variant: str = "", os_version: str = "") -> Self:
        """As containerd does: ``aarch64`` and ``arm64/v8.0`` are ``arm64``, ``arm`` is ``arm/v7``."""
        os, architecture, variant = os.lower(), architecture.lower(), variant.lower()
        if architecture in _WITH_VARIANT:
            architecture, variant = _WITH_VARIANT[architecture]
        architecture = _ARCHITECTURES.get(architecture, architecture)
        variant = _VARIANTS.get(architecture, {}).get(variant, variant)
        return cls(_SYSTEMS.get(os, os), architecture, variant, os_version)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``OS/ARCH[/VARIANT]``, or raise `InputError`."""
        parts = text.split("/")
        if len(parts) not in {2, 3} or not all(_PART.fullmatch(part) for part in parts):
            raise InputError(
                f"not a platform: {safe(text, limit=100)!r}",
                hint="a platform is OS/ARCH or OS/ARCH/VARIANT, for example linux/amd64 or linux/arm/v7",
            )
        return cls.of(*parts)

    @property
    def runnable(self) -> bool:
        """Whether this is a platform at all: BuildKit writes ``unknown/unknown`` for attestations."""
        return self.os not in {"", "unknown"} and self.architecture not in {"", "unknown"}

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)
