"""How the versions of each ecosystem are written, and what orders them.

Versions that do not follow their ecosystem's syntax have no place in its order, so each scheme says first
what a version is. univers orders what its ports of the native tools order right (deb, rpm, PyPI, Maven,
NuGet, RubyGems); it coerces text that is no semantic version into one, and does not know all of apk's
suffixes, so these two have an order of their own here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_APK = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~(?P<commit>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?"
)
_APK_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
# Those below nought come before the plain version, the others after it.
_APK_ORDER = {
    "alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5
}  # fmt: skip

# https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, and a "v" before
# it as Go has it.
_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMVER = re.compile(
    rf"v?(?P<core>{_NUMBER}\.{_NUMBER}\.{_NUMBER})(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
# Version specifiers, appendix "Parsing version strings with regular expressions" (PEP 440).
_PYPI = re.compile(
    r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
# deb-version(7): an upstream version starts with a digit.
_DEB = re.compile(r"(?:[0-9]+:)?[0-9][A-Za-z0-9.+~]*(?:-[A-Za-z0-9.+~]+)*")
_RPM = re.compile(r"(?:[0-9]+:)?[0-9][A-Za-z0-9._+~^]*(?:-[A-Za-z0-9._+~^]+)?")
_MAVEN = re.compile(r"[0-9][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*")
# POM reference, "Version Order Specification": these three are the release itself.
_MAVEN_RELEASE = re.compile(r"[.-](?:ga|final|release)\Z", re.IGNORECASE)
_NUGET = re.compile(
    r"[0-9]+(?:\.[0-9]+){0,3}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_GEM = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The versions of one ecosystem, ``name``.

    ``syntax`` matches the whole of one. ``key`` makes of one that matches a value that orders by ``<``.
    ``release`` matches what follows the version of the packaged software: the release of its packaging, or
    of a local build. With ``has_epochs``, a number and a colon may stand before it.
    """

    name: str
    syntax: re.Pattern[str]
    key: Callable[[str], Any]
    release: re.Pattern[str] | None = None
    has_epochs: bool = False


def _apk(text: str) -> Any:
    """The order that apk-tools 3 gives: numbers, letter, suffixes, commit, revision.

    Each may be absent, which comes before its being there; only a suffix for something before the release
    comes before none. A number with a leading zero, but for the first, is compared as digits of a fraction.
    """
    match = _APK.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first, *rest = match["numbers"].split(".")
    numbers = [(1, int(first), "")]
    numbers += [(0, 0, part) if part.startswith("0") else (1, int(part), "") for part in rest]
    suffixes = [
        (_APK_ORDER[name], int(number) if number else -1)
        for name, number in _APK_SUFFIX.findall(match["suffixes"])
    ]
    revision = match["revision"]
    return (
        numbers,
        match["letter"],
        [*suffixes, (0, 0)],
        match["commit"] or "",
        int(revision) if revision else -1,
    )


def _semver(text: str) -> Any:
    """The order of Semantic Versioning 2.0.0, clause 11. What follows a + has no place in it."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    core = [int(number) for number in match["core"].split(".")]
    if match["pre"] is None:
        return (core, 1, [])
    identifiers = match["pre"].split(".")
    return (core, 0, [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in identifiers])


def _maven(text: str) -> Any:
    from univers.versions import MavenVersion

    return MavenVersion(_MAVEN_RELEASE.sub("", text))


def _by_univers(kind: str) -> Callable[[str], Any]:
    def key(text: str) -> Any:
        from univers import versions

        return getattr(versions, kind)(text)

    return key


SEMVER = Scheme("semver", _SEMVER, _semver)
_SCHEMES = (
    Scheme("apk", _APK, _apk, re.compile(r"-r[0-9]+\Z")),
    Scheme("deb", _DEB, _by_univers("DebianVersion"), re.compile(r"-[^-]*\Z"), has_epochs=True),
    Scheme("gem", _GEM, _by_univers("RubygemsVersion")),
    Scheme("maven", _MAVEN, _maven),
    Scheme("nuget", _NUGET, _by_univers("NugetVersion")),
    Scheme("pypi", _PYPI, _by_univers("PypiVersion"), re.compile(r"\+.*\Z")),
    Scheme("rpm", _RPM, _by_univers("RpmVersion"), re.compile(r"-[^-]*\Z"), has_epochs=True),
)
_BY_TYPE = {scheme.name: scheme for scheme in _SCHEMES}


def scheme_of(ecosystem: str) -> Scheme:
    """The scheme of a package URL type; semantic versioning where the type has none of its own."""
    return _BY_TYPE.get(ecosystem, SEMVER)
