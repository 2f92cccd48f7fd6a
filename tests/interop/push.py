"""Push a layout's content to a registry over plain HTTP. OCI distribution specification 1.1, "Push"."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

REF_NAME = "org.opencontainers.image.ref.name"
_INDEXES = ("application/vnd.oci.image.index.v1+json",)


def push_layout(layout: Path, address: str, repository: str) -> str:
    """Push everything in ``layout``; the digest of the image tagged ``latest``."""
    index = json.loads((layout / "index.json").read_bytes())
    with httpx.Client(base_url=f"http://{address}", timeout=20) as client:
        pusher = _Pusher(client, layout, repository)
        for entry in index["manifests"]:
            pusher.manifest(entry["digest"], entry["mediaType"])
        for entry in index["manifests"]:
            tag = entry.get("annotations", {}).get(REF_NAME)
            if tag is not None:
                pusher.put_manifest(tag, entry["digest"], entry["mediaType"])
    return next(
        str(e["digest"]) for e in index["manifests"] if e.get("annotations", {}).get(REF_NAME) == "latest"
    )


class _Pusher:
    def __init__(self, client: httpx.Client, layout: Path, repository: str) -> None:
        self._client = client
        self._layout = layout
        self._base = f"/v2/{repository}"
        self._done: set[str] = set()

    def _read(self, digest: str) -> bytes:
        return (self._layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()

    def blob(self, digest: str) -> None:
        if digest in self._done:
            return
        self._done.add(digest)
        start = self._client.post(f"{self._base}/blobs/uploads/")
        start.raise_for_status()
        location = urljoin(str(start.url), start.headers["Location"])
        raw = self._read(digest)
        headers = {"Content-Type": "application/octet-stream"}
        self._client.put(
            httpx.URL(location).copy_add_param("digest", digest), content=raw, headers=headers
        ).raise_for_status()

    def manifest(self, digest: str, media_type: str) -> None:
        if digest in self._done:
            return
        self._done.add(digest)
        document: dict[str, Any] = json.loads(self._read(digest))
        if media_type in _INDEXES:
            for child in document["manifests"]:
                self.manifest(child["digest"], child["mediaType"])
        else:
            for descriptor in (document["config"], *document["layers"]):
                self.blob(descriptor["digest"])
        self.put_manifest(digest, digest, media_type)

    def put_manifest(self, reference: str, digest: str, media_type: str) -> None:
        headers = {"Content-Type": media_type}
        url = f"{self._base}/manifests/{reference}"
        self._client.put(url, content=self._read(digest), headers=headers).raise_for_status()
