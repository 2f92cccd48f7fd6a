"""Names of layouts on disk that were typed as if they were images in a registry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verifier.errors import ManifestError, RegistryError, UsageError
from verifier.model.reference import LayoutReference
from verifier.model.reference_parser import parse_reference
from verifier.text import safe


@contextmanager
def explained(text: str) -> Iterator[None]:
    """Say in the hint of what fails for the name ``text`` that a layout on disk has it, where one has."""
    try:
        yield
    except (ManifestError, UsageError, RegistryError) as error:
        layout = _layout(text)
        if layout is None:
            raise
        hint = f"for {layout}" + (f"; otherwise: {error.hint}" if error.hint else "")
        # A copy: several images may share the error.
        raise type(error)(error.message, hint=hint) from error


def _layout(text: str) -> str | None:
    if text.startswith(("oci:", "oci-archive:")):
        return None
    try:
        meant = parse_reference(f"oci:{text}")
        if isinstance(meant, LayoutReference):
            path = Path(meant.path)
            if (path / "oci-layout").is_file():
                return f"the OCI layout on disk write {safe(f'oci:{text}')}"
            if path.suffix == ".tar" and path.is_file():
                return f"the OCI layout in the file on disk write {safe(f'oci-archive:{text}')}"
    except (ManifestError, OSError, ValueError):  # no path, or one that may not be looked at
        pass
    return None
