"""The SBOM says something about the packages that it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast, get_args

from verifier.limits import SBOM_PACKAGES
from verifier.model.finding import Finding
from verifier.model.sbom import Package, Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import UNSTATED, names_somebody, package_words
from verifier.policy.rules.sbom_facts import connected, contents
from verifier.text import safe

Connected = Literal["all", "any", "ignore"]

_SHOWN = 3
_MEMBERS: Mapping[str, tuple[str, Callable[[Package], bool]]] = {
    "purls": ("a package URL", lambda package: bool(package.purls)),
    "versions": ("a version", lambda package: package.version.strip() not in UNSTATED),
    "checksums": ("a checksum", lambda package: bool(package.checksums)),
    "suppliers": ("a supplier", lambda package: names_somebody(package.supplier)),
    "licenses": (
        "a licence",
        lambda package: not UNSTATED.issuperset((package.license_declared, package.license_concluded)),
    ),
}


@dataclass(frozen=True, slots=True)
class SbomComplete:
    """There are at least ``least`` packages, ``linked`` to what the document describes.

    ``shares`` says of how many in a hundred each member of `_MEMBERS` must be stated.
    """

    id: ClassVar[str] = "sbom-complete"
    evidence: Evidence
    least: int
    linked: Connected
    shares: tuple[tuple[str, int], ...]

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
        linked = {"all": ", all", "any": ", at least one", "ignore": ", whether or not"}[self.linked]
        of_what = f"{linked} connected with what it describes"
        shares = "".join(f", {share} % of them with {_MEMBERS[member][0]}" for member, share in self.shares)
        count = "one package is" if self.least == 1 else f"{self.least} packages are"
        return f"at least {count} listed{of_what}{shares}, in {self.evidence.each()}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the SBOM is as complete as the policy wants",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        packages = contents(sbom)
        for problem in self._problems(packages, sbom):
            yield denied(
                self.id,
                case,
                problem,
                hint="have the SBOM made by a tool, or with settings, that state it; ask who built the image",
                evidence=(statement.evidence,),
            )

    def _problems(self, packages: Sequence[Package], sbom: Sbom) -> Iterator[str]:
        if len(packages) < self.least:
            yield (
                f"the SBOM lists {len(packages)} packages beside the image and its operating system, and the"
                f" policy wants at least {self.least}"
            )
        if self.linked != "ignore":
            yield from self._loose(packages, sbom)
        for member, wanted in self.shares:
            what, states = _MEMBERS[member]
            lacking = [package for package in packages if not states(package)]
            # Whole numbers, so that 99 of 100 are never 99.0000001 per cent.
            if (len(packages) - len(lacking)) * 100 < wanted * len(packages):
                yield (
                    f"{len(lacking)} of {len(packages)} packages lack {what}, and the policy wants it of"
                    f" {wanted} %: {_listed(lacking)}"
                )

    def _loose(self, packages: Sequence[Package], sbom: Sbom) -> Iterator[str]:
        if not sbom.describes:
            yield "the SBOM does not say what it describes"
            return
        linked = connected(sbom)
        loose = [package for package in packages if package.element_id not in linked]
        if not loose or (self.linked == "any" and len(loose) < len(packages)):
            return
        number = f"{len(loose)} of {len(packages)} packages are" if self.linked == "all" else "no package is"
        listed = f": {_listed(loose)}" if self.linked == "all" else ""
        word = "not connected" if self.linked == "all" else "connected"
        yield f"{number} {word} by relationships with what the SBOM describes{listed}"


def _listed(packages: Sequence[Package]) -> str:
    names = [package_words(package) for package in packages[:_SHOWN]]
    more = [f"{len(packages) - _SHOWN} more"] if len(packages) > _SHOWN else []
    return safe(", ".join([*names, *more]))


def build(options: Mapping[str, Any], context: Context) -> SbomComplete:
    """Make the rule from its options. Raises `OptionError`."""
    return SbomComplete(
        read_sbom_evidence(SbomComplete.id, options, context),
        options.get("packages", 1),
        cast(Connected, options.get("connected", "any")),
        tuple((member, options[member]) for member in _MEMBERS if member in options),
    )


SPEC = RuleSpec(
    id=SbomComplete.id,
    title="Completeness of the SBOM",
    what="""\
Every SBOM of the platform says something: it lists packages, they have to do with what it describes, and as
many of them as the policy wants have the members that other tools need to work with them. A document can be
wellformed and hollow: nothing but the image and an operating system, or packages without versions and package
URLs, which no scanner can use.

`connected` is about the relationships of the document: whether `all` packages, or `any` one, can be reached
from what it describes over relationships of whatever kind and direction. In CycloneDX these are the
dependencies. The other options are shares in per cent. Entries for the image itself, its layers and its
operating system are not counted, nor is what CycloneDX calls external, optional or excluded. What an SBOM
leaves out, nobody can see in it.""",
    options={
        "packages": {
            "type": "integer",
            "minimum": 1,
            "maximum": SBOM_PACKAGES,
            "description": "The smallest number of packages. Default: 1.",
        },
        "connected": {
            "enum": list(get_args(Connected)),
            "description": "Which packages must be connected with what the SBOM describes. Default: any.",
        },
        **{
            member: {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "description": f"The share of packages with {what}, in per cent. Default: none.",
            }
            for member, (what, _) in _MEMBERS.items()
        },
        **SBOM_OPTIONS,
    },
    example="""\
- sbom-complete: {packages: 5, purls: 95, versions: 100}
""",
    fix="Have the SBOM made by a tool, or with settings, that state what is missing.",
    build=build,
)
