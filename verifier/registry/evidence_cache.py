"""What was last read of an image of a registry, kept so that it can be verified again without a network.

One OCI layout for each name and digest: what one registry says of a digest is no answer for another. Nothing
in it is believed: its content is hashed again and its signatures are verified again, so whoever writes into
it can at most take evidence away.
"""

from __future__ import annotations

import contextlib
import errno
import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.errors import CacheError, VerifierError
from verifier.limits import EVIDENCE_BYTES
from verifier.local_files import is_directory, read_regular
from verifier.model.digest import Digest
from verifier.model.manifest import OCI_INDEX
from verifier.model.reference import ImageReference, LayoutReference
from verifier.model.trust import TrustRoot
from verifier.registry.evidence_record import EVIDENCE_FILE, TRUST_ROOT_FILE
from verifier.registry.layout import LayoutSource
from verifier.registry.listing import REF_NAME
from verifier.registry.recording import Recording, referrers_key, tag_key
from verifier.registry.saving import SavedImage, evidence_files, write_files
from verifier.strict_json import Json, StrictJsonError, loads_object

_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]{16}\.(new|old))?")
_SUBJECT = re.compile(r"sha256-([0-9a-f]{64})(\..*)?")
_INDEX = "index.json"
_OF_THE_RUN = {EVIDENCE_FILE, TRUST_ROOT_FILE}


class CachedImage(LayoutSource):
    """See `Source`: the image of a registry, out of the cache, under its own name."""

    def __init__(self, path: Path, reference: ImageReference, digest: Digest) -> None:
        super().__init__(LayoutReference(str(path), archive=False, tag=None, digest=digest))
        self._name = reference.name

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._name

    @property
    def recorded_name(self) -> str | None:
        """See `LayoutSource.recorded_name`: here it is the one that was asked for, when it was read too."""
        return self._name


@dataclass(frozen=True, slots=True)
class EvidenceCache:
    """Layouts below ``directory``. Trouble with it is a warning, never a reason to fail."""

    directory: Path
    warn: Callable[[str], None]

    def open(self, reference: ImageReference, digest: Digest) -> CachedImage | None:
        """The image with this name and digest; None where it was never read, or cannot be read again."""
        path = self._place(reference.name, digest)
        try:
            return CachedImage(path, reference, digest) if is_directory(path) else None
        except (OSError, VerifierError) as error:
            self.warn(f"the evidence cache cannot be read: {error}")
            return None

    def _place(self, name: str, digest: Digest) -> Path:
        return self.directory / Digest.of(f"{name}@{digest}".encode()).hex

    def size(self) -> tuple[int, int]:
        """How many images are kept, and how many bytes they take. Raises `CacheError`."""
        try:
            images = list(self._images())
            files = (path for image in images for path in image.rglob("*") if path.is_file())
            return len(images), sum(path.stat().st_size for path in files)
        except OSError as error:
            raise CacheError(f"the evidence cache cannot be read: {error.strerror}") from error

    def clear(self) -> None:
        """Forget every image. Raises `CacheError`."""
        try:
            for image in self._images():
                shutil.rmtree(image)
        except OSError as error:
            raise CacheError(f"the evidence cache cannot be cleared: {error.strerror}") from error

    def _images(self) -> Iterator[Path]:
        """Only what `store` made: nothing else that lies there is touched."""
        if is_directory(self.directory):
            yield from (path for path in self.directory.iterdir() if _NAME.fullmatch(path.name))

    def store(self, image: SavedImage, *, trust_root: TrustRoot, evaluated_at: datetime) -> None:
        """Keep what was read of ``image``, in place of what was read of the same digests before."""
        target = self._place(image.name or image.reference, image.recording.root.digest)
        mark = secrets.token_hex(8)
        fresh, old = (self.directory / f".{target.name}.{mark}.{kind}" for kind in ("new", "old"))
        try:
            known = _read(target)
            files = evidence_files([image], trust_root=trust_root, evaluated_at=evaluated_at)
            files = _with_older(files, known, image.recording)
            if files.keys() == known.keys() and all(
                files[name] == known[name] for name in files if name not in _OF_THE_RUN
            ):
                return
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_files(fresh, files)
            _swap(fresh, target, old)
        except (OSError, VerifierError) as error:
            self.warn(f"the evidence cache cannot be written: {error}")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put ``fresh`` in the place of ``target``, whose contents become ``old``."""
    try:
        with contextlib.suppress(FileNotFoundError):
            target.rename(old)
        fresh.rename(target)
    except OSError as error:
        # Somebody else has just done the same, as for an image that is named in two ways: one of them stays.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


def _read(layout: Path) -> dict[str, bytes]:
    """The files of a layout by their paths in it, without blobs that are not what their names say."""
    if not is_directory(layout):
        return {}
    files = {
        str(path.relative_to(layout)): read_regular(path, EVIDENCE_BYTES)
        for path in layout.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    return {
        name: raw
        for name, raw in files.items()
        if not name.startswith("blobs/") or name == f"blobs/sha256/{Digest.of(raw).hex}"
    }


def _with_older(
    files: dict[str, bytes], known: Mapping[str, bytes], recording: Recording
) -> dict[str, bytes]:
    """``files`` and what is ``known`` of digests that were not asked about, or could not be, this time."""
    entries = _entries(files[_INDEX])
    taken = {_tag(entry) for entry in entries}
    before = ((_tag(entry), entry) for entry in _entries(known.get(_INDEX, b"")))
    kept = [entry for tag, entry in before if tag not in taken and _still_counts(tag, recording)]
    if not kept:
        return files
    blobs = {name: raw for name, raw in known.items() if name.startswith("blobs/")}
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries, *kept]}
    raw = json.dumps(index, indent=2).encode()
    return {**blobs, **files, _INDEX: raw}


def _still_counts(tag: str | None, recording: Recording) -> bool:
    """Whether what was under ``tag`` before still says what is there, as far as this run can tell."""
    subject = _SUBJECT.fullmatch(tag or "")
    if tag is None or subject is None:
        return False
    digest = Digest(subject[1])
    if digest not in recording.asked:
        return True
    return tag_key(tag) in recording.failures or referrers_key(digest) in recording.failures


def _entries(raw: bytes) -> list[Mapping[str, Json]]:
    try:
        entries = loads_object(raw, limit=EVIDENCE_BYTES).get("manifests")
    except StrictJsonError:
        return []
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _tag(entry: Mapping[str, Json]) -> str | None:
    annotations = entry.get("annotations")
    tag = annotations.get(REF_NAME) if isinstance(annotations, dict) else None
    return tag if isinstance(tag, str) else None
