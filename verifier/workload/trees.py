"""Where files that other files lead to are read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from verifier.errors import ManifestError
from verifier.limits import GATE_FILE_BYTES, GATE_TOTAL_BYTES
from verifier.local_files import read_regular
from verifier.text import safe


class Tree(Protocol):
    """Files as they are, or as they once were."""

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file; None where there is none. Raises `ManifestError`."""
        ...


@dataclass(frozen=True, slots=True)
class WorkTree:
    """See `Tree`: the files as they are. ``roots`` are the directories that nothing may lead out of."""

    roots: tuple[Path, ...]

    def read(self, path: Path) -> bytes | None:
        """See `Tree.read`."""
        try:
            real = path.resolve(strict=True)
            if not any(real.is_relative_to(root) for root in self.roots):
                raise ManifestError(
                    f"{safe(path)} is outside the directories that are judged",
                    hint="name the directory that holds both",
                )
            return read_regular(real, GATE_FILE_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "a loop of links"
            raise ManifestError(f"{safe(path)} cannot be read: {reason}") from None


@dataclass(slots=True)
class BoundedTree:
    """See `Tree`: another one, of which at most `GATE_TOTAL_BYTES` are read, each file as often as asked."""

    tree: Tree
    _left: int = GATE_TOTAL_BYTES

    def read(self, path: Path) -> bytes | None:
        """See `Tree.read`."""
        raw = self.tree.read(path) if self._left > 0 else None
        self._left -= len(raw or b"")
        if self._left <= 0:
            raise ManifestError(f"{safe(path)}: with it, more than {GATE_TOTAL_BYTES} bytes are to be read")
        return raw
