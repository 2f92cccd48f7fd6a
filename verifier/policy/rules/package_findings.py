"""What is wrong with the packages of an SBOM, in words."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import PackageUrlError
from verifier.model.digest import Digest
from verifier.model.finding import Finding
from verifier.model.sbom import Package
from verifier.policy.interface import Case
from verifier.policy.package_choice import Certainty, PackageChoice, Told
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import package_label, package_words
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class PackageFindings:
    """Makes the findings of ``rule`` on the SBOM that the evidence ``source`` holds."""

    rule: str
    case: Case
    source: tuple[Digest, ...]

    def denied(self, choice: PackageChoice, package: Package, told: Told, text: str) -> Finding:
        """Say that ``package`` is one of ``choice``, or may be. ``text`` is its package URL, or empty."""
        reason = f": {safe(choice.reason)}" if choice.reason else ""
        if told.certainty is Certainty.YES:
            message = f"{package_words(package)} is denied ({choice}){reason}"
            hint = "leave the package out of the image, or bring it to a version that is not denied"
        else:
            name = package_words(package)
            message = f"it cannot be told whether {name} is denied ({choice}), for {told.why}{reason}"
            hint = "whoever makes the SBOM must state the package's version as its ecosystem writes it"
        return denied(
            self.rule,
            self.case,
            message,
            code="PolicyError" if told.certainty is Certainty.YES else "SbomError",
            hint=hint,
            evidence=self.source,
            package=package_label(package, text),
            element=package.path,
        )

    def unordered(self, choice: PackageChoice, kind: str, packages: list[Package]) -> Finding:
        """Say once for all ``packages`` of the type ``kind`` that their versions cannot be compared."""
        more = f" and {len(packages) - 1} more" if len(packages) > 1 else ""
        reason = f": {safe(choice.reason)}" if choice.reason else ""
        return denied(
            self.rule,
            self.case,
            f"it cannot be told whether {package_words(packages[0])}{more} of the type {safe(kind, limit=30)}"
            f" {'are' if more else 'is'} denied ({choice}), for the versions of that type have no known"
            f" order{reason}",
            code="SbomError",
            hint="name the versions that are denied, as in '=1.2.3 || =1.2.4', or leave out 'versions'",
            evidence=self.source,
            package=package_label(packages[0]) if not more else None,
            element=packages[0].path,
        )

    def unreadable(self, package: Package, text: str, error: PackageUrlError) -> Finding:
        """Say that the package URL ``text`` of ``package`` cannot be read."""
        return denied(
            self.rule,
            self.case,
            f"it cannot be told whether {package_words(package)} is denied, for {error.message}",
            code=error.code,
            hint="whoever makes the SBOM must write the package URL as the purl specification has it",
            evidence=self.source,
            package=package_label(package, text),
            element=package.path,
        )

    def missing(self, choice: PackageChoice, found: str) -> Finding:
        """Say that no package is ``choice``; ``found`` says what is there instead, or nothing."""
        reason = f" ({safe(choice.reason)})" if choice.reason else ""
        return denied(
            self.rule,
            self.case,
            f"no package is {choice}, which is required{reason}{found}",
            hint="add the package to the image, or bring it to an accepted version; 'verify sbom show' lists"
            " what is there",
            evidence=self.source,
        )
