"""Something is attested about the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.platform import Platform
from verifier.model.predicate import matches
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, failure, refuse
from verifier.policy.rules.sbom_use import describes_another, unusable
from verifier.text import safe

SBOM_TYPES = ("spdx", "cyclonedx")

On = Literal["platform", "index", "either"]


def is_sbom(kind: str) -> bool:
    """Whether ``kind`` (alias or URI, with or without a version) is a type of SBOM."""
    return any(kind == alias or matches(alias, kind) for alias in SBOM_TYPES)


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attestation of ``type`` (alias or URI) by one of ``signers``, about the platform's own manifest, the
    index that lists it, or either. An image that is no index is its own platform and its own index.

    An SBOM must be one of the platform's contents: about its manifest, with at least one package.
    """

    id: ClassVar[str] = "attestation"
    type: str
    on: On
    signers: tuple[str, ...]

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        subjects = self._subjects(case)
        found = [s for s in self._of_type(case.by(self.signers)) if subjects.intersection(s.about)]
        an_sbom = is_sbom(self.type)
        good = [s for s in found if not an_sbom or self._problem(s, case) is None]
        if good:
            yield self._passed(good, case)
            if an_sbom:
                yield from self._described(good, case)
        elif case.image.unreadable:
            # Whatever else is known, what is asked for may lie there.
            yield could_not_look(self._requirement(), case)
        elif found:
            yield self._unusable(found, case)
        else:
            yield self._missing(subjects, case)

    def _subjects(self, case: Case) -> set[Digest]:
        match self.on:
            case "platform":
                return {case.platform.digest}
            case "index":
                return {case.image.digest}
            case "either":
                return {case.platform.digest, case.image.digest}

    def _of_type(self, statements: Sequence[VerifiedStatement]) -> list[VerifiedStatement]:
        return [s for s in statements if s.statement and matches(self.type, s.statement.predicate_type)]

    def _problem(self, statement: VerifiedStatement, case: Case) -> str | None:
        return unusable(case.sboms.get(statement.evidence), _name(case))

    def _requirement(self) -> Requirement:
        return Requirement(self.id, f"attestation of type {safe(self.type)}", self.signers, "StatementError")

    def _passed(self, good: Sequence[VerifiedStatement], case: Case) -> Finding:
        direct = [s for s in good if case.platform.digest in s.about]
        first = min(direct or good, key=lambda s: str(s.evidence))
        scope = (
            ""
            if not case.image.is_index
            else (" about its own manifest" if case.platform.digest in first.about else " about the index")
        )
        return Finding(
            rule=self.id,
            policy=case.policy,
            outcome=Outcome.PASS,
            verdict=Verdict.PASS,
            code=None,
            message=f"{safe(self.type)} attested by {case.names(good, self.signers)}{scope}",
            evidence=blobs(good),
        )

    def _described(self, good: Sequence[VerifiedStatement], case: Case) -> Iterator[Finding]:
        for statement in sorted(good, key=lambda s: str(s.evidence)):
            other = describes_another(case.sboms.get(statement.evidence), case.platform.digest)
            if other is not None:
                yield Finding(
                    rule=self.id,
                    policy=case.policy,
                    outcome=Outcome.WARN,
                    verdict=Verdict.PASS,
                    code="SbomError",
                    message=f"the SBOM is attested about {case.platform.digest}, and says that it describes"
                    f" {other}",
                    evidence=(statement.evidence,),
                )

    def _unusable(self, found: Sequence[VerifiedStatement], case: Case) -> Finding:
        problems = sorted({problem for s in found if (problem := self._problem(s, case)) is not None})
        decoded = (case.sboms.get(statement.evidence) for statement in found)
        codes = {(sbom and sbom.code) or "SbomError" for sbom in decoded}
        return failure(
            self._requirement(),
            case,
            f"the SBOM cannot be used: {'; '.join(problems)}",
            hint="ask who built the image for an SBOM of this platform's contents",
            code=min(codes) if len(codes) == 1 else "SbomError",
            evidence=found,
        )

    def _missing(self, subjects: set[Digest], case: Case) -> Finding:
        requirement = self._requirement()
        accepted = self._of_type(case.by(self.signers))
        others = [s for s in self._of_type(case.others(self.signers)) if subjects.intersection(s.about)]
        if _rejected_here(case):
            # What was put here for this platform and does not count explains more than what lies elsewhere.
            return refuse(requirement, case, others)
        if is_sbom(self.type) and case.image.is_index and any(case.image.digest in s.about for s in accepted):
            return failure(
                requirement,
                case,
                f"the only {safe(self.type)} SBOM is that of the index, which lists its platforms and says"
                f" nothing of the contents of {_name(case)}",
                hint="an SBOM is needed whose subject is the platform's own manifest",
                code="SbomError",
                evidence=accepted,
            )
        elsewhere = [
            image
            for image in case.image.platforms
            if image.digest != case.platform.digest and any(image.digest in s.about for s in accepted)
        ]
        if elsewhere:
            names = ", ".join(sorted(safe(image.platform or image.digest) for image in elsewhere))
            return failure(
                requirement,
                case,
                f"{_name(case)} has no {requirement.what}; {names} has one",
                hint="evidence of one platform says nothing of another; --platform narrows what is judged",
                code="PlatformError",
                evidence=accepted,
            )
        finding = refuse(requirement, case, others)
        return finding if others else self._with_types(finding, subjects, case)

    def _with_types(self, finding: Finding, subjects: set[Digest], case: Case) -> Finding:
        """Add which other types there are: a wrong alias is the usual reason."""
        types = sorted(
            {
                s.statement.predicate_type
                for s in case.by(self.signers)
                if s.statement and subjects.intersection(s.about)
            }
        )
        if not types:
            return finding
        there = ", ".join(safe(item, limit=100) for item in types[:10])
        return replace(finding, message=f"{finding.message}; wanted signers attested {there}")


def _rejected_here(case: Case) -> bool:
    """Whether something was rejected that lay under a name of this platform."""
    places = (place for rejection in case.image.rejections for place in rejection.stored_at)
    return any(case.platform.digest.hex in place for place in places)


def _name(case: Case) -> str:
    platform: Platform | None = case.platform.platform
    return safe(platform) if platform else "this image"
