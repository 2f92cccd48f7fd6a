"""Semantic Versioning, and the orders that are nearly it."""

from __future__ import annotations

import re
from typing import Any

# https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, and a "v" before
# it as Go has it.
_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_BUILD = r"(?:\+(?P<build>[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
SEMVER = re.compile(
    rf"v?(?P<core>{_NUMBER}\.{_NUMBER}\.{_NUMBER})(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?{_BUILD}"
)
# pub_semver, patterns.dart: numbers may begin with zeros.
PUB = re.compile(
    rf"v?(?P<core>[0-9]+\.[0-9]+\.[0-9]+)(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?{_BUILD}"
)
NUGET = re.compile(
    r"(?P<core>[0-9]+(?:\.[0-9]+){0,3})(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?" + _BUILD
)
# https://bazel.build/external/module#version_format
BAZEL = re.compile(
    rf"(?=[^0-9]*[0-9])(?P<core>[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)"
    rf"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?{_BUILD}"
)

_INTEGER = re.compile(r"-?[0-9]+")
_INT32 = 2**31


def semver(text: str) -> Any:
    """Semantic Versioning 2.0.0, clause 11. What follows a + has no place in it."""
    core, pre, _ = _parts(SEMVER, text)
    return [int(number) for number in core.split(".")], _before_none(pre)


def with_build(text: str) -> Any:
    """pub_semver and Julia's VersionNumber: what follows a + is newer than nothing, and is compared."""
    core, pre, build = _parts(PUB, text)
    return [int(number) for number in core.split(".")], _before_none(pre), _identifiers(build)


def bitnami(text: str) -> Any:
    """Bitnami's go-version: what follows the hyphen is a revision, and newer than none."""
    core, revision, _ = _parts(SEMVER, text)
    return [int(number) for number in core.split(".")], _identifiers(revision)


def bazel(text: str) -> Any:
    """Bazel's modules: Semantic Versioning with any number of identifiers, which may have letters.

    Numbers that are equal are compared as texts then.
    """
    core, pre, _ = _parts(BAZEL, text)
    return _bazel_identifiers(core), (not pre, _bazel_identifiers(pre))


def _bazel_identifiers(text: str) -> list[tuple[bool, int, str]]:
    parts = text.split(".") if text else []
    return [(False, int(part), part) if part.isdigit() else (True, 0, part) for part in parts]


def nuget(text: str) -> Any:
    """NuGet.Versioning: up to four numbers, and labels whose case does not count.

    A label is a number only where it fits 32 bits, the sign included.
    """
    core, pre, _ = _parts(NUGET, text)
    numbers = [int(number) for number in core.split(".")]
    labels = [_nuget_label(label) for label in pre.upper().split(".")] if pre else []
    return [*numbers, 0, 0, 0][:4], not labels, labels


def _nuget_label(label: str) -> tuple[bool, int, str]:
    if _INTEGER.fullmatch(label) and -_INT32 <= int(label) < _INT32:
        return (False, int(label), "")
    return (True, 0, label)


def _parts(syntax: re.Pattern[str], text: str) -> tuple[str, str, str]:
    match = syntax.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return match["core"], match["pre"] or "", match["build"] or ""


def _before_none(text: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Identifiers of what comes before a release, so that having some is older than having none."""
    return (not text, _identifiers(text))


def _identifiers(text: str) -> list[tuple[bool, int, str]]:
    """Numbers before words; the longer list after its own beginning."""
    parts = text.split(".") if text else []
    return [(False, int(part), "") if part.isdigit() else (True, 0, part) for part in parts]
