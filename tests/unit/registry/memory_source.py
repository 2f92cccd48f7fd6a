"""A repository in memory, with as much of one as a test wants, and its copies on disk."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from verifier.errors import LimitExceeded, RegistryError
from verifier.model.descriptor import Content, Descriptor, Listing
from verifier.model.digest import Digest
from verifier.registry.documents import describe
from verifier.registry.redaction import Redaction

T = TypeVar("T")
U = TypeVar("U")

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO = "application/vnd.in-toto+json"
REF_NAME = "org.opencontainers.image.ref.name"


def entry(descriptor: Descriptor, **more: Any) -> dict[str, Any]:
    """A descriptor as it stands in a document."""
    document: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
        **more,
    }
    if descriptor.annotations and "annotations" not in more:
        document["annotations"] = dict(descriptor.annotations)
    return document


def layer(raw: bytes, media_type: str, **annotations: str) -> Descriptor:
    """The descriptor of a blob."""
    return Descriptor(media_type, Digest.of(raw), len(raw), annotations)


@dataclass
class Repository:
    """What is in a repository. The methods add content and give its descriptor."""

    blobs: dict[Digest, bytes] = field(default_factory=dict)
    tags: dict[str, Descriptor] = field(default_factory=dict)
    listed: list[tuple[Descriptor, dict[str, str]]] = field(default_factory=list)

    def blob(self, raw: bytes, media_type: str, **annotations: str) -> Descriptor:
        """Store a blob."""
        descriptor = layer(raw, media_type, **annotations)
        self.blobs[descriptor.digest] = raw
        return descriptor

    def document(self, document: Mapping[str, Any]) -> Descriptor:
        """Store an index or manifest."""
        return self.blob(json.dumps(document).encode(), document["mediaType"])

    def manifest(
        self, layers: Sequence[Descriptor], *, config: bytes = b"{}", config_type: str = CONFIG, **more: Any
    ) -> Descriptor:
        """Store a manifest."""
        stored = self.blob(config, config_type)
        document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": entry(stored)}
        return self.document({**document, "layers": [entry(each) for each in layers], **more})

    def image(self, architecture: str = "amd64") -> Descriptor:
        """Store an image."""
        config = json.dumps({"os": "linux", "architecture": architecture}).encode()
        return self.manifest([layer(b"not stored", LAYER)], config=config)

    def index(self, manifests: Sequence[Mapping[str, Any]]) -> Descriptor:
        """Store an index."""
        return self.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(manifests)})

    def referrer(self, subject: Descriptor, layers: Sequence[Descriptor], **more: Any) -> Descriptor:
        """Store a manifest that refers to ``subject``; nothing lists it yet."""
        return self.manifest(layers, subject=entry(subject), **more)

    def write(self, directory: Path, *, root: Descriptor, tag: str | None = "v1") -> Path:
        """Write an OCI layout."""
        (directory / "blobs" / "sha256").mkdir(parents=True)
        for name, raw in self.files(root=root, tag=tag).items():
            (directory / name).write_bytes(raw)
        return directory

    def pack(self, file: Path, *, root: Descriptor, tag: str | None = "v1") -> Path:
        """Write an OCI layout as a tar file."""
        with tarfile.open(file, "w") as archive:
            for name, raw in self.files(root=root, tag=tag).items():
                add_member(archive, name, raw)
        return file

    def files(self, *, root: Descriptor, tag: str | None = "v1") -> dict[str, bytes]:
        """The files of an OCI layout."""
        named = {} if tag is None else {REF_NAME: tag}
        entries = [entry(root, annotations=named)]
        entries += [entry(each, annotations={REF_NAME: name}) for name, each in self.tags.items()]
        entries += [entry(each, annotations=annotations) for each, annotations in self.listed]
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        return {
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "index.json": json.dumps(index).encode(),
            **{f"blobs/sha256/{digest.hex}": raw for digest, raw in self.blobs.items()},
        }


def add_member(archive: tarfile.TarFile, name: str, raw: bytes) -> None:
    """Add a regular file to a tar file."""
    member = tarfile.TarInfo(name)
    member.size = len(raw)
    archive.addfile(member, io.BytesIO(raw))


class MemorySource:
    """See `verifier.registry.interface.Source`. ``broken`` maps a question to the error that answers it.

    Questions are ``resolve``, ``manifest <digest>``, ``tag <tag>``, ``referrers <digest>``,
    ``blob <digest>``; ``requests`` remembers those that a registry would have been asked.
    """

    def __init__(self, repository: Repository, root: Descriptor, *, referrers_api: bool = True) -> None:
        self._repository = repository
        self._root = root
        self._api = referrers_api
        self.broken: dict[str, Exception] = {}
        self.requests: list[str] = []
        self.extra_referrers: list[tuple[Digest, Descriptor]] = []
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return "registry.example/image"

    def redaction(self) -> Redaction:
        """See `Source.redaction`."""
        return Redaction(())

    def resolve(self) -> Content:
        self._asked("resolve")
        content = self._read(self._root.digest)
        if content is None:
            raise RegistryError("no such image")
        return content

    def manifest(self, digest: Digest) -> Content | None:
        self._asked(f"manifest {digest}")
        return self._read(digest)

    def tagged(self, tag: str) -> Content | None:
        self._asked(f"tag {tag}")
        found = self._repository.tags.get(tag)
        return None if found is None else self._read(found.digest)

    def referrers(self, digest: Digest) -> Listing:
        self._asked(f"referrers {digest}")
        listed = [each for each, _ in self._repository.listed if self._subject(each) == str(digest)]
        listed += [each for subject, each in self.extra_referrers if subject == digest]
        return Listing(tuple(listed)) if self._api else Listing()

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        prefix = "dev.cosignproject.cosign/"
        kinds = [
            (notes.get("kind", "").removeprefix(prefix), each) for each, notes in self._repository.listed
        ]
        return [(kind, each) for kind, each in kinds if kind in {"sigs", "atts"}]

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        self._asked(f"blob {descriptor.digest}")
        raw = self._repository.blobs.get(descriptor.digest, b"")
        if descriptor.size > limit or len(raw) > limit:
            raise LimitExceeded("too large")
        if descriptor.digest not in self._repository.blobs:
            raise RegistryError("no such blob")
        return Content.checked(descriptor, raw)

    def close(self) -> None:
        pass

    def _read(self, digest: Digest) -> Content | None:
        raw = self._repository.blobs.get(digest)
        if raw is None:
            return None
        Content.checked(Descriptor("", digest, len(raw)), raw)
        return Content(describe(raw, content_type=None), raw)

    def _subject(self, descriptor: Descriptor) -> object:
        raw = self._repository.blobs.get(descriptor.digest)
        subject = json.loads(raw).get("subject") if raw is not None else None
        return None if subject is None else subject["digest"]

    def _asked(self, question: str) -> None:
        with self._lock:
            self.requests.append(question)
        if question in self.broken:
            raise self.broken[question]


class Rounds:
    """See `verifier.registry.discovery.Parallel`: one after the other, and counted."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def map(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        results = [function(item) for item in items]
        self.sizes.append(len(results))
        return results
