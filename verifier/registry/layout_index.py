"""What makes a directory an OCI image layout: its version, and the index of what is in it.

OCI image specification 1.1, image-layout.md.
"""

from __future__ import annotations

from verifier.errors import LayoutError, ManifestError, RejectedError, UnsafeLayoutError
from verifier.limits import LAYOUT_FILE_BYTES, LAYOUT_MANIFESTS, MANIFEST_BYTES
from verifier.model.descriptor import Content, Descriptor
from verifier.model.manifest import Index
from verifier.registry.documents import describe, parse
from verifier.registry.files import LayoutFiles
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe


def require_version(files: LayoutFiles, path: str) -> None:
    """Raise `ManifestError` where the directory or archive ``path`` is no layout; the rest as `Source`."""
    raw = files.read("oci-layout", limit=LAYOUT_FILE_BYTES)
    if raw is None:
        raise ManifestError(
            f"{safe(path)} is not an OCI layout: it has no file oci-layout",
            hint="cosign save, crane pull --format=oci, skopeo copy and oras copy write such layouts",
        )
    try:
        version = loads_object(raw, limit=LAYOUT_FILE_BYTES).get("imageLayoutVersion")
    except StrictJsonError as error:
        raise UnsafeLayoutError(f"oci-layout is malformed: {safe(error)}") from None
    if not isinstance(version, str) or not version.startswith("1."):
        raise LayoutError(f"OCI layout version {safe(version, limit=40)} is not supported, only 1.0.0 is")


def read_index(files: LayoutFiles, path: str) -> tuple[Descriptor, ...]:
    """Read what ``index.json`` lists. Raises as `Source`."""
    raw = files.read("index.json", limit=MANIFEST_BYTES)
    if raw is None:
        raise LayoutError(f"the layout {safe(path)} is incomplete: index.json is missing")
    try:
        content = Content(describe(raw, content_type=None), raw)
        index = parse(content, manifests=LAYOUT_MANIFESTS)
    except RejectedError as error:
        raise UnsafeLayoutError(f"index.json: {error.message}", hint=error.hint) from None
    if not isinstance(index, Index):
        raise UnsafeLayoutError("index.json is not an image index")
    return index.manifests
