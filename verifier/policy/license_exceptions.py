"""Packages that may have other licences than the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from verifier.errors import PackageUrlError
from verifier.model.sbom import Package
from verifier.packages.purls import PackageUrl, read_purl
from verifier.policy.interface import OptionError
from verifier.policy.license_terms import UNSAID, LicenseTerms
from verifier.policy.package_choice import Certainty, PackageChoice
from verifier.policy.packages import PackageIndex


@dataclass(frozen=True, slots=True)
class Exemption:
    """What the packages of ``choice`` may have beside what all may; ``unsaid`` are words of `UNSAID`."""

    choice: PackageChoice
    terms: LicenseTerms
    unsaid: frozenset[str]

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """Make it from an item of a policy. Raises `OptionError`."""
        named = {key: value for key, value in item.items() if key != "allow"}
        unsaid = frozenset(word for word in item["allow"] if word in UNSAID)
        try:
            terms = LicenseTerms.read(item["allow"], apart_from=UNSAID)
        except OptionError as error:
            raise OptionError(error.message, path=("allow", *error.path), hint=error.hint) from None
        return cls(PackageChoice.read(named), terms, unsaid)

    def __str__(self) -> str:
        return f"{self.choice} may have {', '.join(filter(None, (str(self.terms), *sorted(self.unsaid))))}"


@dataclass(frozen=True, slots=True)
class Exemptions:
    """All of a rule, found by package."""

    items: tuple[Exemption, ...] = ()
    _index: PackageIndex[Exemption] = field(default_factory=PackageIndex, compare=False, repr=False)

    @classmethod
    def read(cls, items: Iterable[Mapping[str, Any]]) -> Self:
        """Make them from the items of a policy. Raises `OptionError` with the item's number."""
        found = []
        for number, item in enumerate(items):
            try:
                found.append(Exemption.read(item))
            except OptionError as error:
                raise OptionError(error.message, path=(number, *error.path), hint=error.hint) from None
        exemptions = cls(tuple(found))
        for exemption in found:
            if exemption.choice.pattern is not None:
                exemptions._index.add_pattern(exemption.choice.pattern, exemption)
            else:
                exemptions._index.add_name(exemption.choice.name, exemption)
        return exemptions

    def of(self, package: Package) -> tuple[Exemption, ...]:
        """Those that ``package`` certainly has: by all its package URLs, and by its name where it has none.

        One that cannot be read is another package's for all that is known.
        """
        if not self.items:
            return ()
        try:
            purls = {read_purl(text) for text in package.purls}
        except PackageUrlError:
            return ()
        wanted: set[PackageUrl | None] = {*purls} or {None}
        reached: dict[Exemption, set[PackageUrl | None]] = {}
        for exemption, purl in self._index.candidates(package.names, purls):
            choice = exemption.choice
            if (
                choice.matches(package, purl)
                and choice.surely_covers(package, purl).certainty is Certainty.YES
            ):
                reached.setdefault(exemption, set()).add(purl)
        return tuple(exemption for exemption, by in reached.items() if by == wanted)
