"""The SBOM has the minimum elements of NTIA."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.sbom import Package, Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import (
    UNSTATED,
    names_somebody,
    package_label,
    package_words,
)
from verifier.policy.rules.sbom_facts import contents, latest_possible, software, stated_time, time_place
from verifier.text import rfc3339

_DOCUMENT = "SPDXRef-DOCUMENT"
_OF_PACKAGES: Mapping[str, tuple[str, Callable[[Package], bool]]] = {
    "supplier": ("supplier", lambda package: names_somebody(package.supplier)),
    "name": ("name", lambda package: package.name.strip() not in UNSTATED),
    "version": ("version", lambda package: package.version.strip() not in UNSTATED),
    "identifier": (
        "identifier that is known elsewhere (package URL or checksum)",
        lambda package: bool(package.purls or package.checksums),
    ),
}
_ELEMENTS = (*_OF_PACKAGES, "relationship", "author", "timestamp")


@dataclass(frozen=True, slots=True)
class Ntia:
    """All of ``elements`` are there."""

    id: ClassVar[str] = "ntia"
    evidence: Evidence
    elements: tuple[str, ...]

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
        left_out = [element for element in _ELEMENTS if element not in self.elements]
        but = f", and need not have {' or '.join(left_out)}" if left_out else ""
        return f"{self.evidence.each()} has NTIA's minimum elements {', '.join(self.elements)}{but}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the SBOM has the minimum elements that the policy wants",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        for message, place in self._of_document(statement, sbom, case):
            yield self._finding(message, place, statement, case)
        if not contents(sbom):
            yield self._finding(
                "the SBOM lists no package beside the image and its operating system", "", statement, case
            )
        wanted = [_OF_PACKAGES[element] for element in self.elements if element in _OF_PACKAGES]
        related = _related(sbom)
        for package in software(sbom):
            lacks = [what for what, states in wanted if not states(package)]
            if "relationship" in self.elements and package.element_id not in related:
                lacks.append("relationship with another package")
            if lacks:
                message = f"{package_words(package)} has no {', no '.join(lacks)}"
                yield self._finding(message, package.path, statement, case, package)

    def _of_document(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[tuple[str, str]]:
        """What the document lacks as a whole, and where."""
        if "author" in self.elements and not any(map(_is_author, sbom.creators)):
            place = "$.creationInfo.creators" if sbom.format.startswith("SPDX") else "$.metadata"
            yield "the SBOM does not say who made it: no person and no organisation", place
        if "timestamp" in self.elements:
            created = stated_time(sbom)
            if created is None:
                written = f" ({rfc3339(sbom.created)} is a placeholder)" if sbom.created else ""
                yield f"the SBOM does not say when it was made{written}", time_place(sbom)
            elif created > latest_possible(statement, case.now):
                yield "the SBOM says that it was made after it was signed", time_place(sbom)

    def _finding(
        self,
        message: str,
        place: str,
        statement: VerifiedStatement,
        case: Case,
        package: Package | None = None,
    ) -> Finding:
        return denied(
            self.id,
            case,
            message,
            hint="whoever makes the SBOM must state it; 'except' leaves single elements out",
            evidence=(statement.evidence,),
            package=package_label(package) if package else None,
            element=place or None,
        )


def _is_author(creator: str) -> bool:
    kind, _, name = creator.partition(": ")
    return kind in {"Person", "Organization"} and name.strip() not in UNSTATED


def _related(sbom: Sbom) -> set[str]:
    """The elements that are in a relation to the document or to another package, and not to files alone."""
    known = {_DOCUMENT, *sbom.describes, *(package.element_id for package in sbom.packages)}
    found: set[str] = set()
    for source, _, target in sbom.relationships:
        if source != target and source in known and target in known:
            found.add(source)
            found.add(target)
    return found


def build(options: Mapping[str, Any], context: Context) -> Ntia:
    """Make the rule from its options. Raises `OptionError`."""
    left_out = options.get("except", ())
    elements = tuple(element for element in _ELEMENTS if element not in left_out)
    if not elements:
        raise OptionError("it leaves out every element", path=("except",))
    return Ntia(read_sbom_evidence(Ntia.id, options, context), elements)


SPEC = RuleSpec(
    id=Ntia.id,
    title="NTIA minimum elements",
    what="""\
Every SBOM of the platform has the data fields of "The Minimum Elements For a Software Bill of Materials"
(NTIA, July 2021):

| element | what must be there |
| --- | --- |
| `supplier` | the supplier of every package; `NOASSERTION` is none |
| `name` | its name |
| `version` | its version |
| `identifier` | a package URL or a checksum; the document's own identifiers mean nothing elsewhere |
| `relationship` | a relationship with another package or with the document; files do not count |
| `author` | a person or organisation among those who made the SBOM; a tool is none |
| `timestamp` | when it was made: not after it was signed, and no placeholder from before the year 2000 |

Entries for the image itself, its layers and its operating system are not judged. What must be there need not
be true: the rule sees that it is stated.""",
    options={
        "except": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": list(_ELEMENTS)},
            "description": f"Elements that may be missing: {', '.join(_ELEMENTS)}.",
        },
        **SBOM_OPTIONS,
    },
    example="""\
- ntia: {except: [supplier]}
""",
    fix="Have the SBOM made by a tool, or with settings, that state the element.",
    build=build,
)
