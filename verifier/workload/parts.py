"""Images that are written in parts, as the values of Helm charts do: registry, repository, tag, digest."""

from __future__ import annotations

from verifier.workload.nodes import Kind, MapNode, Scalar

_REPOSITORY = ("repository", "name")


def in_parts(node: MapNode) -> str | None:
    """The reference that ``{registry, repository, tag, digest}`` stand for; None where they stand for none.

    A number is no tag: ``1.10`` would be 1.1, which `leftovers` refuses.
    """
    parts: dict[str, str] = {}
    for key in ("registry", *_REPOSITORY, "tag", "digest"):
        value = node.get(key)
        if value is None:
            continue
        if not isinstance(value, Scalar) or value.kind is Kind.OTHER:
            return None
        if value.kind is Kind.TEXT and value.text:
            parts[key] = value.text
    repository = next((parts[key] for key in _REPOSITORY if key in parts), None)
    if repository is None:
        return None
    registry = f"{parts['registry']}/" if "registry" in parts else ""
    tag = f":{parts['tag']}" if "tag" in parts else ""
    digest = f"@{parts['digest']}" if "digest" in parts else ""
    return f"{registry}{repository}{tag}{digest}"
