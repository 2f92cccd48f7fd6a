"""What was last read of an image of a registry, kept so that it can be verified again without a network.

One OCI layout for each digest. Nothing in it is believed: its content is hashed again and its signatures are
verified again, so whoever writes into it can at most take evidence away.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.errors import CacheError, VerifierError
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference
from verifier.model.trust import TrustRoot
from verifier.registry.layout import LayoutSource
from verifier.registry.recording import Recording
from verifier.registry.saving import SavedImage, save_evidence

_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]{16}\.(new|old))?")


class CachedImage(LayoutSource):
    """See `Source`: the image of a registry, out of the cache, under its own name."""

    def __init__(self, path: Path, reference: ImageReference, digest: Digest) -> None:
        super().__init__(LayoutReference(str(path), archive=False, tag=None, digest=digest))
        self._name = reference.name

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._name


@dataclass(frozen=True, slots=True)
class EvidenceCache:
    """Layouts below ``directory``. Trouble with it is a warning, never a reason to fail."""

    directory: Path
    warn: Callable[[str], None]

    def open(self, reference: ImageReference, digest: Digest) -> CachedImage | None:
        """The image with this digest; None where it was never read."""
        path = self.directory / digest.hex
        return CachedImage(path, reference, digest) if path.is_dir() else None

    def size(self) -> tuple[int, int]:
        """How many images are kept, and how many bytes they take."""
        images = list(self._images())
        files = (path for image in images for path in image.rglob("*") if path.is_file())
        return len(images), sum(path.stat().st_size for path in files)

    def clear(self) -> None:
        """Forget every image. Raises `CacheError`."""
        try:
            for image in self._images():
                shutil.rmtree(image)
        except OSError as error:
            raise CacheError(f"the evidence cache cannot be cleared: {error.strerror}") from error

    def _images(self) -> Iterator[Path]:
        """Only what `store` made: nothing else that lies there is touched."""
        if self.directory.is_dir():
            yield from (path for path in self.directory.iterdir() if _NAME.fullmatch(path.name))

    def store(self, image: SavedImage, *, trust_root: TrustRoot, evaluated_at: datetime) -> None:
        """Keep what was read of ``image``, in place of what was read before."""
        target = self.directory / image.recording.root.digest.hex
        if _holds(target, image.recording):
            return
        mark = secrets.token_hex(8)
        fresh, old = (self.directory / f".{target.name}.{mark}.{kind}" for kind in ("new", "old"))
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            save_evidence(fresh, [image], trust_root=trust_root, evaluated_at=evaluated_at)
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        # Another process may do the same at the same time: then one of the two stays.
        except (OSError, VerifierError) as error:
            self.warn(f"the evidence cache cannot be written: {error}")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def _holds(target: Path, recording: Recording) -> bool:
    """Whether everything that was read now is there already."""
    blobs = target / "blobs" / "sha256"
    return all((blobs / digest.hex).is_file() for digest in recording.contents)
