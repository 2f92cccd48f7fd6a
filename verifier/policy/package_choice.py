"""A choice of packages in a policy: by package URL or by name, of any version or of some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, Self

from verifier.errors import InputError, VersionError
from verifier.model.sbom import Package
from verifier.packages.purls import PackageUrl, normal_version
from verifier.packages.versions import VersionRange
from verifier.policy.interface import OptionError
from verifier.policy.packages import PackagePattern, is_called, package_name
from verifier.text import safe


class Certainty(IntEnum):
    """Whether a package is one of a choice; for a rule that denies, the highest of several is the worst."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Told(NamedTuple):
    """An answer, and why it is not yes; ``""`` where there is nothing to say.

    ``unordered`` is the package URL type whose versions have no order that is known, where that is why: it
    is the same for every package of that type.
    """

    certainty: Certainty
    why: str = ""
    unordered: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PackageChoice:
    """The packages of ``pattern``, or those called ``name``, in ``versions`` where there are any.

    ``reason`` is for people. It is equal to itself alone: it is a key for every package that it may be of.
    """

    pattern: PackagePattern | None
    name: str
    versions: VersionRange | None
    reason: str

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Self:
        """Make it from ``purl`` or ``name``, ``versions`` and ``reason``. Raises `OptionError`."""
        if ("purl" in options) == ("name" in options):
            raise OptionError("it needs a purl or a name, and not both")
        pattern = _at("purl", PackagePattern.parse, options["purl"]) if "purl" in options else None
        versions = _at("versions", VersionRange.parse, options["versions"]) if "versions" in options else None
        if pattern is not None and versions is not None:
            if pattern.purl.version:
                raise OptionError("the purl has a version, so a range can add nothing", path=("versions",))
            _at("versions", versions.check, pattern.purl.type)
        name = _at("name", package_name, options["name"]) if "name" in options else ""
        return cls(pattern, name, versions, options.get("reason", ""))

    def matches(self, package: Package, purl: PackageUrl | None) -> bool:
        """Whether ``package``, by its name or as ``purl`` has it, is certainly one of the packages.

        Its version aside; None is no package URL.
        """
        if self.pattern is None:
            return is_called(self.name, package.name, purl)
        return purl is not None and self.pattern.matches(purl._replace(version=self.pattern.purl.version))

    def covers(self, package: Package, purl: PackageUrl | None) -> Told:
        """Whether ``package``, found under ``purl`` or its name, is of the versions.

        A package states its version twice, and any of the two that is of the versions decides. One that is
        no version of its ecosystem is ignored where its package URL states another.
        """
        wanted = self.pattern.purl.version if self.pattern else ""
        if not wanted and self.versions is None:
            return Told(Certainty.YES)
        stated = _versions(package, purl)
        if not stated:
            return Told(Certainty.UNKNOWN, "it states no version")
        if self.versions is None:
            kind = self.pattern.purl.type if self.pattern else ""
            same = wanted in {normal_version(kind, version) for version in stated}
            same = same or (purl is not None and wanted == purl.version)
            return Told(Certainty.YES if same else Certainty.NO)
        kind = purl.type if purl else self.pattern.purl.type if self.pattern else ""
        if not kind:
            return Told(Certainty.UNKNOWN, "it has no package URL to say how its version compares")
        if self.pattern is None:
            try:
                self.versions.check(kind)
            except InputError as error:
                unordered = kind if self.versions.lacks_order(kind) else ""
                return Told(Certainty.UNKNOWN, error.message, unordered)
        return self._within(self.versions, kind, stated)

    def surely_covers(self, package: Package, purl: PackageUrl | None) -> Told:
        """The same for a rule to which a yes is welcome: none of the two versions may be outside."""
        told = self.covers(package, purl)
        if told.certainty is Certainty.YES and self.versions is not None and purl is not None:
            alone = (package._replace(version=""), purl), (package, purl._replace(version=""))
            if any(self.covers(*stated).certainty is Certainty.NO for stated in alone):
                return Told(Certainty.UNKNOWN, "it states two versions that differ in this")
        return told

    @staticmethod
    def _within(versions: VersionRange, kind: str, stated: tuple[str, ...]) -> Told:
        answers = []
        for version in stated:
            try:
                inside = versions.contains(kind, version)
            except VersionError as error:
                answers.append(Told(Certainty.UNKNOWN, error.message))
            else:
                answers.append(Told(Certainty.YES if inside else Certainty.NO))
        decided = [told for told in answers if told.certainty is Certainty.YES]
        return (decided or answers)[0]

    def __str__(self) -> str:
        what = str(self.pattern) if self.pattern else f"called {safe(self.name, limit=100)}"
        return f"{what} {self.versions}" if self.versions else what


def _versions(package: Package, purl: PackageUrl | None) -> tuple[str, ...]:
    """What ``package`` states as its version: in ``purl`` first, where rpm's epoch is a qualifier."""
    if purl is None or not purl.version:
        return (package.version,) if package.version else ()
    epoch = dict(purl.qualifiers).get("epoch", "") if purl.type == "rpm" and ":" not in purl.version else ""
    full = f"{epoch}:{purl.version}" if epoch else purl.version
    return (full,) if package.version in {"", full, purl.version} else (full, package.version)


def _at(key: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except InputError as error:
        raise OptionError(error.message, path=(key,), hint=error.hint) from None
