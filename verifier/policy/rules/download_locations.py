"""Where the packages come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, at, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import UNSTATED, package_label, package_words
from verifier.policy.urls import UrlPrefix, is_below
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class DownloadLocations:
    """Every package was downloaded from below one of ``allow``, or says nothing and ``missing_allowed``."""

    id: ClassVar[str] = "download-locations"
    evidence: Evidence
    allow: tuple[UrlPrefix, ...]
    missing_allowed: bool

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return self.evidence.withheld

    def asks(self) -> str:
        """See `Rule.asks`."""
        missing = ", or is not stated" if self.missing_allowed else ""
        return (
            f"the download location of every package is below {' or '.join(map(str, self.allow))}{missing},"
            f" in {self.evidence.each()}"
        )

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the download location of every package is allowed",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        for package in sbom.packages:
            location = package.download_location
            if location in UNSTATED:
                problem = None if self.missing_allowed else "does not say where it comes from"
                hint = "whoever makes the SBOM must state it; on-missing: allow lets such packages pass"
                found = f" ({safe(location) or 'no download location'})"
            else:
                problem = self._problem(location)
                hint = "allow the place, if you trust it, or take the package from another one"
                found = f": {safe(location, limit=300)}"
            if problem is None:
                continue
            yield denied(
                self.id,
                case,
                f"{package_words(package)} {problem}{found}",
                hint=hint,
                evidence=(statement.evidence,),
                package=package_label(package),
                element=f"{package.path}.downloadLocation" if location else package.path,
            )

    def _problem(self, location: str) -> str | None:
        try:
            return None if is_below(location, self.allow) else "comes from a place that is not allowed"
        except ValueError as error:
            return f"comes from a place that cannot be compared, for {error}"


def build(options: Mapping[str, Any], context: Context) -> DownloadLocations:
    """Make the rule from its options. Raises `OptionError`."""
    return DownloadLocations(
        read_sbom_evidence(DownloadLocations.id, options, context),
        tuple(at(("allow", n), UrlPrefix.parse, text) for n, text in enumerate(options["allow"])),
        missing_allowed=options.get("on-missing", "fail") == "allow",
    )


SPEC = RuleSpec(
    id=DownloadLocations.id,
    title="Download locations",
    what="""\
Every package in every SPDX document of the platform says that it was downloaded from a place that is allowed.

Each of `allow` is the beginning of a URL. Scheme, host and port are compared whole, the path part by part:
`https://example.com/org` is the beginning of `https://example.com/org/app`, and not of
`https://example.com/org-evil`. A version control location has a scheme of its own and is allowed as such:
`git+https://github.com/org/`. A location with a user name, with dots for a part of its path or with
characters that no URL has is never allowed, whatever it begins with.

A package without a location, with `NOASSERTION` or with `NONE` fails unless `on-missing` says otherwise. Most
generators state none, and CycloneDX has no such member.""",
    options={
        "allow": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": 2048},
            "description": "Beginnings of URLs: https://packages.example.com/stable/.",
        },
        "on-missing": {
            "enum": ["fail", "allow"],
            "description": "What becomes of packages without a location. Default: fail.",
        },
        **SBOM_OPTIONS,
    },
    required=("allow",),
    example="""\
- download-locations:
    allow: ["https://packages.example.com/stable/", "git+https://github.com/org/"]
    on-missing: allow
""",
    fix="See where the package comes from; allow the place if you trust it, or take it from another.",
    build=build,
)
