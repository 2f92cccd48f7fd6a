"""The references of images in files, which may not be final yet."""

from __future__ import annotations

import re

from verifier.errors import ManifestError
from verifier.limits import REFERENCE_LENGTH
from verifier.model.reference_parser import parse_reference
from verifier.model.registry_name import HUB
from verifier.text import safe

# Helm, Argo, Jinja; shells, Compose, envsubst; Tekton, make; ERB and placeholders.
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|\$\{|\$\(|\$[A-Za-z_$]|\$\Z|<[^>]*>|%\w+%")


def require_resolved(text: str, *, layouts: bool = False) -> str:
    """Give ``text`` as a reference that can be parsed, or raise `ManifestError`.

    ``layouts``: it may name one on disk. A cluster reads ``oci:1`` as an image on Docker Hub.
    """
    if len(text) > REFERENCE_LENGTH:
        raise ManifestError(f"an image reference of more than {REFERENCE_LENGTH} characters")
    if template := _TEMPLATE.search(text):
        shown = safe(template[0], limit=40)
        raise ManifestError(
            f"the image {safe(text, limit=200)!r} is not final: {shown!r} is to be replaced",
            hint="judge what is deployed, for example: helm template CHART | verify gate -",
        )
    if not text.strip():
        raise ManifestError("the image is empty")
    is_layout = text.startswith(("oci:", "oci-archive:"))
    reference = f"{HUB}/library/{text}" if is_layout and not layouts else text
    parse_reference(reference)
    return reference
