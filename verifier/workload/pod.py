"""Pod specs: the images of a pod, and the platforms that it can be put on.

Kubernetes API, core/v1 PodSpec.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.model.platform import Platform
from verifier.workload.interface import Found
from verifier.workload.nodes import ListNode, MapNode, Node, Scalar, is_null, items_of, text_of
from verifier.workload.source import Source

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_OS = ("kubernetes.io/os", "beta.kubernetes.io/os")
_ARCHITECTURE = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


@dataclass(frozen=True, slots=True)
class PodSpec:
    """One pod spec of an object. ``strict``: every container must name an image."""

    source: Source
    node: MapNode
    object: str
    path: str
    strict: bool

    def read(self, found: Found) -> set[int]:
        """Note every image; the result are the nodes that were understood."""
        platforms = pod_platforms(self.node)
        taken: set[int] = set()
        for name in CONTAINERS:
            for container, at in self._list(found, name):
                taken |= self._image(found, container, container.get("image"), f"{at}.image", platforms)
        if self.strict and not items_of(self.node.get("containers")):
            found.wrong(self.source, self.node.start, f"{self.object}: {self.path} has no containers")
        for volume, at in self._list(found, "volumes"):
            image = volume.get("image")
            if isinstance(image, MapNode):
                reference = image.get("reference")
                taken |= {id(image)}
                taken |= self._image(found, image, reference, f"{at}.image.reference", platforms)
        return taken

    def _list(self, found: Found, name: str) -> Iterator[tuple[MapNode, str]]:
        node = self.node.get(name)
        if is_null(node):
            return
        if not isinstance(node, ListNode):
            start = self.node.entries[name][0].start
            found.wrong(self.source, start, f"{self.object}: {self.path}.{name} is no list")
            return
        for number, item in enumerate(node.items):
            at = f"{self.path}.{name}[{number}]"
            if isinstance(item, MapNode):
                yield item, at
            else:
                found.wrong(self.source, item.start, f"{self.object}: {at} is no mapping")

    def _image(
        self, found: Found, holder: MapNode, node: Node | None, at: str, platforms: tuple[Platform, ...]
    ) -> set[int]:
        if is_null(node) or node is None:
            if self.strict:
                found.wrong(
                    self.source,
                    holder.start,
                    f"{self.object}: there is no {at}: what will run cannot be said",
                    hint="name the image; where something else fills it in, judge what that makes",
                )
            return set()
        if not isinstance(node, Scalar):
            found.wrong(self.source, node.start, f"{self.object}: {at} is no text")
            return {id(node)}
        found.image(self.source, node, self.object, at, platforms)
        return {id(node)}


def pod_platforms(spec: MapNode) -> tuple[Platform, ...]:
    """The platforms that a pod can be put on; empty where its spec does not say.

    Where only the architecture is said the system is Linux, as it is for the images of all other pods.
    """
    selector = spec.get("nodeSelector")
    systems = _both(_selected(selector, _OS), _required(spec, _OS))
    own = spec.get("os")
    if isinstance(own, MapNode) and (name := text_of(own.get("name"))):
        systems = _both(systems, {name})
    architectures = _both(_selected(selector, _ARCHITECTURE), _required(spec, _ARCHITECTURE))
    # Nodes say "arm" whichever variant they have, and the image for another variant would run there.
    if architectures is None or "arm" in architectures:
        return ()
    systems = {"linux"} if systems is None else systems
    return tuple(sorted(Platform.of(os, architecture) for os in systems for architecture in architectures))


def _both(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    """What both allow; None allows everything."""
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _selected(selector: Node | None, names: tuple[str, ...]) -> set[str] | None:
    if not isinstance(selector, MapNode):
        return None
    chosen: set[str] | None = None
    for name in names:
        if (text := text_of(selector.get(name))) is not None:
            chosen = _both(chosen, {text})
    return chosen


def _required(spec: MapNode, names: tuple[str, ...]) -> set[str] | None:
    """What required node affinity allows: any one of its terms must hold, and in a term everything."""
    node: Node | None = spec
    for key in ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"):
        node = node.get(key) if isinstance(node, MapNode) else None
    terms = items_of(node.get("nodeSelectorTerms")) if isinstance(node, MapNode) else ()
    allowed: set[str] = set()
    for term in terms:
        in_term = _term(term, names)
        if in_term is None:
            return None
        allowed |= in_term
    return allowed if terms else None


def _term(term: Node, names: tuple[str, ...]) -> set[str] | None:
    chosen: set[str] | None = None
    for expression in items_of(term.get("matchExpressions")) if isinstance(term, MapNode) else ():
        if not isinstance(expression, MapNode) or text_of(expression.get("operator")) != "In":
            continue
        if text_of(expression.get("key")) in names:
            values = {text for item in items_of(expression.get("values")) if (text := text_of(item))}
            chosen = _both(chosen, values)
    return chosen
