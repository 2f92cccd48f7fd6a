"""The SBOM is valid by its format's specification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied


@dataclass(frozen=True, slots=True)
class SbomValid:
    """The whole document is as the SPDX specification wants it."""

    id: ClassVar[str] = "sbom-valid"
    evidence: Evidence

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    def asks(self) -> str:
        """See `Rule.asks`."""
        return f"the {self.evidence.asks()} is valid by the SPDX specification"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the SBOM is valid by the SPDX specification",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        if not sbom.format.startswith("SPDX"):
            yield denied(
                self.id,
                case,
                f"the SBOM is {sbom.format}, and only SPDX documents can be validated",
                code="SbomError",
                hint="have an SPDX document attested too, and name it with 'type: spdx'",
                evidence=(statement.evidence,),
            )
            return
        for problem in case.validate(statement):
            yield denied(
                self.id,
                case,
                f"{problem.element}: {problem.message}",
                code="SbomError",
                hint="whoever makes the SBOM must mend it; 'verify sbom check' shows all problems",
                evidence=(statement.evidence,),
            )


def build(options: Mapping[str, Any], context: Context) -> SbomValid:
    """Make the rule from its options. Raises `OptionError`."""
    return SbomValid(read_sbom_evidence(SbomValid.id, options, context))


SPEC = RuleSpec(
    id=SbomValid.id,
    title="Validity of the SBOM",
    what="""\
Every SBOM of the platform is valid by the SPDX specification (2.2 or 2.3), as spdx-tools checks it: what must
be there is there, references lead somewhere, licences are expressions, addresses and identifiers are
wellformed. Each problem is a finding.

Documents of other formats cannot be validated, and fail; `type: spdx` looks at SPDX documents only. Some
widely used generators write documents that do not pass.""",
    options=SBOM_OPTIONS,
    example="""\
- sbom-valid: {type: spdx}
""",
    fix="Report the problem to whoever makes the SBOM. `mode: warn` shows it without refusing the image.",
    build=build,
)
