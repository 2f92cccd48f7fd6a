"""Kubernetes objects, one or many, in YAML or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.annotations import injected
from verifier.workload.interface import Found
from verifier.workload.kinds import Kinds, Places
from verifier.workload.leftovers import Leftover, leftovers
from verifier.workload.likeness import is_template, without_scheme
from verifier.workload.nodes import (
    Document,
    ListNode,
    MapNode,
    Node,
    Scalar,
    is_null,
    is_whole_object,
    text_of,
)
from verifier.workload.parts import in_parts
from verifier.workload.paths import Path
from verifier.workload.pod import PodSpec
from verifier.workload.source import Source

_SHOWN = 5  # leftovers of one object


def is_object(node: Node) -> bool:
    """Whether this is meant as a Kubernetes object, or a list of them."""
    return isinstance(node, MapNode) and ("kind" in node.entries and "apiVersion" in node.entries)


@dataclass(frozen=True, slots=True)
class KubernetesReader:
    """Reads objects of the kinds that ``kinds`` knows, and refuses others where they seem to name images."""

    kinds: Kinds

    def read(self, source: Source, document: Document, found: Found) -> None:
        """Note every image of one document; see `Reader`."""
        for index, tag in document.tags:
            found.wrong(source, index, f"the tag {safe(tag, limit=80)}, which programs read differently")
        if not document.tags:
            self._object(source, document.root, found)

    def _object(
        self,
        source: Source,
        node: Node,
        found: Found,
        version: str = "",
        kind: str = "",
        *,
        inside: bool = False,
    ) -> None:
        """One object; ``version`` and ``kind`` are those of the list that it is in, where it has none.

        ``inside``: it is a part of another object, and may be a patch, which need not have a pod spec.
        """
        if not isinstance(node, MapNode):
            found.wrong(source, node.start, "an object is expected")
            return
        version = text_of(node.get("apiVersion")) or version
        kind = text_of(node.get("kind")) or kind
        if not version or not kind:
            found.wrong(source, node.start, "an object without 'apiVersion' or 'kind'")
            return
        items = node.get("items")
        if kind.endswith("List") and isinstance(items, ListNode):
            inner = "" if kind == "List" else kind.removesuffix("List")
            for item in items.items:
                self._object(source, item, found, version if inner else "", inner, inside=inside)
            return
        if kind == "List":
            found.wrong(source, node.start, "a List without 'items'")
            return
        listed = items.items if isinstance(items, ListNode) else ()
        if any(isinstance(item, MapNode) and "kind" in item.entries for item in listed):
            start = node.entries["items"][0].start
            found.wrong(source, start, f"{safe(kind, limit=60)} with 'items', which kubectl takes for a list")
        places = self.kinds.find(version, kind)
        if inside and places is not None and not any(any(path.find(node)) for path in places.pods):
            places = replace(places, builtin=False)
        self._judged(source, node, found, version, kind, places)

    def _judged(
        self, source: Source, node: MapNode, found: Found, version: str, kind: str, places: Places | None
    ) -> None:
        name = object_name(node, kind)
        if places is not None and places.ignore is not None:
            return
        if places is not None and places.unseen is not None:
            found.overlooked(source, node.start, f"{safe(name)}: {places.unseen}", image_like=True)
            return
        if places is not None:
            node = _without_elsewhere(source, node, found, name, places)
        taken = set() if places is None else _declared(source, node, found, name, places)
        taken |= injected(source, node, found, name)
        for inner in self._objects_inside(node):
            self._object(source, inner, found, inside=True)
        left = list(leftovers(node, taken, unknown=places is None, is_judged=self._is_judged))
        if places is not None and places.mention is not None:
            left = [replace(each, sure=False) for each in left]
        for each in [each for each in left if each.sure][:_SHOWN]:
            found.problem(_unknown(source, each, name, version, known=places is not None))
        for each in [each for each in left if not each.sure][:_SHOWN]:
            at = f"{safe(name)}: {safe(each.path, limit=200)}"
            found.doubtful(source, each.index, f"{at} looks like an image, which is not judged")

    def _objects_inside(self, root: MapNode) -> Iterator[Node]:
        """Whole objects in one of another kind, as templates have them; no mere references to objects."""
        left = [value for key, value in root.items() if key != "status"][::-1]
        while left:
            node = left.pop()
            if self._is_judged(node):
                yield node
            elif isinstance(node, ListNode):
                left += reversed(node.items)
            elif isinstance(node, MapNode):
                left += [value for _, value in node.items()][::-1]

    def _is_judged(self, node: Node) -> bool:
        """Whether this, in another object, is an object that is judged by itself.

        One of a kind in which nothing is run is whatever the object around it makes of it.
        """
        if not isinstance(node, MapNode) or not is_whole_object(node):
            return False
        places = self.kinds.find(text_of(node.get("apiVersion")) or "", text_of(node.get("kind")) or "")
        return places is None or (places.ignore is None and places.mention is None)


def _unknown(source: Source, left: Leftover, name: str, version: str, *, known: bool) -> ManifestError:
    what = "where none is expected" if known else f"and the kind ({safe(version, limit=100)}) is not known"
    return ManifestError(
        f"{source.place(left.index)}: {safe(name)}: {safe(left.path, limit=200)} looks like an image, {what}",
        hint="say where this kind names images, or that it names none: --kinds FILE (docs/gate.md)",
    )


def object_name(node: MapNode, kind: str) -> str:
    """``Deployment default/web``; a part that is not there is left out."""
    metadata = node.get("metadata")
    if not isinstance(metadata, MapNode):
        return kind
    name = text_of(metadata.get("name")) or text_of(metadata.get("generateName"))
    namespace = text_of(metadata.get("namespace"))
    full = "/".join(part for part in (namespace, name) if part)
    return f"{kind} {full}" if full else kind


def _without_elsewhere(source: Source, node: MapNode, found: Found, name: str, places: Places) -> MapNode:
    """The object without what is no image, or is none that is named here; the latter is told."""
    for path in places.elsewhere:
        for value, at in path.find(node):
            if not is_null(value):
                what = f"{name}: {safe(at, limit=200)} names an image that is chosen elsewhere"
                found.doubtful(source, value.start, what)
    for path in (*places.elsewhere, *places.none):
        node = path.without(node)
    return node


def _declared(source: Source, node: MapNode, found: Found, name: str, places: Places) -> set[int]:
    """Note the images at the places that are known; the result are the nodes that were understood."""
    taken: set[int] = set()
    for path in places.pods:
        specs = list(path.find(node))
        if places.builtin and not any(isinstance(spec, MapNode) for spec, _ in specs):
            found.wrong(
                source,
                node.start,
                f"{name}: there is no {'.'.join(path.steps)}: what will run cannot be said",
                hint="a patch is not what is deployed: kustomize build DIRECTORY | verify gate -",
            )
        for spec, at in specs:
            if isinstance(spec, MapNode):
                taken |= PodSpec(source, spec, name, at, places.builtin).read(found)
    for path, is_image in _of_images(places):
        for value, at in path.find(node):
            if id(value) not in taken and not is_null(value):
                taken |= is_image(source, value, found, name, at)
    return taken


_Taker = Callable[[Source, Node, Found, str, str], set[int]]


def _of_images(places: Places) -> Iterator[tuple[Path, _Taker]]:
    yield from ((path, _image) for path in places.images)
    yield from ((path, _oci) for path in places.oci)
    yield from ((path, _uri) for path in places.uris)


def _image(source: Source, value: Node, found: Found, name: str, at: str) -> set[int]:
    if isinstance(value, Scalar):
        found.image(source, value, name, at)
        return {id(value)}
    if isinstance(value, MapNode) and (text := in_parts(value)) is not None:
        found.named(source, value.start, text, name, at)
        return {id(value)}
    # A known mapping of another name may hold images of its own, which `leftovers` finds.
    return set()


def _oci(source: Source, value: Node, found: Found, name: str, at: str) -> set[int]:
    text = text_of(value)
    if text is None:
        return set()
    reference = without_scheme(text)
    if reference is None and not is_template(text):
        return set()
    found.named(source, value.start, text if reference is None else reference, name, at)
    return {id(value)}


def _uri(source: Source, value: Node, found: Found, name: str, at: str) -> set[int]:
    text = text_of(value)
    if text is None or "://" in text:
        return _oci(source, value, found, name, at)
    return _image(source, value, found, name, at)
