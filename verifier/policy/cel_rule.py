"""How a rule in CEL judges a platform, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.cel import EvaluationError
from verifier.policy.cel_facts import attestation_facts, is_provenance, signature_facts
from verifier.policy.cel_growth import only_grows
from verifier.policy.cel_process import SHARED, Worker
from verifier.policy.cel_run import LISTS, Expressions, Failure, Run
from verifier.policy.interface import Case, Withheld
from verifier.policy.quorum import Quorum
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.outcome import denied, passed, skipped
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, refuse
from verifier.text import safe

_LISTS = {
    "signatures": ("image signature", "SignatureError"),
    "attestations": ("attestation", "StatementError"),
    "provenance": ("SLSA provenance", "StatementError"),
}
_ERRORS = (
    "a field that is not there, a value of another type and a result that is neither true nor false are"
    " errors: test for it with has(), or give it a default, as in pkg.?supplier.orValue('')"
)
_FALSE = "'verify tree', 'verify attestations' and 'verify sbom show' show what was looked at"


@dataclass(frozen=True, slots=True)
class Cel:
    """The check of ``expressions`` is true: by itself, or for each package, attestation or signature.

    ``message`` is what the policy says where it is not. ``evidence`` are the attestations or SBOMs that are
    looked into one by one, by a ``quorum`` of signers; ``kind`` narrows the list of attestations to a type.
    """

    id: ClassVar[str] = "cel"
    expressions: Expressions
    message: str | None
    quorum: Quorum
    evidence: Evidence | None
    kind: str | None
    worker: Worker = field(default=SHARED, repr=False, compare=False)

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`. An expression can ask of lists of evidence whatever it likes."""
        expressions = self.expressions
        lists = any(name in expressions.used for name in LISTS)
        if self.evidence is not None:
            return Withheld.EITHER if lists else self.evidence.withheld
        if expressions.each == "signature":
            return Withheld.EITHER if lists else Withheld.REFUSAL
        if not lists:
            return Withheld.NOTHING
        grows = all(only_grows(text) for text in (expressions.check, expressions.when or "true"))
        return Withheld.PASS if grows else Withheld.EITHER

    @property
    def _check(self) -> str:
        return _shown(self.expressions.check)

    def asks(self) -> str:
        """See `Rule.asks`."""
        when = f"where {_shown(self.expressions.when)}, " if self.expressions.when else ""
        each = f"for each {self.expressions.each} " if self.expressions.each else ""
        by = f" (by the word of {self.quorum})" if self.signers else ""
        if self.evidence is not None:
            by = f" (in {self.evidence.each()})"
        return f"{when}{each}this is true: {self._check}{by}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        try:
            with self.worker.session() as session:
                run = Run(self.expressions, case, session, signers=self.signers, kind=self.kind)
                findings = self._judge(run, case)
        except EvaluationError as error:
            findings = [self._denied(case, Failure(0, error.message, None))]
        yield from findings

    def _judge(self, run: Run, case: Case) -> list[Finding]:
        """What it finds; where nothing was looked at because of ``when``, that it does not apply."""
        applies = run.applies()
        findings = list(self._look(run, case)) if applies else []
        if run.checked or any(finding.is_problem for finding in findings):
            return findings
        return [
            skipped(
                self.id, case, f"does not apply, since this is false: {_shown(self.expressions.when or '')}"
            )
        ]

    def _look(self, run: Run, case: Case) -> Iterator[Finding]:
        each = self.expressions.each
        if each == "signature":
            return self._signatures(run, case)
        if self.evidence is None:
            return self._whole(run, case)
        message = f"the check holds{f' for each {each}' if each else ''}: {self._check}"
        if each == "attestation":
            return self.evidence.examine(case, partial(self._attestation, run, case), message)
        return self.evidence.examine_sboms(case, partial(self._sbom, run, case), message)

    def _whole(self, run: Run, case: Case) -> Iterator[Finding]:
        problems = list(self._failing(run, case, lambda: run.elements([None], run.facts())))
        lists = [name for name in _LISTS if name in self.expressions.used]
        statements = [statement for name in lists for statement in run.statements(name)]
        if problems and lists and case.image.unreadable:
            # Whatever is known, what the check asks for may lie where nobody could look.
            yield could_not_look(self._requirement(lists[0]), case)
        elif problems:
            yield from problems
        elif lists and run.checked and not statements:
            # '||' is true whatever stands beside it, and a rule on what is signed needs something signed.
            yield self._absent(lists[0], case)
        else:
            yield passed(self.id, case, f"the check holds: {self._check}", blobs(statements))

    def _signatures(self, run: Run, case: Case) -> Iterator[Finding]:
        found = run.statements("signatures")
        if not found:
            yield self._absent("signatures", case)
            return
        facts = [signature_facts(statement, case) for statement in found]
        problems = list(
            self._failing(
                run,
                case,
                lambda: run.elements(facts, run.facts()),
                lambda number: _About(
                    f"the signature by {case.names([found[number]], self.signers)}", (found[number],)
                ),
            )
        )
        yield from problems
        if not problems:
            yield passed(self.id, case, f"the check holds for each signature: {self._check}", blobs(found))

    def _attestation(self, run: Run, case: Case, statement: VerifiedStatement) -> Iterable[Finding]:
        about = _About(f"the attestation by {case.names([statement], self.signers)}", (statement,))
        return self._failing(
            run,
            case,
            lambda: run.elements([attestation_facts(statement, case)], run.facts()),
            lambda _: about,
        )

    def _sbom(self, run: Run, case: Case, statement: VerifiedStatement, sbom: Sbom) -> Iterable[Finding]:
        def about(number: int) -> _About:
            if self.expressions.each is None:
                return _About("the SBOM", (statement,))
            package = sbom.packages[number]
            name = package.purls[0] if package.purls else f"{package.name}@{package.version}"
            shown = safe(f"{package.name} {package.version}".strip() or package.element_id, limit=200)
            return _About(shown, (statement,), name, package.path)

        def failures() -> Iterable[Failure]:
            facts = run.facts((statement, sbom))
            return run.packages(sbom, facts) if self.expressions.each else run.elements([None], facts)

        return self._failing(run, case, failures, about)

    def _failing(
        self,
        run: Run,
        case: Case,
        failures: Callable[[], Iterable[Failure]],
        about: Callable[[int], _About] | None = None,
    ) -> Iterator[Finding]:
        """A finding for each of ``failures``; one for all where the reason is evidence that is not there."""
        missing = run.missing
        try:
            for failure in failures():
                if failure.problem is not None and missing:
                    yield self._absent(missing[0], case)
                    return
                yield self._denied(case, failure, about(failure.number) if about else None)
        except EvaluationError as error:
            yield self._denied(case, Failure(0, error.message, None))

    def _denied(self, case: Case, failure: Failure, about: _About | None = None) -> Finding:
        about = about or _About()
        start = f"{about.words}: " if about.words else ""
        said = safe(failure.message or self.message or "")
        if failure.problem is not None:
            what = f"the check could not be evaluated: {safe(failure.problem)}"
            hint = _ERRORS
        else:
            what = said or f"the check does not hold: {self._check}"
            hint = f"the check is: {self._check}" if said else _FALSE
        return denied(
            self.id,
            case,
            f"{start}{what}",
            hint=hint,
            evidence=blobs(about.statements),
            package=about.package,
            element=about.element,
        )

    def _absent(self, variable: str, case: Case) -> Finding:
        subjects = {case.platform.digest, case.image.digest}
        others = [
            statement
            for statement in case.others(self.signers)
            if subjects.intersection(statement.about) and _belongs(statement, variable)
        ]
        return refuse(self._requirement(variable), case, others)

    def _requirement(self, variable: str) -> Requirement:
        what, code = _LISTS[variable]
        if variable == "attestations" and self.kind:
            what = f"attestation of type {safe(self.kind)}"
        return Requirement(self.id, what, self.signers, code)


@dataclass(frozen=True, slots=True)
class _About:
    """What a finding is about, in words and for exceptions."""

    words: str = ""
    statements: tuple[VerifiedStatement, ...] = ()
    package: str | None = None
    element: str | None = None


def _belongs(statement: VerifiedStatement, variable: str) -> bool:
    if variable == "signatures":
        return statement.is_image_signature
    content = statement.statement
    return content is not None and (variable == "attestations" or is_provenance(content.predicate_type))


def _shown(expression: str) -> str:
    """An expression on one line."""
    return safe(" ".join(expression.split()), limit=200)
