"""Kubernetes objects, one or many, in YAML or JSON."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.interface import Found
from verifier.workload.kinds import Kinds, Places
from verifier.workload.leftovers import leftovers
from verifier.workload.nodes import Document, Kind, ListNode, MapNode, Node, Scalar, is_null, text_of
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
            self._object(source, document.root, found, "", "")

    def _object(self, source: Source, node: Node, found: Found, version: str, kind: str) -> None:
        """One object; ``version`` and ``kind`` are those of the list that it is in, where it has none."""
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
                self._object(source, item, found, version if inner else "", inner)
            return
        if kind == "List":
            found.wrong(source, node.start, "a List without 'items'")
            return
        inside = items.items if isinstance(items, ListNode) else ()
        if any(isinstance(item, MapNode) and "kind" in item.entries for item in inside):
            start = node.entries["items"][0].start
            found.wrong(source, start, f"{safe(kind, limit=60)} with 'items', which kubectl takes for a list")
        self._judged(source, node, found, version, kind)

    def _judged(self, source: Source, node: MapNode, found: Found, version: str, kind: str) -> None:
        name = object_name(node, kind)
        places = self.kinds.find(version, kind)
        if places is not None and places.ignore is not None:
            return
        if places is not None and places.unseen is not None:
            found.overlooked(source, node.start, f"{safe(name)}: {places.unseen}")
            return
        taken = set() if places is None else _declared(source, node, found, name, places)
        left = list(leftovers(node, taken, unknown=places is None))
        for index, path in left[:_SHOWN]:
            found.problem(_unknown(source, index, path, name, version, known=places is not None))


def _unknown(source: Source, index: int, path: str, name: str, version: str, *, known: bool) -> ManifestError:
    what = "where none is expected" if known else f"and the kind ({safe(version, limit=100)}) is not known"
    return ManifestError(
        f"{source.place(index)}: {safe(name)}: {safe(path, limit=200)} looks like an image, {what}",
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
    for path in (*places.images, *places.oci):
        for value, at in path.find(node):
            if id(value) not in taken and not is_null(value):
                taken |= _image(source, value, found, name, at, uri=path in places.oci)
    return taken


def _image(source: Source, value: Node, found: Found, name: str, at: str, *, uri: bool) -> set[int]:
    if not isinstance(value, Scalar):
        # A known mapping of another name may hold images of its own, which `leftovers` finds.
        return set()
    if not uri:
        found.image(source, value, name, at)
    elif value.kind is Kind.TEXT and value.text.startswith("oci://"):
        found.named(source, value.start, value.text.removeprefix("oci://"), name, at)
    return {id(value)}
