"""Image references: what a user types, and what it is pinned to."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.model.digest import Digest


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image in a registry, normalised; tag and digest as written.

    ``registry`` is ``host[:port]`` without a default port (``docker.io`` for Docker Hub), ``repository`` the
    path below it (``library/nginx``). ``str()`` is canonical. How to reach it is no part of which image it
    is: ``port`` is a default port that was typed, ``plain`` says that port 80 is one for this registry.
    """

    registry: str
    repository: str
    tag: str | None
    digest: Digest | None
    port: int | None = field(default=None, compare=False)
    plain: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """Registry and repository: ``docker.io/library/nginx``."""
        return f"{self.registry}/{self.repository}"

    @property
    def other_names(self) -> tuple[str, ...]:
        """What the image is called too, by whoever writes the default port of HTTP."""
        return (f"{self.registry}:80/{self.repository}",) if self.plain else ()

    @property
    def address(self) -> str:
        """The registry as it is asked: with the port that was typed."""
        return self.registry if self.port is None else f"{self.registry}:{self.port}"

    @property
    def effective_tag(self) -> str | None:
        """The tag, where it says which image is meant: beside a digest it says nothing."""
        return self.tag if self.digest is None else None

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
