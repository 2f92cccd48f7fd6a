"""What kind of thing a registry, or a proxy in its place, has answered with."""

from __future__ import annotations

from verifier.model.manifest import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from verifier.registry.http import Response

MANIFESTS = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
_NO_REFERRERS = {400, 404, 405, 406, 501}  # what registries answer that do not know the API


def is_manifest(response: Response) -> bool:
    """Whether this is sent as a manifest, and not as what a proxy answers in a registry's place."""
    return bool(response.body) and content_type(response) in MANIFESTS


def lacks_api(response: Response) -> bool:
    """Whether this is how a registry answers that does not know the referrers API.

    GHCR sends on to a page for people, with a 303 that is not followed.
    """
    return response.status in _NO_REFERRERS or response.status == 303


def is_page(response: Response) -> bool:
    """Whether this is sent as a page for people."""
    return content_type(response) == "text/html"


def content_type(response: Response) -> str:
    """The media type that this is sent as, without parameters; empty where there is none."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()
