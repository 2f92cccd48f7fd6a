"""What kind of thing an entry of an SBOM stands for."""

from __future__ import annotations

import re

from verifier.model.sbom import Package

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGE_PURL = re.compile(r"pkg:(?:oci|docker)/", re.IGNORECASE)


def is_image(package: Package) -> bool:
    """Whether ``package`` stands for an image, manifest, index or layer, and not for what is inside one.

    By its package URLs where it has any. Generators that write none name an image by its digest, or give
    its purpose.
    """
    if package.purls:
        return all(map(_IMAGE_PURL.match, package.purls))
    return package.purpose == "CONTAINER" or any(map(_DIGEST.fullmatch, (package.name, package.version)))


def is_whole(package: Package) -> bool:
    """Whether ``package`` stands for a whole: an image, or the operating system that other packages make up.

    Such an entry is no software of its own. Generators give it neither licence nor supplier.
    """
    return is_image(package) or (not package.purls and package.purpose in _OPERATING_SYSTEM)


# As SPDX 2.3 writes it in JSON and in tag-value.
_OPERATING_SYSTEM = frozenset({"OPERATING_SYSTEM", "OPERATING-SYSTEM"})
