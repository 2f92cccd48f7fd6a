"""Save what a verification used as an OCI layout that gives the same verdict without a network.

OCI image specification 1.1, image-layout.md. Beside the layout's own files stand ``trusted_root.json`` and
``evidence.json``; the layers of images are not needed and not there.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.errors import LayoutError, UsageError
from verifier.local_files import is_directory, is_there
from verifier.model.trust import TrustRoot
from verifier.registry.evidence_record import EVIDENCE_FILE, TRUST_ROOT_FILE, ImageRecord, write_record
from verifier.registry.recording import Recording
from verifier.registry.saved_index import SavedLayout
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class SavedImage:
    """One image of a run, and what was read of it.

    ``reference`` as asked, ``name`` its canonical name (``docker.io/library/nginx``) where it has one.
    """

    reference: str
    name: str | None
    tag: str | None
    recording: Recording


def save_evidence(
    directory: Path, images: Sequence[SavedImage], *, trust_root: TrustRoot, evaluated_at: datetime
) -> None:
    """Write ``directory``, whole or not at all.

    Raises as `require_savable`, and `LayoutError` where it cannot be written.
    """
    require_savable(directory)
    write_files(directory, evidence_files(images, trust_root=trust_root, evaluated_at=evaluated_at))


def evidence_files(
    images: Sequence[SavedImage], *, trust_root: TrustRoot, evaluated_at: datetime
) -> dict[str, bytes]:
    """The files of the layout, by their paths in it."""
    records = [
        ImageRecord(image.reference, image.name, image.recording.root.digest, image.recording.failures)
        for image in images
    ]
    return {
        **_layout_files(images),
        TRUST_ROOT_FILE: trust_root.raw,
        EVIDENCE_FILE: write_record(records, trust_root=trust_root, evaluated_at=evaluated_at),
    }


def write_files(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` below ``directory``, whole or not at all, or raise `LayoutError`."""
    target = directory.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write(temporary, files)
            # Replaces an empty directory; one that was filled meanwhile stays as it is.
            temporary.rename(target)
            _sync(target.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise LayoutError(
            f"cannot write the evidence to {safe(directory)}: {safe(error.strerror or error)}",
            hint="nothing was written; choose another directory with --save-evidence",
        ) from None


def require_savable(directory: Path) -> None:
    """Raise `UsageError` unless ``directory`` can be made, or is there and empty."""
    try:
        if is_there(directory) and (not is_directory(directory) or any(directory.iterdir())):
            raise UsageError(
                f"{safe(directory)} exists and is not an empty directory",
                hint="--save-evidence writes a new directory and overwrites nothing; name another",
            )
        if not directory.resolve().parent.is_dir():
            raise UsageError(f"{safe(directory.parent)} is not a directory", hint="make it first")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{safe(directory)} cannot be used: {safe(error)}") from None


def _layout_files(images: Sequence[SavedImage]) -> dict[str, bytes]:
    layout = SavedLayout()
    for image in images:
        layout.add(image.recording, name=image.name, tag=image.tag)
    index = layout.index()
    return {
        "oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
        "index.json": json.dumps(index, indent=2).encode(),
        **{f"blobs/sha256/{digest.hex}": raw for digest, raw in layout.blobs.items()},
    }


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    root.mkdir()
    (root / "blobs" / "sha256").mkdir(parents=True)
    for name, raw in files.items():
        with (root / name).open("xb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
    for place in (root / "blobs" / "sha256", root / "blobs", root):
        _sync(place)


def _sync(directory: Path) -> None:
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(place)
    finally:
        os.close(place)
