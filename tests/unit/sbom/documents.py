"""SPDX and CycloneDX documents for tests, small to large, as their generators write them."""

from __future__ import annotations

from typing import Any

IMAGE = "ab" * 32
ROOT = f"SPDXRef-Package-Image-sha256-{IMAGE}"
_LICENSES = (
    "MIT",
    "Apache-2.0",
    "GPL-2.0-only WITH Classpath-exception-2.0",
    "MIT AND (BSD-3-Clause OR ISC)",
)


def image_package(digest: str = IMAGE, **members: Any) -> dict[str, Any]:
    """The root of an apko SBOM: the image itself."""
    return {
        "SPDXID": ROOT,
        "name": f"sha256:{digest}",
        "versionInfo": f"sha256:{digest}",
        "filesAnalyzed": False,
        "downloadLocation": "NOASSERTION",
        "supplier": "Organization: Example",
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceLocator": f"pkg:oci/hello@sha256:{digest}?arch=amd64&os=linux",
                "referenceType": "purl",
            }
        ],
        **members,
    }


def package(number: int = 1, **members: Any) -> dict[str, Any]:
    """An apk package, as apko and melange write it."""
    return {
        "SPDXID": f"SPDXRef-Package-apk-p{number}",
        "name": f"p{number}",
        "versionInfo": f"1.{number}.0-r0",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": _LICENSES[number % len(_LICENSES)],
        "downloadLocation": "NOASSERTION",
        "originator": "Organization: Wolfi",
        "supplier": "Organization: Wolfi (packages@example.org)",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE_MANAGER",
                "referenceLocator": f"pkg:apk/wolfi/p{number}@1.{number}.0-r0?arch=x86_64",
                "referenceType": "purl",
            }
        ],
        **members,
    }


def contains(target: str, source: str = ROOT) -> dict[str, Any]:
    """A CONTAINS relationship."""
    return {"spdxElementId": source, "relationshipType": "CONTAINS", "relatedSpdxElement": target}


def spdx(packages: int = 3, **members: Any) -> dict[str, Any]:
    """An SPDX 2.3 document in apko's manner: an image and ``packages - 1`` packages in it."""
    inside = [package(number) for number in range(1, packages)]
    return {
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"sbom-sha256:{IMAGE}",
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {
            "created": "2024-01-31T12:00:00Z",
            "creators": ["Tool: apko (v0.30)", "Organization: Example, Inc"],
            "licenseListVersion": "3.27",
        },
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://example.org/spdxdocs/hello",
        "documentDescribes": [ROOT],
        "packages": [image_package(), *inside],
        "relationships": [contains(each["SPDXID"]) for each in inside],
        **members,
    }


def cyclonedx(**members: Any) -> dict[str, Any]:
    """A CycloneDX 1.5 document as syft writes it: an image and two packages, one inside the other."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {
            "timestamp": "2024-01-31T12:00:00+01:00",
            "tools": {"components": [{"type": "application", "name": "syft", "version": "1.0.0"}]},
            "authors": [{"name": "Ada"}],
            "component": {
                "bom-ref": "image",
                "type": "container",
                "name": "example.org/hello",
                "version": f"sha256:{IMAGE}",
            },
        },
        "components": [
            {
                "bom-ref": "pkg:apk/wolfi/busybox@1.36",
                "type": "library",
                "name": "busybox",
                "version": "1.36",
                "purl": "pkg:apk/wolfi/busybox@1.36",
                "supplier": {"name": "Wolfi"},
                "publisher": "Busybox people",
                "licenses": [{"license": {"id": "GPL-2.0-only"}}],
                "hashes": [{"alg": "SHA-256", "content": "cd" * 32}],
                "components": [
                    {
                        "bom-ref": "inner",
                        "type": "library",
                        "name": "libbb",
                        "licenses": [{"expression": "MIT OR ISC", "acknowledgement": "concluded"}],
                    }
                ],
            },
            {"bom-ref": "passwd", "type": "file", "name": "/etc/passwd"},
        ],
        "dependencies": [{"ref": "image", "dependsOn": ["pkg:apk/wolfi/busybox@1.36", "inner"]}],
        **members,
    }
