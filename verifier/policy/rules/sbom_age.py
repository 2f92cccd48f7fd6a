"""The SBOM is not too old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, at, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.sbom_facts import latest_possible, stated_time, time_place
from verifier.policy.times import DURATION_SCHEMA, days, parse_duration
from verifier.text import rfc3339

_HINT = "builds that can be repeated write a fixed time; take the time of signing instead: 'max-age'"


@dataclass(frozen=True, slots=True)
class SbomAge:
    """The document was made at most ``most`` ago, by its own word, and not after it was signed."""

    id: ClassVar[str] = "sbom-age"
    evidence: Evidence
    most: timedelta

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
        return f"{self.evidence.each()} was made not more than {days(self.most)} ago"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            f"the SBOM was made not more than {days(self.most)} ago",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        problem = self._problem(statement, sbom, case)
        if problem is not None:
            yield denied(
                self.id,
                case,
                problem,
                hint=_HINT if stated_time(sbom) is None else "have the SBOM made anew",
                evidence=(statement.evidence,),
                element=time_place(sbom),
            )

    def _problem(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> str | None:
        created = stated_time(sbom)
        if sbom.created is None:
            return "the SBOM does not say when it was made"
        when = f"the SBOM says that it was made at {rfc3339(sbom.created)}"
        if created is None:
            return f"{when}, which is no time at which it can have been made"
        if created > latest_possible(statement, case.now):
            signed = f"after it was signed at {rfc3339(statement.signed_at)}" if statement.signed_at else ""
            return f"{when}, {signed or 'which is yet to come'}"
        if case.now - created > self.most:
            return f"{when}, more than {days(self.most)} ago"
        return None


def build(options: Mapping[str, Any], context: Context) -> SbomAge:
    """Make the rule from its options. Raises `OptionError`."""
    evidence = read_sbom_evidence(SbomAge.id, options, context)
    return SbomAge(evidence, at(("max",), parse_duration, options["max"]))


SPEC = RuleSpec(
    id=SbomAge.id,
    title="Age of the SBOM",
    what="""\
Every SBOM of the platform says when it was made, and that is not longer ago than `max`. A time after that of
the signature (five minutes are left to clocks) cannot be true and fails; so does a time before the year 2000,
which stands for none.

The time is the document's own word. Builds that can be repeated often write a fixed one, such as 1970 or that
of the last change to the source; the option `max-age` goes by the trusted time of the signature instead, with
this rule or any other.""",
    options={
        "max": {**DURATION_SCHEMA, "description": "The greatest age: 12h, 90d, 26w."},
        **SBOM_OPTIONS,
    },
    required=("max",),
    example="""\
- sbom-age: {max: 90d}
""",
    fix="Have the image built, or its SBOM made, anew.",
    build=build,
)
