"""The SPDX License List: which identifiers there are, and what the deprecated ones mean today.

Identifiers of licences and exceptions are matched without regard to case (SPDX specification 2.3, annex D.2)
and come out as the list writes them. Nothing else is translated: a name that the list does not have stays
what it is, whatever friendlier thing it may look like.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_GNU_VERSIONS = {
    "AGPL": ("1.0", "3.0"),
    "GFDL": ("1.1", "1.2", "1.3"),
    "GPL": ("1.0", "2.0", "3.0"),
    "LGPL": ("2.0", "2.1", "3.0"),
}
_GNU_WITH = {
    "GPL-2.0-with-GCC-exception": ("GPL-2.0", "GCC-exception-2.0"),
    "GPL-2.0-with-autoconf-exception": ("GPL-2.0", "Autoconf-exception-2.0"),
    "GPL-2.0-with-bison-exception": ("GPL-2.0", "Bison-exception-2.2"),
    "GPL-2.0-with-classpath-exception": ("GPL-2.0", "Classpath-exception-2.0"),
    "GPL-2.0-with-font-exception": ("GPL-2.0", "Font-exception-2.0"),
    "GPL-3.0-with-GCC-exception": ("GPL-3.0", "GCC-exception-3.1"),
    "GPL-3.0-with-autoconf-exception": ("GPL-3.0", "Autoconf-exception-3.0"),
}
_RENAMED = {
    "BSD-2-Clause-FreeBSD": ("BSD-2-Clause-Views", ""),
    "BSD-2-Clause-NetBSD": ("BSD-2-Clause", ""),
    "Nunit": ("zlib-acknowledgement", ""),
    "StandardML-NJ": ("SMLNJ", ""),
    "bzip2-1.0.5": ("bzip2-1.0.6", ""),
    "eCos-2.0": ("GPL-2.0-or-later", "eCos-exception-2.0"),
    "wxWindows": ("GPL-2.0-or-later", "WxWindows-exception-3.1"),
}


def _replacements() -> dict[str, tuple[str, str]]:
    """What the list says is used instead of each deprecated identifier: licence, and exception or ``""``.

    With the ``+`` that the GNU licences had before ``-or-later``.
    """
    found = dict(_RENAMED)
    for family, versions in _GNU_VERSIONS.items():
        for version in versions:
            name = f"{family}-{version}"
            found[name] = found[f"{name}-only"] = (f"{name}-only", "")
            for later in (f"{name}+", f"{name}-only+", f"{name}-or-later+"):
                found[later] = (f"{name}-or-later", "")
    for name, (license_, exception) in _GNU_WITH.items():
        found[name] = (f"{license_}-only", exception)
        found[f"{name}+"] = (f"{license_}-or-later", exception)
    return found


@dataclass(frozen=True, slots=True)
class LicenseList:
    """The list. Keys are in lower case, values as the list writes them, none of them deprecated for another.

    ``replacements`` gives licence and exception for what is deprecated, ``ambiguous`` are the old GNU
    identifiers that people take for a whole family (``gpl-2.0``).
    """

    version: str
    licenses: Mapping[str, str]
    exceptions: Mapping[str, str]
    replacements: Mapping[str, tuple[str, str]]
    ambiguous: frozenset[str]


@cache
def license_list() -> LicenseList:
    """The list that this program knows."""
    text = resources.files("verifier.policy").joinpath("spdx_license_list.json").read_text("utf-8")
    data = json.loads(text)
    replacements = {name.lower(): instead for name, instead in _replacements().items()}
    return LicenseList(
        version=data["version"],
        licenses={name.lower(): name for name in data["licenses"]},
        exceptions={name.lower(): name for name in data["exceptions"]},
        replacements=replacements,
        ambiguous=frozenset(
            f"{family}-{version}".lower()
            for family, versions in _GNU_VERSIONS.items()
            for version in versions
        ),
    )
