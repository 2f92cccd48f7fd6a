"""One CEL rule on one platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from verifier.limits import CEL_BATCH
from verifier.model.predicate import matches
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.cel import EVIDENCE, EvaluationError, uses
from verifier.policy.cel_facts import (
    Facts,
    attestation_facts,
    attestations,
    image_facts,
    is_provenance,
    package_facts,
    platform_facts,
    sbom_facts,
    signature_facts,
    signatures,
)
from verifier.policy.cel_process import Session
from verifier.policy.interface import Case

ELEMENT: Final = {"package": "pkg", "attestation": "attestation", "signature": "signature"}
"""The variable that stands for each one of these."""

LISTS: Final = ("signatures", "attestations", "provenance")


@dataclass(frozen=True, slots=True)
class Expressions:
    """What a rule evaluates, checked to compile.

    ``each`` is a key of `ELEMENT`, ``used`` the variables that occur. ``applies_to_all`` says that ``when``
    looks at neither evidence nor one of many, so that it is true or false of all.
    """

    check: str
    when: str | None
    message: str | None
    each: str | None
    used: tuple[str, ...]
    applies_to_all: bool

    @classmethod
    def of(cls, check: str, *, when: str | None, message: str | None, each: str | None) -> Self:
        """These expressions, which compile."""
        element = ELEMENT[each] if each else None
        used = {name for text in (check, when, message) if text for name in uses(text, element)}
        apart = {*EVIDENCE, *ELEMENT.values()}
        applies_to_all = when is not None and uses(when, element).isdisjoint(apart)
        return cls(check, when, message, each, tuple(sorted(used)), applies_to_all)

    @property
    def element(self) -> str | None:
        """The variable that stands for one of many."""
        return ELEMENT[self.each] if self.each else None


@dataclass(frozen=True, slots=True)
class Failure:
    """One that the check does not hold for.

    ``problem`` is why it could not be evaluated, None where it is false; ``message`` what the policy's own
    expression says of it, where that says something.
    """

    number: int
    problem: str | None
    message: str | None


class Run:
    """Evaluates the ``expressions`` of a rule for a ``case``, by the word of ``signers``.

    ``kind`` narrows the list of attestations to a type. ``checked`` counts what the rule applied to.
    """

    def __init__(
        self,
        expressions: Expressions,
        case: Case,
        session: Session,
        *,
        signers: Sequence[str],
        kind: str | None,
    ) -> None:
        self._expressions = expressions
        self._case = case
        self._session = session
        self._signers = signers
        self._kind = kind
        self._facts: Facts | None = None
        self.checked = 0

    @property
    def missing(self) -> list[str]:
        """The lists that occur and have nothing in them."""
        return [name for name in LISTS if name in self._expressions.used and not self.statements(name)]

    def statements(self, variable: str) -> list[VerifiedStatement]:
        """Those that the list called ``variable`` is made of."""
        if variable == "signatures":
            return signatures(self._case, self._signers)
        if variable == "provenance":
            return attestations(self._case, self._signers, is_provenance)
        wanted = self._kind
        return attestations(self._case, self._signers, lambda kind: wanted is None or matches(wanted, kind))

    def facts(self, sbom: tuple[VerifiedStatement, Sbom] | None = None) -> Facts:
        """The values of the variables that occur. A list without anything in it is not among them."""
        if self._facts is None:
            self._facts = self._make()
        if sbom is None or "sbom" not in self._expressions.used:
            return self._facts
        return {**self._facts, "sbom": sbom_facts(sbom[1], sbom[0], self._case)}

    def applies(self) -> bool:
        """Whether the rule applies, as far as that is true or false of all. Raises `EvaluationError`."""
        if not self._expressions.applies_to_all:
            return True
        answer = self._ask(self.facts(), [None], check=self._expressions.when, when=None, message=None)
        failure = next(_failures(answer), None)
        if failure is not None and failure.problem is not None:
            raise EvaluationError(failure.problem)
        return failure is None

    def packages(self, sbom: Sbom, facts: Facts) -> Iterator[Failure]:
        """Evaluate the check for every package of ``sbom``. Raises `EvaluationError`."""
        for start in range(0, len(sbom.packages), CEL_BATCH):
            batch = [package_facts(package) for package in sbom.packages[start : start + CEL_BATCH]]
            for failure in self.elements(batch, facts):
                yield Failure(start + failure.number, failure.problem, failure.message)

    def elements(self, elements: Sequence[Facts | None], facts: Facts) -> Iterator[Failure]:
        """Evaluate the check for each of ``elements``. Raises `EvaluationError`."""
        expressions = self._expressions
        answer = self._ask(
            facts,
            elements,
            check=expressions.check,
            when=None if expressions.applies_to_all else expressions.when,
            message=expressions.message,
        )
        self.checked += len(elements) - int(answer["skipped"])
        yield from _failures(answer)

    def _make(self) -> Facts:
        case = self._case

        def attested(variable: str) -> list[Facts]:
            return [attestation_facts(statement, case) for statement in self.statements(variable)]

        make: dict[str, Callable[[], Any]] = {
            "image": lambda: image_facts(case),
            "platform": lambda: platform_facts(case),
            "config": lambda: dict(case.platform.config),
            "signatures": lambda: [signature_facts(s, case) for s in self.statements("signatures")],
            "attestations": lambda: attested("attestations"),
            "provenance": lambda: attested("provenance"),
        }
        facts = {name: make[name]() for name in make if name in self._expressions.used}
        return {name: value for name, value in facts.items() if value != []}

    def _ask(
        self,
        facts: Facts,
        elements: Sequence[Facts | None],
        *,
        check: str | None,
        when: str | None,
        message: str | None,
    ) -> dict[str, Any]:
        answer = self._session.ask(
            {
                "check": check,
                "when": when,
                "message": message,
                "each": self._expressions.element,
                "elements": elements,
                "facts": facts,
                "now": self._case.now.isoformat(),
            }
        )
        if answer["seen"] != len(elements):
            raise EvaluationError("not all of it was looked at")
        return answer


def _failures(answer: dict[str, Any]) -> Iterator[Failure]:
    for number, problem, message in answer["failed"]:
        yield Failure(int(number), problem, message)
