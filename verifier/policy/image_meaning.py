"""What image patterns mean, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.policy.patterns import ANY_PORT, ImagePattern
from verifier.text import safe

_LONG = 300
_FITS = "where * is text within one part and ** one part or more"


def meanings(patterns: Sequence[ImagePattern]) -> Iterator[str]:
    """Which images a policy with ``patterns`` is about, line by line."""
    if not patterns:
        yield "It is about every image."
        return
    yield "It is about:"
    for pattern in patterns:
        yield f"  {safe(pattern.text, limit=_LONG)}: {meaning(pattern)}"


def meaning(pattern: ImagePattern) -> str:
    """Which images ``pattern`` means: ``every repository directly below ghcr.io/org``."""
    return safe(_repositories(pattern.parts) + _tags(pattern.tag), limit=_LONG)


def _repositories(parts: tuple[str, ...]) -> str:
    host, *path = parts
    if not path:
        return "every image"
    if "*" in host and host != "**" and path == ["**"]:
        return f"every repository of {_registries(host)}"
    if "*" in host and host != "**" and "*" not in "".join(path):
        return f"the repository {'/'.join(path)} of {_registries(host)}"
    if path == ["**"] and "*" not in host:
        return f"every repository of the registry {host}"
    return _below("/".join(parts[:-1]), parts[-1])


def _registries(host: str) -> str:
    name, port = (host.removesuffix(ANY_PORT), ", on any port") if host.endswith(ANY_PORT) else (host, "")
    if name.startswith("*:"):
        name, port = "*", f" on port {name[2:]}"
    if name == "*":
        return f"every registry{port}"
    return (f"every registry below {name[2:]}" if name.startswith("*.") else f"the registry {name}") + port


def _below(folder: str, last: str) -> str:
    if "*" in folder or ("*" in last and last.strip("*")):
        return f"every repository whose name fits {folder}/{last}, {_FITS}"
    if last == "**":
        return f"every repository below {folder}, at any depth"
    return f"every repository directly below {folder}" if last == "*" else f"the repository {folder}/{last}"


def _tags(tag: str | None) -> str:
    if tag is None:
        return ""
    return f", with {'a tag that fits' if '*' in tag else 'the tag'} {tag} or by digest"
