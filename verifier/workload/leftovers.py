"""What looks like an image and stands where none is known: it must not go by unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from verifier.errors import ManifestError
from verifier.model.reference_parser import parse_reference
from verifier.workload.nodes import Kind, ListNode, MapNode, Node, Scalar
from verifier.workload.paths import below
from verifier.workload.pod import CONTAINERS

# Mappings of the user's own words: a label may be called "image".
_WORDS = frozenset(
    {
        "annotations",
        "commonLabels",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "options",
        "requests",
        "selector",
        "volumeAttributes",
    }
)
_NO_IMAGES = frozenset({"rbd"})  # core/v1 RBDVolumeSource: ``image`` is the name of a block device
_PARTS = frozenset({"repository", "registry", "name", "tag", "digest", "reference"})
_NAMES = ("image", "Image", "imageName", "imageRef", "ImageName", "containerImage", "images", "Images")
_WRITTEN = frozenset({"podSpecPatch", "manifest"})  # objects in text: Argo Workflows makes pods by them


def leftovers(root: MapNode, taken: Collection[int], *, unknown: bool) -> Iterator[tuple[int, str]]:
    """Places, and paths, of what looks like an image, without the nodes in ``taken``.

    Metadata is the user's words, and the status of an object is none of its wishes. In an object of an
    ``unknown`` kind containers are enough: something may fill in their images.
    """
    sweep = _Sweep(taken, unknown)
    for key, (name, value) in root.entries.items():
        if key not in {"metadata", "status"}:
            yield from sweep.entry(name, value, key)


@dataclass(frozen=True, slots=True)
class _Sweep:
    taken: Collection[int]
    unknown: bool

    def entry(self, name: Scalar, value: Node, path: str) -> Iterator[tuple[int, str]]:
        """One key of a mapping, and all below it."""
        key = name.text
        if id(value) not in self.taken and (
            _is_image(key, value) or (self.unknown and _are_containers(key, value))
        ):
            yield name.start, path
            return
        if isinstance(value, MapNode):
            words = key in _WORDS and all(isinstance(inner, Scalar) for _, inner in value.items())
            if words or key in _NO_IMAGES:
                return
        yield from self._inside(value, path)

    def _inside(self, node: Node, path: str) -> Iterator[tuple[int, str]]:
        if isinstance(node, MapNode):
            for key, (name, value) in node.entries.items():
                yield from self.entry(name, value, below(path, key))
        elif isinstance(node, ListNode):
            for number, item in enumerate(node.items):
                yield from self._inside(item, f"{path}[{number}]")


def _is_image(key: str, value: Node) -> bool:
    if key in _WRITTEN:
        return isinstance(value, Scalar) and "image" in value.text
    if not key.endswith(_NAMES):
        return False
    if isinstance(value, MapNode):
        parts = key == "image" and not _PARTS.isdisjoint(value.entries)
        return parts or any(_is_named(inner) for _, inner in value.items())
    if isinstance(value, ListNode):
        return any(_is_named(item) for item in value.items)
    return _is_named(value, bare=key == "image")


def _is_named(node: Node, *, bare: bool = False) -> bool:
    """Whether this is text that names an image; ``bare``: any text does."""
    if not isinstance(node, Scalar) or node.kind is not Kind.TEXT or not node.text:
        return False
    return bare or _is_reference(node.text)


def _is_reference(text: str) -> bool:
    """Whether this is an image's name, and no mere word: it has a tag, a digest or a path."""
    if not any(mark in text for mark in "/:@"):
        return False
    try:
        parse_reference(text)
    except ManifestError:
        return "{{" in text or "$" in text
    return True


def _are_containers(key: str, value: Node) -> bool:
    return (
        key in CONTAINERS
        and isinstance(value, ListNode)
        and any(isinstance(item, MapNode) for item in value.items)
    )
