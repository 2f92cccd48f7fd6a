"""OCI layouts with images and their evidence: every digest right by default, each breakable.

https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.sigstore_instance.canonical import compact
from tests.sigstore_instance.legacy import Layer
from tests.sigstore_instance.signing import sha256

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO = "application/vnd.in-toto+json"

REF_NAME = "org.opencontainers.image.ref.name"
COSIGN_KINDS = "dev.cosignproject.cosign"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What points to content. Use `dataclasses.replace` to make it lie."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str] | None = None
    artifact_type: str | None = None

    @property
    def tag(self) -> str:
        """The digest as it stands in tags."""
        return self.digest.replace(":", "-")

    def document(self) -> dict[str, Any]:
        """The descriptor's JSON."""
        document: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.artifact_type is not None:
            document["artifactType"] = self.artifact_type
        if self.platform is not None:
            document["platform"] = dict(self.platform)
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return document


@dataclass(frozen=True, slots=True)
class Contents:
    """The same content for a registry: push ``blobs``, then ``manifests`` in order, then ``tags``."""

    blobs: Mapping[str, bytes]
    manifests: Mapping[str, tuple[str, bytes]]  # digest -> media type, bytes
    tags: Mapping[str, str]  # tag -> digest


def platform(text: str) -> dict[str, str]:
    """The descriptor's ``platform`` for ``OS/ARCH[/VARIANT]``."""
    return dict(zip(("os", "architecture", "variant"), text.split("/"), strict=False))


class Layout:
    """A layout in the making. ``blobs``, ``media_types``, ``tags`` and ``listed`` may be changed freely."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.media_types: dict[str, str] = {}  # of manifests and indexes, by digest
        self.tags: dict[str, Descriptor] = {}
        self.listed: list[Descriptor] = []  # in index.json without a tag
        self.referrers: dict[str, list[Descriptor]] = {}  # in the fallback tag, by subject

    # --- content ---

    def blob(
        self, data: bytes, media_type: str, *, annotations: Mapping[str, str] | None = None
    ) -> Descriptor:
        """Store ``data``."""
        digest = f"sha256:{sha256(data)}"
        self.blobs[digest] = data
        return Descriptor(media_type, digest, len(data), annotations or {})

    def manifest(self, document: Mapping[str, Any]) -> Descriptor:
        """Store a manifest or an index."""
        descriptor = self.blob(compact(document), document["mediaType"])
        self.media_types[descriptor.digest] = descriptor.media_type
        return replace(descriptor, artifact_type=document.get("artifactType"))

    def image(
        self,
        on: str = "linux/amd64",
        *,
        config: Mapping[str, Any] | None = None,
        layers: Sequence[bytes] = (b"a layer",),
        media_type: str = MANIFEST,
        annotations: Mapping[str, str] | None = None,
    ) -> Descriptor:
        """Store an image for a platform; its descriptor has the platform, ready for an index."""
        stored = [self.blob(layer, LAYER) for layer in layers]
        rootfs = {"type": "layers", "diff_ids": [layer.digest for layer in stored]}
        settings = {**platform(on), "config": {}, "rootfs": rootfs, **(config or {})}
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": self.blob(compact(settings), CONFIG).document(),
            "layers": [layer.document() for layer in stored],
        }
        if annotations:
            document["annotations"] = dict(annotations)
        return replace(self.manifest(document), platform=platform(on))

    def index(
        self,
        children: Sequence[Descriptor],
        *,
        media_type: str = INDEX,
        annotations: Mapping[str, str] | None = None,
    ) -> Descriptor:
        """Store an index over ``children``, in this order."""
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media_type,
            "manifests": [child.document() for child in children],
        }
        if annotations:
            document["annotations"] = dict(annotations)
        return self.manifest(document)

    def tag(self, name: str, descriptor: Descriptor) -> None:
        """Give ``descriptor`` a tag."""
        self.tags[name] = descriptor

    # --- evidence ---

    def signatures(self, subject: Descriptor, layers: Sequence[Layer], *, saved: bool = False) -> Descriptor:
        """Attach cosign signatures: under the ``.sig`` tag, or ``saved`` as ``cosign save`` does."""
        return self._cosign(subject, layers, SIMPLE_SIGNING, suffix="sig", saved=saved)

    def attestations(
        self, subject: Descriptor, layers: Sequence[Layer], *, saved: bool = False
    ) -> Descriptor:
        """Attach cosign attestations: under the ``.att`` tag, or ``saved`` as ``cosign save`` does."""
        return self._cosign(subject, layers, DSSE, suffix="att", saved=saved)

    def save(self, image: Descriptor) -> None:
        """List ``image`` as ``cosign save`` does."""
        kind = "imageIndex" if image.media_type in {INDEX, DOCKER_INDEX} else "image"
        self._list(image, {"kind": f"{COSIGN_KINDS}/{kind}"})

    def sbom(self, subject: Descriptor, sbom: bytes, *, media_type: str = "text/spdx+json") -> Descriptor:
        """Attach an unsigned SBOM under the ``.sbom`` tag, as ``cosign attach sbom`` did."""
        manifest = self._evidence([self.blob(sbom, media_type)])
        self.tag(f"{subject.tag}.sbom", manifest)
        return manifest

    def referrer(
        self,
        subject: Descriptor,
        bundle: bytes,
        *,
        predicate_type: str | None = None,
        artifact_type: str = BUNDLE,
        media_type: str = BUNDLE,
        created: str = "2026-11-01T12:00:00Z",
        fallback: bool = True,
        listed: bool = True,
    ) -> Descriptor:
        """Attach a Sigstore bundle as cosign 3 does: a manifest with ``subject``.

        It goes into the fallback tag and, like ``oras`` does, plainly into index.json.
        """
        annotations = {
            "org.opencontainers.image.created": created,
            "dev.sigstore.bundle.content": "dsse-envelope",
        }
        if predicate_type is not None:
            annotations["dev.sigstore.bundle.predicateType"] = predicate_type
        pointer = Descriptor(subject.media_type, subject.digest, subject.size)
        manifest = self.manifest(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": artifact_type,
                "config": self.blob(b"{}", EMPTY).document(),
                "layers": [self.blob(bundle, media_type).document()],
                "subject": pointer.document(),
                "annotations": annotations,
            }
        )
        descriptor = replace(manifest, annotations=annotations)
        if fallback:
            self.referrers.setdefault(subject.digest, []).append(descriptor)
        if listed:
            self._list(manifest, {})
        return descriptor

    def buildkit(self, subject: Descriptor, statements: Sequence[bytes]) -> Descriptor:
        """Store an unsigned BuildKit attestation of ``subject``: a child for the index beside it."""
        layers = [
            self.blob(
                statement,
                IN_TOTO,
                annotations={"in-toto.io/predicate-type": json.loads(statement)["predicateType"]},
            )
            for statement in statements
        ]
        return replace(
            self._evidence(layers, architecture="unknown", os="unknown"),
            platform={"architecture": "unknown", "os": "unknown"},
            annotations={
                "vnd.docker.reference.digest": subject.digest,
                "vnd.docker.reference.type": "attestation-manifest",
            },
        )

    # --- results ---

    def write(self, folder: Path) -> Path:
        """Write the layout into ``folder``, which is made if need be."""
        tags = self._all_tags()
        blobs = folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        for digest, data in self.blobs.items():
            (blobs / digest.removeprefix("sha256:")).write_bytes(data)
        tagged = [
            replace(descriptor, annotations={**descriptor.annotations, REF_NAME: name})
            for name, descriptor in tags.items()
        ]
        document = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [entry.document() for entry in (*tagged, *self.listed)],
        }
        (folder / "index.json").write_text(json.dumps(document, indent=2) + "\n")
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}\n')
        return folder

    def contents(self) -> Contents:
        """The same content for a registry, fallback tags included."""
        tags = self._all_tags()
        manifests = {
            digest: (media_type, self.blobs[digest]) for digest, media_type in self.media_types.items()
        }
        blobs = {digest: data for digest, data in self.blobs.items() if digest not in manifests}
        return Contents(blobs, manifests, {name: descriptor.digest for name, descriptor in tags.items()})

    def _all_tags(self) -> dict[str, Descriptor]:
        fallback = {
            subject.replace(":", "-"): self.index(descriptors)
            for subject, descriptors in self.referrers.items()
        }
        return {**self.tags, **fallback}

    def _cosign(
        self, subject: Descriptor, layers: Sequence[Layer], media_type: str, *, suffix: str, saved: bool
    ) -> Descriptor:
        stored = [self.blob(layer.blob, media_type, annotations=layer.annotations) for layer in layers]
        manifest = self._evidence(stored)
        if saved:
            self._list(manifest, {"kind": f"{COSIGN_KINDS}/{suffix}s"})
        else:
            self.tag(f"{subject.tag}.{suffix}", manifest)
        return manifest

    def _evidence(self, layers: Sequence[Descriptor], *, architecture: str = "", os: str = "") -> Descriptor:
        """Store a manifest around ``layers`` with the configuration that cosign and BuildKit write."""
        config = {
            "architecture": architecture,
            "created": "0001-01-01T00:00:00Z",
            "os": os,
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
            "config": {},
        }
        return self.manifest(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": self.blob(compact(config), CONFIG).document(),
                "layers": [layer.document() for layer in layers],
            }
        )

    def _list(self, descriptor: Descriptor, annotations: Mapping[str, str]) -> None:
        self.listed.append(replace(descriptor, annotations=annotations, platform=None))
