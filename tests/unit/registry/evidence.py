"""Evidence in every place, and a look at it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.unit.registry.memory_source import (
    BUNDLE,
    DSSE,
    SIMPLE_SIGNING,
    Repository,
    Rounds,
    entry,
)
from verifier.model.bundle import Discovered
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.layout import LayoutSource

COSIGN = "dev.cosignproject.cosign"
SIGNATURE = "dev.cosignproject.cosign/signature"


def look(
    source: Source, digests: Sequence[Digest] | None = None, *, rounds: Rounds | None = None
) -> Discovered:
    content = source.resolve()
    return discover(source, digests or [content.digest], parse(content), rounds or Rounds())


def stem(image: Descriptor) -> str:
    return f"sha256-{image.digest.hex}"


def troubles(discovered: Discovered) -> list[object]:
    return [*discovered.rejections, *discovered.unreadable]


def names(discovered: Discovered) -> set[bytes]:
    return {bundle.raw for bundle in discovered.bundles}


def put_sig(repository: Repository, image: Descriptor) -> str:
    """Store evidence there, and give the words for the place."""
    payload = repository.blob(b"evidence", SIMPLE_SIGNING, **{SIGNATURE: "c2ln"})
    repository.tags[f"{stem(image)}.sig"] = repository.manifest([payload])
    return f"tag {stem(image)}.sig"


def put_att(repository: Repository, image: Descriptor) -> str:
    """Store evidence there, and give the words for the place."""
    repository.tags[f"{stem(image)}.att"] = repository.manifest([repository.blob(b"evidence", DSSE)])
    return f"tag {stem(image)}.att"


def put_referrer(repository: Repository, image: Descriptor) -> str:
    """Store evidence there, and give the words for the place."""
    repository.listed.append((repository.referrer(image, [repository.blob(b"evidence", BUNDLE)]), {}))
    return "referrers"


def put_fallback(repository: Repository, image: Descriptor) -> str:
    """Store evidence there, and give the words for the place."""
    referrer = repository.referrer(image, [repository.blob(b"evidence", BUNDLE)])
    repository.tags[stem(image)] = repository.index([entry(referrer)])
    return "fallback tag"


def put_attached(repository: Repository, image: Descriptor) -> str:
    """Store evidence there, and give the words for the place."""
    manifest = repository.manifest([repository.blob(b"evidence", DSSE)])
    repository.listed.append((manifest, {"kind": f"{COSIGN}/atts"}))
    return "layout"


Open = Callable[..., LayoutSource]


def blob_of(layout: Path, descriptor: Descriptor) -> Path:
    return layout / "blobs" / "sha256" / descriptor.digest.hex


def edit_index(layout: Path, change: Callable[[dict[str, Any]], None]) -> None:
    index = json.loads((layout / "index.json").read_bytes())
    change(index)
    (layout / "index.json").write_text(json.dumps(index))
