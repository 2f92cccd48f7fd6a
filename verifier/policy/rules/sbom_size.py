"""The SBOM lists not too few and not too many packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.limits import SBOM_PACKAGES
from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.sbom_facts import contents, software


@dataclass(frozen=True, slots=True)
class SbomSize:
    """The number of packages is at least ``least`` and at most ``most``."""

    id: ClassVar[str] = "sbom-size"
    evidence: Evidence
    least: int
    most: int | None

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
        most = "" if self.most is None else f" and at most {self.most}"
        return f"at least {self.least}{most} packages are in {self.evidence.each()}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the SBOM lists as many packages as the policy wants",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        count = len(contents(sbom))
        if count < self.least:
            wanted, hint = f"at least {self.least}", "was the SBOM made of the whole image?"
        elif self.most is not None and (count := len(software(sbom))) > self.most:
            wanted, hint = f"at most {self.most}", "leave out of the image what it does not need"
        else:
            return
        listed = "1 package" if count == 1 else f"{count} packages"
        yield denied(
            self.id,
            case,
            f"the SBOM lists {listed}, and the policy wants {wanted}",
            hint=hint,
            evidence=(statement.evidence,),
        )


def build(options: Mapping[str, Any], context: Context) -> SbomSize:
    """Make the rule from its options. Raises `OptionError`."""
    if not {"min", "max"} & options.keys():
        raise OptionError("it has no bound", hint="add min, or max, or both")
    least, most = options.get("min", 1), options.get("max")
    if most is not None and most < least:
        raise OptionError(f"no number is at least {least} and at most {most}", path=("max",))
    return SbomSize(read_sbom_evidence(SbomSize.id, options, context), least, most)


_NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": SBOM_PACKAGES}

SPEC = RuleSpec(
    id=SbomSize.id,
    title="Number of packages",
    what="""\
Every SBOM of the platform lists at least `min` and at most `max` packages. Too few are the sign of an SBOM
that was not made of the whole image, too many of an image that holds more than it needs. Entries for the
image itself, its layers and its operating system are not counted. What CycloneDX calls external, optional or
excluded counts for `max` alone.""",
    options={
        "min": {**_NUMBER, "description": "The smallest number. Default: 1."},
        "max": {**_NUMBER, "description": "The largest number. Default: none."},
        **SBOM_OPTIONS,
    },
    example="""\
- sbom-size: {min: 5, max: 400}
""",
    fix="Look at the packages with `verify sbom show IMAGE`: what is missing, what need not be there?",
    build=build,
)
