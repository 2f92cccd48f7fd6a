"""Image references: what a user types, and what it is pinned to."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.model.digest import Digest


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image in a registry, normalised; tag and digest as written.

    ``registry`` is ``host[:port]`` (``docker.io`` for Docker Hub), ``repository`` the path below it
    (``library/nginx``). ``str()`` is canonical.
    """

    registry: str
    repository: str
    tag: str | None
    digest: Digest | None

    @property
    def name(self) -> str:
        """Registry and repository: ``docker.io/library/nginx``."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


@dataclass(frozen=True, slots=True)
class LayoutReference:
    """An image in an OCI layout on disk: a directory, or a tar file when ``archive``."""

    path: str
    archive: bool
    tag: str | None
    digest: Digest | None

    @property
    def name(self) -> str:
        """Scheme and path: ``oci:images/nginx``."""
        return f"{'oci-archive' if self.archive else 'oci'}:{self.path}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


Reference = ImageReference | LayoutReference


@dataclass(frozen=True, slots=True)
class PinnedReference:
    """Where an image is and which one it is; without a tag, so it cannot be resolved again to another."""

    name: str
    digest: Digest

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}"
