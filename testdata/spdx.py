"""SPDX 2.3 documents as apko writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

CREATED = "2026-11-01T11:58:00Z"
IMAGE_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
REPOSITORY = "demo.example/verifier/hello"

_PUBLIC_DOMAIN = "LicenseRef-tzdata-public-domain"
_SUPPLIER = "Organization: Wolfi"


@dataclass(frozen=True, slots=True)
class Package:
    """An operating system package."""

    name: str
    version: str
    licence: str


PACKAGES = (
    Package("busybox", "1.37.0-r50", "GPL-2.0-only"),
    Package("ca-certificates-bundle", "20250911-r0", "MPL-2.0 AND MIT"),
    Package("glibc", "2.42-r4", "LGPL-2.1-or-later"),
    Package("glibc-locale-posix", "2.42-r4", "LGPL-2.1-or-later"),
    Package("hello", "1.2.0-r0", "Apache-2.0"),
    Package("ld-linux", "2.42-r4", "LGPL-2.1-or-later"),
    Package("libcrypt1", "2.42-r4", "LGPL-2.1-or-later"),
    Package("libcrypto3", "3.5.4-r1", "Apache-2.0"),
    Package("libgcc", "15.2.0-r5", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    Package("libssl3", "3.5.4-r1", "Apache-2.0"),
    Package("libstdc++", "15.2.0-r5", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    Package("libxcrypt", "4.4.38-r4", "GPL-2.0-or-later AND LGPL-2.1-or-later"),
    Package("tzdata", "2026b-r0", _PUBLIC_DOMAIN),
    Package("wolfi-baselayout", "20230201-r24", "MIT"),
    Package("zlib", "1.3.1-r51", "Zlib"),
)

APK_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64", "linux/arm/v7": "armv7"}


def platform_sbom(platform: str, digest: str, layer: str) -> dict[str, Any]:
    """The SBOM of the image for ``platform`` with manifest ``digest`` and one ``layer``."""
    query = {"arch": platform.split("/")[1], "mediaType": IMAGE_TYPE, "os": "linux"}
    root = _container("Package-Image", digest, {**query, "repository_url": REPOSITORY})
    root["description"] = "apko container image"
    layer_package = _container("Package-ImageLayer", layer, {**query, "mediaType": LAYER_TYPE})
    layer_package["description"] = "apko operating system layer"
    packages = [_apk(package, APK_ARCHITECTURES[platform]) for package in PACKAGES]
    contained = [layer_package, *packages]
    return _document(
        root,
        [root, layer_package, _operating_system(), *packages],
        [_relationship(root, "CONTAINS", package) for package in contained],
    ) | {
        "hasExtractedLicensingInfos": [
            {
                "licenseId": _PUBLIC_DOMAIN,
                "name": "tzdata public domain dedication",
                "extractedText": "Unless specified below, all files in the tz code and data are in the "
                "public domain.",
            }
        ]
    }


def index_sbom(digest: str, children: dict[str, str]) -> dict[str, Any]:
    """The SBOM of an index: its images by platform (``children``), and nothing of their contents."""
    root = _container("Package", digest, {"mediaType": INDEX_TYPE, "repository_url": REPOSITORY})
    root["description"] = "Multi-arch image index"
    images = [
        _container("Package", child, {"arch": platform.split("/")[1], "mediaType": IMAGE_TYPE, "os": "linux"})
        for platform, child in children.items()
    ]
    return _document(root, [root, *images], [_relationship(root, "VARIANT_OF", image) for image in images])


def _document(
    root: dict[str, Any], packages: list[dict[str, Any]], relationships: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"sbom-{root['name']}",
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {
            "created": CREATED,
            "creators": ["Tool: apko (v0.30.17)", "Organization: Example, Inc"],
            "licenseListVersion": "3.27",
        },
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://spdx.org/spdxdocs/apko/",
        "documentDescribes": [root["SPDXID"]],
        "packages": packages,
        "relationships": relationships,
    }


def _container(kind: str, digest: str, qualifiers: dict[str, str]) -> dict[str, Any]:
    encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in qualifiers.items())
    return {
        "SPDXID": f"SPDXRef-{kind}-{digest.replace(':', '-')}",
        "name": digest,
        "versionInfo": digest,
        "filesAnalyzed": False,
        "downloadLocation": "NOASSERTION",
        "supplier": "Organization: Example, Inc",
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest.removeprefix("sha256:")}],
        "externalRefs": [_purl(f"pkg:oci/hello@{digest}?{encoded}")],
    }


def _operating_system() -> dict[str, Any]:
    return {
        "SPDXID": "SPDXRef-OperatingSystem-wolfi",
        "name": "wolfi",
        "versionInfo": "20230201",
        "filesAnalyzed": False,
        "description": "Operating System",
        "downloadLocation": "NOASSERTION",
        "supplier": _SUPPLIER,
        "primaryPackagePurpose": "OPERATING_SYSTEM",
    }


def _apk(package: Package, architecture: str) -> dict[str, Any]:
    # apko writes characters that SPDX identifiers cannot have as C and their number.
    identifier = package.name.replace("+", "C43")
    name = quote(package.name, safe="")
    return {
        "SPDXID": f"SPDXRef-Package-apk-{identifier}-{package.version}",
        "name": package.name,
        "versionInfo": package.version,
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": package.licence,
        "downloadLocation": f"https://packages.example/os/{architecture}/{name}-{package.version}.apk",
        "originator": _SUPPLIER,
        "supplier": _SUPPLIER,
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
        "externalRefs": [
            _purl(f"pkg:apk/wolfi/{name}@{package.version}?arch={architecture}&distro=wolfi"),
        ],
    }


def _purl(locator: str) -> dict[str, str]:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}


def _relationship(source: dict[str, Any], kind: str, target: dict[str, Any]) -> dict[str, str]:
    return {
        "spdxElementId": source["SPDXID"],
        "relationshipType": kind,
        "relatedSpdxElement": target["SPDXID"],
    }
