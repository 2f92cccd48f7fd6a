"""Change a layout in one place, and make the digests above it right again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def copied(layout: Path, to: Path) -> Path:
    """A copy that can be written to."""
    shutil.copytree(layout, to, copy_function=shutil.copyfile)
    for folder in (to, *(path for path in to.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return to


def blob(layout: Path, digest: str) -> Path:
    """The file of a blob."""
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def add(layout: Path, raw: bytes) -> str:
    """Write a blob; its digest."""
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    blob(layout, digest).write_bytes(raw)
    return digest


def index(layout: Path) -> dict[str, Any]:
    """``index.json``."""
    document: dict[str, Any] = json.loads((layout / "index.json").read_bytes())
    return document


def entry(layout: Path, kind: str) -> dict[str, Any]:
    """The entry of ``index.json`` whose cosign kind ends with ``kind``."""
    (found,) = [
        item
        for item in index(layout)["manifests"]
        if item.get("annotations", {}).get("kind", "").lower().endswith(kind)
    ]
    return dict(found)


def replace(layout: Path, old: str, raw: bytes) -> None:
    """Put ``raw`` in the place of the manifest ``old`` of ``index.json``."""
    digest, document = add(layout, raw), index(layout)
    for item in document["manifests"]:
        if item["digest"] == old:
            item.update(digest=digest, size=len(raw))
    (layout / "index.json").write_text(json.dumps(document))


def edit_evidence(layout: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the one attestation of a layout by ``cosign save``, with every digest right again."""
    manifest_digest = entry(layout, "atts")["digest"]
    manifest = json.loads(blob(layout, manifest_digest).read_bytes())
    (layer,) = manifest["layers"]
    raw = change(blob(layout, layer["digest"]).read_bytes())
    layer.update(digest=add(layout, raw), size=len(raw))
    replace(layout, manifest_digest, json.dumps(manifest).encode())


def edit_annotation(layout: Path, name: str, change: Callable[[str], str]) -> None:
    """Change one annotation of the one attestation of a layout by ``cosign save``."""
    manifest_digest = entry(layout, "atts")["digest"]
    manifest = json.loads(blob(layout, manifest_digest).read_bytes())
    annotations = manifest["layers"][0]["annotations"]
    annotations[name] = change(annotations[name])
    replace(layout, manifest_digest, json.dumps(manifest).encode())


def flip(raw: bytes, position: int = -20) -> bytes:
    """The same bytes with one bit changed."""
    position %= len(raw)
    return raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
