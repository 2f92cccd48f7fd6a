"""The orders of Linux distributions' package managers, and of opam, which took Debian's."""

from __future__ import annotations

import re
from typing import Any

APK = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~(?P<commit>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?"
)
# deb-version(7): an upstream version starts with a digit.
DEB = re.compile(r"(?:[0-9]+:)?[0-9][A-Za-z0-9.+~]*(?:-[A-Za-z0-9.+~]+)*")
# A letter may come first (r2024.1). What has no digit at all is a word and no version.
RPM = re.compile(r"(?:[0-9]+:)?(?=[^0-9-]*[0-9])[A-Za-z0-9][A-Za-z0-9._+~^]*(?:-[A-Za-z0-9._+~^]+)?")
# PKGBUILD(5): pkgver has no hyphen, colon or slash. That it ends with a separator never happens.
ALPM = re.compile(
    r"(?:[0-9]+:)?(?=[^0-9-]*[0-9])[A-Za-z0-9]+(?:[._+~]+[A-Za-z0-9]+)*(?:-[0-9]+(?:\.[0-9]+)?)?"
)
OPAM = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9][A-Za-z0-9._+~-]*")

_APK_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
# Those below nought come before the plain version, the others after it.
_APK_ORDER = {
    "alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5
}  # fmt: skip
_DEB_PART = re.compile(r"([^0-9]*)([0-9]*)")
_RPM_PART = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_ALPM_PART = re.compile(r"([^A-Za-z0-9]*)([0-9]+|[A-Za-z]+)")

# What the end of an rpm version is to each kind of part that the other may go on with.
_RPM_TILDE, _RPM_END, _RPM_CARET, _RPM_LETTERS, _RPM_DIGITS = range(5)
_ALPM_LETTERS, _ALPM_END, _ALPM_DIGITS = range(3)


def apk(text: str) -> Any:
    """The order that apk-tools 3 gives: numbers, letter, suffixes, commit, revision.

    Each may be absent, which comes before its being there; only a suffix for something before the release
    comes before none. A number with a leading zero, but for the first, is compared as digits of a fraction.
    """
    match = APK.fullmatch(text)
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


def deb(text: str) -> Any:
    """deb-version(7): epoch, upstream version, revision; no revision is the revision 0."""
    epoch, rest = _epoch(text)
    upstream, hyphen, revision = rest.rpartition("-")
    return epoch, opam(upstream if hyphen else rest), opam(revision if hyphen else "0")


def opam(text: str) -> Any:
    """deb-version(7), "Sorting algorithm": runs of other characters and of digits, in turns.

    Letters sort before all others, and a tilde before anything, even the end.
    """
    parts = [
        ((*map(_deb_weight, others), 0), int(digits or 0))
        for others, digits in _DEB_PART.findall(text)
        if others or digits
    ]
    return [*parts, ((0,), 0)]


def _deb_weight(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 0x100


def rpm(text: str) -> Any:
    """Epoch, version and release, the latter two by rpmvercmp (rpm-version(7))."""
    epoch, rest = _epoch(text)
    version, _, release = rest.partition("-")
    return epoch, _rpm_parts(version), _rpm_parts(release)


def _rpm_parts(text: str) -> list[tuple[int, int, str]]:
    """Runs of digits and of letters; what stands between them does not count, except for ~ and ^."""
    parts = [_rpm_part(part) for part in _RPM_PART.findall(text)]
    return [*parts, (_RPM_END, 0, "")]


def _rpm_part(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return (_RPM_DIGITS, int(part), "")
    kind = {"~": _RPM_TILDE, "^": _RPM_CARET}.get(part, _RPM_LETTERS)
    return (kind, 0, part)


def alpm(text: str) -> Any:
    """vercmp(8) of pacman. It is an older rpmvercmp: letters right after a number come before its end, and
    the longer separator is the newer one.
    """
    epoch, rest = _epoch(text)
    version, _, release = rest.partition("-")
    return epoch, _alpm_parts(version), _alpm_parts(release)


def _alpm_parts(text: str) -> list[tuple[int, int, int, str]]:
    parts = [
        (len(separator), _ALPM_DIGITS, int(part), "")
        if part.isdigit()
        else (len(separator), _ALPM_LETTERS, 0, part)
        for separator, part in _ALPM_PART.findall(text)
    ]
    return [*parts, (0, _ALPM_END, 0, "")]


def _epoch(text: str) -> tuple[int, str]:
    epoch, colon, rest = text.partition(":")
    return (int(epoch), rest) if colon else (0, text)
