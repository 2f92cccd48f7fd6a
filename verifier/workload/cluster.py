"""What runs in a cluster: the images of its pods and of what makes pods."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from verifier.errors import ManifestError, UsageError
from verifier.limits import CLUSTER_SHARES
from verifier.model.reference_parser import parse_reference
from verifier.model.report import Location
from verifier.strict_json import Json
from verifier.text import safe
from verifier.workload.cluster_client import JsonObject, Lister
from verifier.workload.interface import Found, Note, Unreadable
from verifier.workload.kubernetes import KubernetesReader, object_name
from verifier.workload.nodes import Document, MapNode, node_of
from verifier.workload.pod import CONTAINERS
from verifier.workload.source import Source

# Where objects are listed, their apiVersion and kind, which the items of a list do not say.
COLLECTIONS: Final = (
    ("/api/v1/pods", "v1", "Pod"),
    ("/api/v1/replicationcontrollers", "v1", "ReplicationController"),
    ("/api/v1/podtemplates", "v1", "PodTemplate"),
    ("/apis/apps/v1/deployments", "apps/v1", "Deployment"),
    ("/apis/apps/v1/replicasets", "apps/v1", "ReplicaSet"),
    ("/apis/apps/v1/statefulsets", "apps/v1", "StatefulSet"),
    ("/apis/apps/v1/daemonsets", "apps/v1", "DaemonSet"),
    ("/apis/batch/v1/jobs", "batch/v1", "Job"),
    ("/apis/batch/v1/cronjobs", "batch/v1", "CronJob"),
)
_STATUS_OF: Final = dict(
    zip(
        CONTAINERS,
        ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"),
        strict=True,
    )
)
_NAMES: Final = {"namespace", "name", "generateName"}  # what is read of metadata, most of which is history
_PULLED: Final = re.compile(r"(?:docker-pullable://)?[^@\s]+@(sha256:[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Share:
    """One of ``count`` parts of the images; ``index`` counts from 0."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``INDEX/COUNT``, or raise `UsageError`."""
        match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if match is None or not int(match[1]) < int(match[2]) <= CLUSTER_SHARES:
            raise UsageError(
                f"--share: {safe(text, limit=40)!r} is not INDEX/COUNT",
                hint=f"the first of eight is 0/8; at most {CLUSTER_SHARES}",
            )
        return cls(int(match[1]), int(match[2]))

    def has(self, reference: str) -> bool:
        """Whether ``reference`` is in this share. It is in exactly one, whoever asks and whenever."""
        digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index


def read_cluster(cluster: Lister, reader: KubernetesReader, share: Share | None) -> Found:
    """Find every image that runs, or would be run, in all namespaces; with ``share``, those in it.

    A pod that was started by a tag is judged by the digest that its node has pulled. What runs no more, and
    revisions that are scaled down to nothing, are left out, and ``unseen`` says how many. An object that
    cannot be read is in ``unreadable``: one must not keep all others from being judged.

    Raises `UnavailableError` where not everything can be listed.
    """
    found = Found()
    for path, version, kind in COLLECTIONS:
        read = partial(_read, path=path, version=version, kind=kind, reader=reader, share=share)
        objects = cluster.objects(path, read)
        running = [one for one in objects if one is not None]
        for one in running:
            found.add(one)
        if idle := len(objects) - len(running):
            found.notes.add(Note(path=path, message=f"{idle} that run nothing (any more) are left out"))
    return found


def _read(
    item: JsonObject, *, path: str, version: str, kind: str, reader: KubernetesReader, share: Share | None
) -> Found | None:
    """The part of one object's images that is in ``share``; None where nothing of it runs."""
    if _is_idle(item, kind):
        return None
    found = _images(item, path, version, kind, reader)
    if share is not None:
        found.images = [image for image in found.images if share.has(_canonical(image.reference))]
        found.unreadable = [thing for thing in found.unreadable if share.has(thing.location.file)]
    return found


def _images(item: JsonObject, path: str, version: str, kind: str, reader: KubernetesReader) -> Found:
    """The images of one object. Its place is its path in the API; there are no lines."""
    named = {key: value for key, value in _mapping(item.get("metadata")).items() if key in _NAMES}
    known = {**item, "apiVersion": version, "kind": kind, "metadata": named, "status": None}
    if kind == "Pod":
        known["spec"] = _as_pulled(item)
    found, source, node = Found(), Source.of(_self_link(item, path), ""), node_of(known)
    reader.read(source, Document(node), found)
    if found.problems and isinstance(node, MapNode):
        name = object_name(node, kind)
        message = "; ".join(error.message.removeprefix(f"{source.place(0)}: ") for error in found.problems)
        error = ManifestError(message, hint=found.problems[0].hint)
        found.unreadable.append(Unreadable(name, Location(source.name, 1, 1, name, ""), error))
        found.problems.clear()
    return found


def _canonical(reference: str) -> str:
    return str(parse_reference(reference))


def _self_link(item: JsonObject, path: str) -> str:
    metadata = _mapping(item.get("metadata"))
    base, _, collection = path.rpartition("/")
    return f"{base}/namespaces/{_text(metadata, 'namespace')}/{collection}/{_text(metadata, 'name')}"


def _is_idle(item: JsonObject, kind: str) -> bool:
    """Whether nothing of it runs: a pod that has ended, or a replica set scaled down to nothing."""
    if kind == "Pod":
        return _mapping(item.get("status")).get("phase") in {"Succeeded", "Failed"}
    return kind == "ReplicaSet" and _mapping(item.get("spec")).get("replicas") == 0


def _as_pulled(pod: JsonObject) -> Json:
    """The spec of a pod, with the digests that its node has pulled behind tags."""
    spec, status = pod.get("spec"), _mapping(pod.get("status"))
    if not isinstance(spec, dict):
        return spec
    pinned = dict(spec)
    for name, statuses in _STATUS_OF.items():
        pulled = dict(_pulled(status.get(statuses)))
        containers = spec.get(name)
        if isinstance(containers, list):
            pinned[name] = [_pinned(container, pulled) for container in containers]
    return pinned


def _pulled(statuses: Json) -> Iterator[tuple[str, str]]:
    """The names of containers, and the digests that they run."""
    for item in statuses if isinstance(statuses, list) else ():
        status = _mapping(item)
        match = _PULLED.fullmatch(_text(status, "imageID"))
        if match is not None:
            yield _text(status, "name"), match[1]


def _pinned(container: Json, pulled: dict[str, str]) -> Json:
    if not isinstance(container, dict):
        return container
    image, digest = container.get("image"), pulled.get(_text(container, "name"))
    if not isinstance(image, str) or not image or "@" in image or digest is None:
        return container
    return {**container, "image": f"{image}@{digest}"}


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(parent: JsonObject, key: str) -> str:
    value = parent.get(key)
    return value if isinstance(value, str) else ""
