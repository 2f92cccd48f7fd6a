"""The SBOM is valid by its format's specification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied


@dataclass(frozen=True, slots=True)
class SbomValid:
    """The whole document is as the specification of its format asks."""

    id: ClassVar[str] = "sbom-valid"
    evidence: Evidence

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
        return f"{self.evidence.each()} is valid by the specification of its format"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, _: self._look(statement, case),
            "the SBOM is valid by the specification of its format",
        )

    def _look(self, statement: VerifiedStatement, case: Case) -> Iterator[Finding]:
        for problem in case.validate(statement):
            yield denied(
                self.id,
                case,
                f"{problem.element}: {problem.message}",
                code="SbomError",
                hint="whoever makes the SBOM must fix it; 'verify sbom check' shows all problems",
                evidence=(statement.evidence,),
            )


def build(options: Mapping[str, Any], context: Context) -> SbomValid:
    """Make the rule from its options. Raises `OptionError`."""
    return SbomValid(read_sbom_evidence(SbomValid.id, options, context))


SPEC = RuleSpec(
    id=SbomValid.id,
    title="Validity of the SBOM",
    what="""\
Every SBOM of the platform is valid by the specification of its format: by the official JSON schema of SPDX
2.2 or 2.3, or of CycloneDX 1.2 to 1.7 (for 1.2 and 1.3 the strict one), so that misspelt members and values
that are not listed are problems; and by what a schema cannot say. In SPDX spdx-tools checks that references
lead somewhere, that licences are expressions, and that addresses and identifiers are wellformed; in CycloneDX
the dependencies must name elements of the document. Each problem is a finding.

`type: spdx` or `type: cyclonedx` looks at documents of that format only. Some widely used generators write
documents that do not pass.""",
    options=SBOM_OPTIONS,
    example="""\
- sbom-valid: {type: spdx}
""",
    fix="Report the problem to whoever makes the SBOM. `mode: warn` shows it without refusing the image.",
    build=build,
)
