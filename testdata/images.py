"""The image of the demonstration: three platforms, an index, and what is said about them."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from typing import Any

from testdata.spdx import APK_ARCHITECTURES, CREATED
from tests.sigstore_instance.identity import COMMIT, REF, SUBJECT, WORKFLOW
from tests.sigstore_instance.identity import REPOSITORY as SOURCE
from tests.sigstore_instance.layout import Descriptor, Layout

PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")
PROVENANCE = "https://slsa.dev/provenance/v1"
_SOURCE_URL = f"https://github.com/{SOURCE}"
_OS_RELEASE = 'ID=wolfi\nNAME="Wolfi"\nPRETTY_NAME="Wolfi"\nVERSION_ID="20230201"\n'
_ANNOTATIONS = {
    "org.opencontainers.image.created": CREATED,
    "org.opencontainers.image.revision": COMMIT,
    "org.opencontainers.image.source": _SOURCE_URL,
    "org.opencontainers.image.title": "hello",
    "org.opencontainers.image.version": "1.2.0",
}


@dataclass(frozen=True, slots=True)
class Image:
    """An index, its platform images, and the digest of each one's layer."""

    index: Descriptor
    platforms: dict[str, Descriptor]
    layers: dict[str, str]

    @property
    def subjects(self) -> tuple[Descriptor, ...]:
        """The index and every platform's manifest."""
        return (self.index, *self.platforms.values())


def add_image(
    layout: Layout, *, platforms: tuple[str, ...] = PLATFORMS, others: tuple[Descriptor, ...] = ()
) -> Image:
    """Store the image in ``layout`` and tag it ``latest``; ``others`` are further children of the index."""
    images, layers = {}, {}
    for name in platforms:
        images[name], layers[name] = add_platform(layout, name)
    index = layout.index([*images.values(), *others], annotations=_ANNOTATIONS)
    layout.tag("latest", index)
    return Image(index, images, layers)


def add_platform(layout: Layout, platform: str) -> tuple[Descriptor, str]:
    """Store the image of one platform; gives its manifest and its layer's digest."""
    layer = _layer(APK_ARCHITECTURES[platform])
    manifest = layout.image(platform, config=_config(), layers=(layer,), annotations=_ANNOTATIONS)
    return manifest, layout.blob(layer, "").digest


def provenance() -> dict[str, Any]:
    """SLSA provenance 1.0 of a workflow on GitHub."""
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {"path": WORKFLOW, "ref": REF, "repository": _SOURCE_URL},
            },
            "internalParameters": {
                "github": {
                    "event_name": "push",
                    "repository_id": "801234567",
                    "repository_owner_id": "90123456",
                    "runner_environment": "github-hosted",
                },
            },
            "resolvedDependencies": [
                {"uri": f"git+{_SOURCE_URL}@{REF}", "digest": {"gitCommit": COMMIT}},
            ],
        },
        "runDetails": {
            "builder": {"id": SUBJECT},
            "metadata": {
                "invocationId": f"{_SOURCE_URL}/actions/runs/19012345678/attempts/1",
                "startedOn": "2026-11-01T11:57:20Z",
                "finishedOn": "2026-11-01T11:59:40Z",
            },
        },
    }


def _config() -> dict[str, Any]:
    return {
        "author": "github.com/example/hello",
        "created": CREATED,
        "config": {
            "Cmd": ["/usr/bin/hello"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Labels": _ANNOTATIONS,
            "User": "65532",
        },
        "history": [{"author": "apko", "created": CREATED, "created_by": "apko"}],
    }


def _layer(architecture: str) -> bytes:
    """A tar file, not compressed: compressors differ from one Python to the next."""
    files = {
        "etc/apk/arch": f"{architecture}\n",
        "etc/os-release": _OS_RELEASE,
        "usr/bin/hello": "#!/bin/sh\necho hello\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            entry.mode = 0o755 if name.startswith("usr/bin/") else 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
