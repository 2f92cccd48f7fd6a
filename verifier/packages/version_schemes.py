"""Which order the versions of a package URL type have, and how they are written.

Versions that do not follow their ecosystem's syntax have no place in its order, so each scheme says first
what a version is. A type that is not listed has no order that is known: its versions are equal or not, letter
by letter, and no bound can be held against them. ADR 18 tells where each order comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from verifier.packages.orders import distributions, languages, semantic
from verifier.packages.orders.conda import CONDA, conda
from verifier.packages.orders.maven import MAVEN, Maven


@dataclass(frozen=True, slots=True)
class Scheme:
    """The versions of one ecosystem, ``name``.

    ``syntax`` matches the whole of one. ``key`` makes of one that matches a value that orders by ``<``; None
    where no order is known. ``release`` matches what follows the version of the packaged software: the
    release of its packaging, or of a local build. With ``always_released``, a version without one may be any
    release of it. With ``has_epochs``, a number and a colon may stand before it.
    """

    name: str
    syntax: re.Pattern[str]
    key: Callable[[str], Any] | None
    release: re.Pattern[str] | None = None
    always_released: bool = False
    has_epochs: bool = False

    @property
    def is_ordered(self) -> bool:
        """Whether there is an order."""
        return self.key is not None


_RELEASE: Final = re.compile(r"-[^-]*\Z")
_SEMVER: Final = Scheme("semver", semantic.SEMVER, semantic.semver)
_SEMVER_TYPES: Final = ("cargo", "golang", "hex", "npm", "swift", "vscode-extension")
_SCHEMES: Final = (
    Scheme("alpm", distributions.ALPM, distributions.alpm, _RELEASE, always_released=True, has_epochs=True),
    Scheme("apk", distributions.APK, distributions.apk, re.compile(r"-r[0-9]+\Z")),
    Scheme("bazel", semantic.BAZEL, semantic.bazel),
    Scheme("bitnami", semantic.SEMVER, semantic.bitnami),
    Scheme("chrome-extension", languages.CHROME, languages.padded_numbers),
    Scheme("composer", languages.COMPOSER, languages.composer),
    Scheme("conan", languages.CONAN, languages.conan),
    Scheme("conda", CONDA, conda),
    Scheme("cpan", languages.CPAN, languages.cpan),
    Scheme("cran", languages.CRAN, languages.numbers),
    Scheme("deb", distributions.DEB, distributions.deb, _RELEASE, has_epochs=True),
    Scheme("gem", languages.GEM, languages.gem),
    Scheme("hackage", languages.NUMBERS, languages.numbers),
    Scheme("julia", semantic.PUB, semantic.with_build),
    Scheme(
        "luarocks", languages.LUAROCKS, languages.luarocks, re.compile(r"-[0-9]+\Z"), always_released=True
    ),
    Scheme("maven", MAVEN, Maven),
    Scheme("nuget", semantic.NUGET, semantic.nuget),
    Scheme("opam", distributions.OPAM, distributions.opam),
    Scheme("pub", semantic.PUB, semantic.with_build),
    Scheme("pypi", languages.PYPI, languages.pypi, re.compile(r"\+.*\Z")),
    Scheme("rpm", distributions.RPM, distributions.rpm, _RELEASE, always_released=True, has_epochs=True),
)
_BY_TYPE: Final = {scheme.name: scheme for scheme in _SCHEMES} | dict.fromkeys(_SEMVER_TYPES, _SEMVER)
_ANY_TEXT: Final = re.compile(r"[^\x00-\x20\x7f-\xa0]+")

ORDERED_TYPES: Final = frozenset(_BY_TYPE)


def scheme_of(ecosystem: str) -> Scheme:
    """The scheme of a package URL type; one without an order where none is known."""
    return _BY_TYPE.get(ecosystem) or Scheme(ecosystem, _ANY_TEXT, None)
