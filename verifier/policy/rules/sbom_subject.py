"""The SBOM says that it describes this very platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.digest import Digest
from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, read_sbom_evidence
from verifier.policy.rules.outcome import denied

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SbomSubject:
    """A root of the document carries the platform's digest, or none does and ``missing_allowed``."""

    id: ClassVar[str] = "sbom-subject"
    evidence: Evidence
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
        missing = ", or no digest" if self.missing_allowed else ""
        return f"{self.evidence.each()} names the platform's digest{missing} as what it describes"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, _: self._look(statement, case),
            "the SBOM names no other digest than the platform's as what it describes"
            if self.missing_allowed
            else "the SBOM names the platform's digest as what it describes",
        )

    def _look(self, statement: VerifiedStatement, case: Case) -> Iterator[Finding]:
        decoded = case.sboms.get(statement.evidence)
        described = decoded.binding.digests if decoded and decoded.binding else ()
        platform = case.platform.digest
        if platform in described or (not described and self.missing_allowed):
            return
        if described:
            message = f"the SBOM describes {self._shown(described, case)}, and not {platform}"
            hint = "it is attested about this platform: was the SBOM of another image taken?"
        else:
            message = f"the SBOM does not say which image it describes; it is attested about {platform}"
            hint = "have it name the digest; on-missing: allow leaves it to the attestation to say so"
        yield denied(self.id, case, message, code="SbomError", hint=hint, evidence=(statement.evidence,))

    @staticmethod
    def _shown(described: tuple[Digest, ...], case: Case) -> str:
        named = [
            f"{digest}, the index" if digest == case.image.digest and case.image.is_index else str(digest)
            for digest in described[:_SHOWN]
        ]
        more = [f"{len(described) - _SHOWN} more"] if len(described) > _SHOWN else []
        return " and ".join([*named, *more])


def build(options: Mapping[str, Any], context: Context) -> SbomSubject:
    """Make the rule from its options. Raises `OptionError`."""
    evidence = read_sbom_evidence(SbomSubject.id, options, context)
    return SbomSubject(evidence, missing_allowed=options.get("on-missing", "fail") == "allow")


SPEC = RuleSpec(
    id=SbomSubject.id,
    title="What the SBOM describes",
    what="""\
Every SBOM of the platform names the digest of the platform's own manifest as what it describes: as the
checksum, version, name or package URL of one of its roots that stands for an image.

The attestation says already which image it is about, and is signed; this rule sees that its content agrees.
An SBOM that was made of another image, or of the index, fails. Some generators write no digest at all.""",
    options={
        "on-missing": {
            "enum": ["fail", "allow"],
            "description": "What becomes of an SBOM that names no digest. Default: fail.",
        },
        **SBOM_OPTIONS,
    },
    example="""\
- sbom-subject: {}
""",
    fix="Make the SBOM of the image that was pushed, by its digest, for each platform.",
    build=build,
)
