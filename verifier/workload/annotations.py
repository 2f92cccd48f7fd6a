"""Annotations by which a program puts an image into a pod: they name it, wherever the annotation is read."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.limits import GATE_FILE_BYTES
from verifier.strict_json import StrictJsonError, loads
from verifier.text import safe
from verifier.workload.interface import Found
from verifier.workload.likeness import without_scheme
from verifier.workload.nodes import ListNode, MapNode, Node, Scalar, is_null
from verifier.workload.paths import below
from verifier.workload.source import Source

# Whole references only: "config.linkerd.io/proxy-image", say, has its tag in another annotation.
_IMAGES = frozenset(
    {
        "sidecar.istio.io/proxyImage",  # Istio, resource annotations
        "dapr.io/sidecar-image",  # Dapr, arguments and annotations
        "vault.hashicorp.com/agent-image",  # Vault, agent sidecar injector annotations
    }
)
_LISTS = frozenset({"hooks.kubevirt.io/hookSidecars"})  # KubeVirt, hook sidecars: [{"image": …}] as JSON
# Containerized Data Importer, doc/basic_pv_pvc_dv.md: docker:// is an image, http:// a file.
_URIS = frozenset({"cdi.kubevirt.io/storage.import.endpoint"})
# OpenShift, triggering updates on image stream changes; CDI, the same for disks.
_ELSEWHERE = frozenset({"image.openshift.io/triggers", "cdi.kubevirt.io/storage.import.registryImageStream"})


def injected(source: Source, root: MapNode, found: Found, name: str) -> set[int]:
    """Note the images that annotations in an object name; the result are the nodes that were understood."""
    taken: set[int] = set()
    for key, value, at in _annotations(root, ""):
        if is_null(value):
            continue
        if key in _ELSEWHERE:
            found.doubtful(
                source, value.start, f"{safe(name)}: {safe(at, limit=200)} chooses images elsewhere"
            )
        elif key in _IMAGES:
            found.image(source, value, name, at)
            taken.add(id(value))
        elif key in _LISTS:
            _listed(source, value, found, name, at)
            taken.add(id(value))
        elif key in _URIS and (reference := without_scheme(value.text)) is not None:
            found.named(source, value.start, reference, name, at)
            taken.add(id(value))
    return taken


def _listed(source: Source, value: Scalar, found: Found, name: str, at: str) -> None:
    """The images of a list of containers in JSON text; one without an image has the operator's own."""
    try:
        containers = loads(value.text.encode(), limit=GATE_FILE_BYTES)
    except StrictJsonError as error:
        found.wrong(source, value.start, f"{safe(name)}: {safe(at, limit=200)}: {safe(error, limit=200)}")
        return
    for number, container in enumerate(containers if isinstance(containers, list) else [containers]):
        for key, image in container.items() if isinstance(container, dict) else ():
            if key.lower() == "image":  # encoding/json takes it whatever its case
                text = image if isinstance(image, str) else ""
                found.named(source, value.start, text, name, f"{at}[{number}].{key}")


def _annotations(node: Node, at: str) -> Iterator[tuple[str, Scalar, str]]:
    """Every annotation of the metadata of an object, of its templates too."""
    if isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            yield from _annotations(item, f"{at}[{number}]")
    elif isinstance(node, MapNode):
        for key, value in node.items():
            path = below(at, key)
            if key == "metadata" and isinstance(value, MapNode):
                annotations = value.get("annotations")
                for name, text in annotations.items() if isinstance(annotations, MapNode) else ():
                    if isinstance(text, Scalar):
                        yield name, text, below(below(path, "annotations"), name)
            yield from _annotations(value, path)
