"""The platform that an image runs on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from verifier.errors import InputError
from verifier.text import safe

_PART = re.compile(r"[a-z0-9_.-]{1,32}")
# Spellings that a runtime takes for one: containerd/platforms, database.go. None keeps the variant.
_ARCHITECTURES: dict[str, tuple[str, str | None]] = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "aarch64": ("arm64", None),
    "i386": ("386", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_SYSTEMS = {"macos": "darwin"}
_DEFAULT_VARIANTS = {("arm64", "v8"), ("amd64", "v1")}


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
        """Normalise as containerd does: ``aarch64`` and ``arm64/8`` are ``arm64``, ``arm`` is ``arm/v7``."""
        architecture, implied = _ARCHITECTURES.get(architecture, (architecture, None))
        variant = variant if implied is None else implied
        if architecture.startswith("arm") and variant.isascii() and variant.isdigit():
            variant = f"v{variant}"
        if (architecture, variant) in _DEFAULT_VARIANTS:
            variant = ""
        if architecture == "arm" and not variant:
            variant = "v7"
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
