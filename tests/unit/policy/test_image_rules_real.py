"""The rules on images, on configurations as tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.configured import configured, found, passes, refused
from verifier.limits import CONFIG_BYTES
from verifier.model.evidence import ImageEvidence
from verifier.strict_json import loads_object

RULES: dict[str, dict[str, Any]] = {
    "image-user": {},
    "image-entrypoint": {"shell": False},
    "image-ports": {"privileged": False},
    "image-environment": {},
    "image-labels": {"require": {"org.opencontainers.image.source": True}},
    "image-age": {"max": "520w"},
}


def said(evidence: ImageEvidence) -> dict[str, str]:
    """Of each rule, the outcome of the worst finding."""
    return {
        rule: max(found(rule, options, evidence), key=lambda finding: finding.verdict).outcome.value
        for rule, options in RULES.items()
    }


# As the tools lay them out; the names are those of real images, the digests and dates are not.
NGINX = {  # Docker's official image, built by BuildKit
    "architecture": "amd64",
    "config": {
        "ExposedPorts": {"80/tcp": {}},
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "NGINX_VERSION=1.27.2",
            "NJS_VERSION=0.8.6",
            "PKG_RELEASE=1~bookworm",
            "DYNPKG_RELEASE=1~bookworm",
        ],
        "Entrypoint": ["/docker-entrypoint.sh"],
        "Cmd": ["nginx", "-g", "daemon off;"],
        "Labels": {"maintainer": "NGINX Docker Maintainers <docker-maint@nginx.com>"},
        "StopSignal": "SIGQUIT",
    },
    "created": "2026-10-02T17:55:35Z",
    "history": [
        {"created": "2026-10-02T17:55:35Z", "created_by": "# debian.sh --arch 'amd64' out/ 'bookworm'"},
        {"created_by": "ENV NGINX_VERSION=1.27.2", "comment": "buildkit.dockerfile.v0", "empty_layer": True},
        {"created_by": 'RUN /bin/sh -c set -x && groupadd --system --gid 101 nginx && NGINX_GPGKEYS="573B'
         ' 8540" && gpg1 --keyserver "$server" --recv-keys "$NGINX_GPGKEY" # buildkit'},
        {"created_by": "EXPOSE map[80/tcp:{}]", "empty_layer": True},
    ],
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": []},
}  # fmt: skip
PYTHON = {  # Docker's official image, by the builder before BuildKit
    "architecture": "amd64",
    "config": {
        "Hostname": "",
        "User": "",
        "AttachStdin": False,
        "ExposedPorts": None,
        "Env": [
            "PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
            "PYTHON_VERSION=3.9.18",
            "PYTHON_GET_PIP_SHA256=9cc01665956d22b3bf057ae8287b035827bfd895da235bcea200ab3b811790b6",
        ],
        "Cmd": ["python3"],
        "Image": "sha256:" + "ab" * 32,
        "Entrypoint": None,
        "OnBuild": None,
        "Labels": None,
    },
    "container_config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/sh", "-c", "#(nop) ", 'CMD ["python3"]']},
    "docker_version": "20.10.23",
    "created": "2026-09-20T05:14:02.123456789Z",
    "history": [
        {"created_by": "/bin/sh -c #(nop)  ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568"},
        {"created_by": '/bin/sh -c #(nop)  CMD ["python3"]', "empty_layer": True},
    ],
    "os": "linux",
}
STATIC = {  # distroless, by Bazel
    "architecture": "amd64",
    "author": "Bazel",
    "created": "0001-01-01T00:00:00Z",
    "history": [{"created": "0001-01-01T00:00:00Z"}],
    "os": "linux",
    "config": {
        "Env": ["PATH=/usr/local/sbin:/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
        "User": "65532",
        "WorkingDir": "/home/nonroot",
    },
}
APKO = {
    "architecture": "amd64",
    "author": "github.com/chainguard-dev/apko",
    "created": "2026-11-20T00:00:00Z",
    "history": [{"author": "apko", "created": "2026-11-20T00:00:00Z", "created_by": "apko"}],
    "os": "linux",
    "config": {
        "Entrypoint": ["/usr/bin/app"],
        "Env": ["PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
        "User": "65532",
        "Labels": {"org.opencontainers.image.source": "https://github.com/org/app"},
    },
}
BITNAMI = {
    "created": "2026-11-01T00:00:00Z",
    "config": {
        "ExposedPorts": {"5432/tcp": {}},
        "Env": [
            "HOME=/",
            "POSTGRESQL_PASSWORD_FILE=/run/secrets/password",
            "ALLOW_EMPTY_PASSWORD=no",
            "APP_VERSION=17.0.0",
        ],
        "Entrypoint": ["/opt/bitnami/scripts/postgresql/entrypoint.sh"],
        "Cmd": ["/opt/bitnami/scripts/postgresql/run.sh"],
        "User": "1001",
        "Labels": {"org.opencontainers.image.source": "https://github.com/bitnami/containers"},
    },
}
CARELESS = {
    "created": "1970-01-01T00:00:00Z",
    "config": {
        "ExposedPorts": {"22/tcp": {}},
        "Env": ["DATABASE_URL=postgres://app:hunter2@db/app"],
        "Cmd": ["/bin/sh", "-c", "node server.js"],
        "User": "root",
    },
    "history": [{"created_by": "RUN |1 NPM_TOKEN=hunter2 /bin/sh -c npm ci # buildkit"}],
}
EXPECTED = {
    "nginx": (NGINX, "fail pass fail pass fail pass"),
    "python": (PYTHON, "fail pass pass pass fail pass"),
    "static": (STATIC, "pass pass pass pass fail fail"),
    "apko": (APKO, "pass pass pass pass pass pass"),
    "bitnami": (BITNAMI, "pass pass pass pass pass pass"),
    "careless": (CARELESS, "fail fail fail fail fail fail"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_configurations_of_common_images(name: str) -> None:
    config, outcomes = EXPECTED[name]
    evidence = configured(config=loads_object(json.dumps(config).encode(), limit=CONFIG_BYTES))
    assert said(evidence) == dict(zip(RULES, outcomes.split(), strict=True))


def test_a_careless_image_shows_no_secret() -> None:
    assert len(refused("image-environment", {}, configured(config=CARELESS))) == 2
    assert "hunter2" not in repr(found("image-environment", {}, configured(config=CARELESS)))


def configurations(layout: Path) -> list[dict[str, Any]]:
    small = [
        path.read_bytes() for path in (layout / "blobs" / "sha256").iterdir() if path.stat().st_size < 10**6
    ]
    documents = [loads_object(raw, limit=CONFIG_BYTES) for raw in small if raw.startswith(b'{"architecture"')]
    return [document for document in documents if document.get("os") == "linux"]


@pytest.mark.parametrize("version", ["v1.4.0", "v1.8.0", "v2.0.0"])
def test_configurations_that_nobody_here_made(real_data: Path, version: str) -> None:
    (config,) = configurations(real_data / "oci" / f"slsa-container-{version}")
    evidence = configured(config=config)
    assert said(evidence) == {
        "image-user": "fail",
        "image-entrypoint": "pass",
        "image-ports": "pass",
        "image-environment": "pass",
        "image-labels": "pass",
        "image-age": "pass",
    }
    assert refused("image-user", {}, evidence) == ["the image runs as root: its user is '0'"]
    assert passes("image-entrypoint", {"entrypoint": ["/app"], "cmd": []}, evidence)
    labels = {"org.opencontainers.image.revision": {"pattern": "[0-9a-f]{40}"}}
    assert passes("image-labels", {"require": labels}, evidence)
    (message,) = refused("image-age", {"max": "90d"}, evidence)
    assert message.endswith("more than 90 days ago")
