"""How a Dockerfile is built: what the command line, or a Compose file, says beside its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.model.platform import Platform

_RESERVED = frozenset({"scratch", "context"})


@dataclass(frozen=True, slots=True)
class Context:
    """What stands for the image of a name in a build. ``unknown`` says why it cannot be judged."""

    unknown: str = ""
    is_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How a Dockerfile is built.

    ``arguments`` are those of ``--build-arg``, without a value where none can be told; ``contexts`` stand for
    images and stages of their names. Without ``target`` every stage is judged, and without ``platforms``
    every platform.
    """

    arguments: Mapping[str, str | None] = field(default_factory=dict)
    contexts: Mapping[str, Context] = field(default_factory=dict)
    target: str = ""
    platforms: tuple[Platform, ...] = ()

    def context(self, name: str) -> Context | None:
        """What stands for the image or stage ``name``; BuildKit, frontend/dockerui/config.go."""
        if not self.contexts or name.lower() in _RESERVED:
            return None
        return self.contexts.get(_familiar(name))


def _familiar(name: str) -> str:
    """As BuildKit writes the name: Docker Hub's without registry, and nothing for ``latest``.

    By its text alone: to BuildKit ``ghcr.io:443/a`` is another name than ``ghcr.io/a``.
    """
    name = name.removesuffix(":latest")
    first, slash, rest = name.partition("/")
    if slash and first in {"docker.io", "index.docker.io"}:
        name = rest
    official = name.removeprefix("library/")
    return name if "/" in official else official
