"""What the entries of a layout's ``index.json`` say of themselves: names, kinds, whether they are evidence.

Hints only, for choosing the image that is meant; nothing of it is signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from verifier.model.descriptor import Descriptor
from verifier.model.manifest import Document, Manifest

REF_NAME: Final = "org.opencontainers.image.ref.name"  # a tag, or a whole reference
CONTAINERD_NAME: Final = "io.containerd.image.name"  # a whole reference
KIND: Final = "kind"
KIND_PREFIX: Final = "dev.cosignproject.cosign/"

_EVIDENCE_KINDS: Final = frozenset({"sigs", "atts", "sboms"})
_EVIDENCE_TAG: Final = re.compile(r"(?:.*:)?sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?", re.DOTALL)
_IMAGE_CONFIGS: Final = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)


def names(entry: Descriptor) -> list[str]:
    """Give the tags or references that an entry bears, without digests."""
    found = (entry.annotations.get(key, "").partition("@")[0] for key in (REF_NAME, CONTAINERD_NAME))
    return [name for name in found if name]


def has_tag(entry: Descriptor, tag: str) -> bool:
    """Tell whether an entry bears ``tag``, alone or at the end of a reference."""
    return any(name == tag or name.endswith(f":{tag}") for name in names(entry))


def full_name(entry: Descriptor) -> str | None:
    """Give the whole reference that an entry bears; a tag alone is none."""
    return next((name for name in names(entry) if "/" in name), None)


def kind(entry: Descriptor) -> str:
    """Give the kind that ``cosign save`` notes: ``image``, ``imageIndex``, ``sigs``, ``atts``; or ``""``."""
    value = entry.annotations.get(KIND, "")
    return value.removeprefix(KIND_PREFIX) if value.startswith(KIND_PREFIX) else ""


def names_subject(entry: Descriptor) -> bool:
    """Tell whether an entry bears a tag under which evidence lies: the digest that it is about."""
    return any(map(_EVIDENCE_TAG.fullmatch, names(entry)))


def marked_as_evidence(entry: Descriptor) -> bool:
    """Tell whether an entry says that it is evidence and no image."""
    return kind(entry) in _EVIDENCE_KINDS or names_subject(entry)


def is_image(document: Document) -> bool:
    """Tell whether a document is an image, and not an artifact or evidence about one."""
    if document.subject is not None or document.artifact_type not in {"", *_IMAGE_CONFIGS}:
        return False
    return not isinstance(document, Manifest) or document.config.media_type in _IMAGE_CONFIGS


def once(entries: Iterable[Descriptor]) -> list[Descriptor]:
    """Give the first entry of every digest."""
    found: dict[str, Descriptor] = {}
    for entry in entries:
        found.setdefault(entry.digest.hex, entry)
    return list(found.values())
