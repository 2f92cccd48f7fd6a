"""Which image an SBOM says it describes, and whether it says anything of what is inside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.model.digest import Digest
from verifier.model.package_kinds import is_image
from verifier.model.sbom import ImageBinding, Package, Sbom

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# purl specification, types/oci-definition: the version is the digest, its colon percent-encoded or not.
_PURL_DIGEST = re.compile(r"[^@?#]*@sha256(?::|%3a)([0-9a-f]{64})(?:[?#].*)?", re.IGNORECASE)


def binding(sbom: Sbom) -> ImageBinding:
    """Say what ``sbom`` claims about its image; see `ImageBinding`.

    Only a root that is an image counts: the checksum of a described file or program is no image's digest.
    An SBOM without packages lists only images, too, for nothing in it speaks of contents; nor do packages
    that are no part of the image.
    """
    digests = (digest for root in _roots(sbom) if is_image(root) for digest in _digests(root))
    return ImageBinding(tuple(dict.fromkeys(digests)), not any(map(_is_content, sbom.packages)))


def _is_content(package: Package) -> bool:
    return package.inside and not is_image(package)


def _roots(sbom: Sbom) -> list[Package]:
    described = set(sbom.describes)
    if not described and len(sbom.packages) == 1:
        return list(sbom.packages)  # SPDX 2.3, clause 11.1: then it need not be said
    return [package for package in sbom.packages if package.element_id in described]


def _digests(root: Package) -> Iterator[Digest]:
    for algorithm, value in root.checksums:
        if algorithm == "SHA256" and _SHA256.fullmatch(value):
            yield Digest(value.lower())
    for value in (root.version, root.name):
        if match := _DIGEST.fullmatch(value):
            yield Digest(match[1])
    for purl in root.purls:
        if match := _PURL_DIGEST.fullmatch(purl):
            yield Digest(match[1].lower())
