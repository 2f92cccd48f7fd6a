"""Which statements a rule looks into, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from verifier.model.finding import Finding
from verifier.model.predicate import matches
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.identities import describe
from verifier.policy.interface import Case, Withheld
from verifier.policy.quorum import Quorum
from verifier.policy.rules.absence import missing
from verifier.policy.rules.outcome import passed
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, failure
from verifier.policy.rules.sbom_use import unusable
from verifier.policy.rules.terms import NO_TERMS, On, Terms, subjects
from verifier.text import safe

SBOM_TYPES = ("spdx", "cyclonedx")

_NEVER = datetime.min.replace(tzinfo=UTC)

Select = Literal["all", "any", "latest"]
Look = Callable[[VerifiedStatement], Iterable[Finding]]
"""The problems of one statement, and what else is to be said of it; nothing where it is as it should be."""


def is_sbom(kind: str) -> bool:
    """Whether ``kind`` (alias or URI, with or without a version) is a type of SBOM."""
    return any(kind == alias or matches(alias, kind) for alias in SBOM_TYPES)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statements of one of ``types`` (aliases or URIs) by wanted signers that ``rule`` looks into.

    ``on`` says what they must be about. Those that do not fulfil the ``terms`` do not count. Of the rest
    there must be ``minimum``, by a ``quorum`` of signers. ``select`` says which of them must be good: all,
    any one, or the latest by trusted time.
    """

    rule: str
    types: tuple[str, ...]
    on: On
    quorum: Quorum
    select: Select
    terms: Terms = NO_TERMS
    minimum: int = 1

    @property
    def what(self) -> str:
        """What is looked into, for people."""
        if self.types == SBOM_TYPES:
            return "SBOM"
        return f"attestation of type {' or '.join(map(safe, self.types))}"

    @property
    def requirement(self) -> Requirement:
        """For findings on what is not there."""
        return Requirement(self.rule, self.what, self.quorum.names, "StatementError")

    @property
    def withheld(self) -> Withheld:
        """What may be withheld from a rule that refuses a statement for what is in it."""
        match self.select:
            case "any":
                return Withheld.PASS
            case "all":
                return Withheld.REFUSAL
            case "latest":
                return Withheld.EITHER

    @property
    def which(self) -> str:
        """Which of those that count must be as the rule says, for people."""
        match self.select:
            case "any":
                return f"at least {'one' if self.minimum == 1 else self.minimum} of them"
            case "all":
                return "every one of them"
            case "latest":
                return f"the latest of them{' by each signer' if self.quorum.needed > 1 else ''}"

    def each(self) -> str:
        """Those that must be as the rule says, for people: "every SBOM about the platform by release"."""
        match self.select:
            case "any":
                return f"at least one {self.asks()}"
            case "all":
                return f"every {self.asks()}"
            case "latest":
                return f"the latest {self.asks()}{', of each signer' if self.quorum.needed > 1 else ''}"

    def asks(self) -> str:
        """What it asks for, for people."""
        number = f"{self.minimum} times " if self.minimum > 1 else ""
        about = {"platform": "the platform", "index": "the index", "either": "the platform or its index"}
        return f"{self.what} about {about[self.on]} {number}by {self.quorum}{self.terms}"

    def examine(self, case: Case, look: Look, message: str | None = None) -> Iterator[Finding]:
        """``look`` into the statements that count, and yield what it finds, or that all is well.

        ``message`` is for that; by default, who attested what.
        """
        about = subjects(self.on, case)
        by_wanted = sorted(case.by(self.quorum.names), key=lambda s: (str(s.evidence), describe(s.signer)))
        found = [s for s in by_wanted if self.is_of_type(s) and about.intersection(s.about)]
        if not found:
            sbom = f"{' or '.join(map(safe, self.types))} SBOM" if all(map(is_sbom, self.types)) else None
            yield missing(self.requirement, self.is_of_type, about, case, sbom=sbom)
            return
        unfit = {id(s): reason for s in found if (reason := self.terms.unfit(s, case.now)) is not None}
        counting = [s for s in found if id(s) not in unfit]
        if _distinct(counting) < self.minimum or not self.quorum.met_by(counting, case):
            yield self._too_few(found, counting, sorted(unfit.values()), case)
            return
        said = [(statement, list(look(statement))) for statement in self._chosen(counting)]
        good = [statement for statement, findings in said if not any(f.is_problem for f in findings)]
        if self._suffices(good, said, case):
            yield passed(self.rule, case, message or self.attested(good, case), blobs(good))
            said = [(statement, findings) for statement, findings in said if statement in good]
        elif self.select == "any" and case.image.unreadable:
            # Whatever else is known, what is asked for may lie there.
            yield could_not_look(self.requirement, case)
            return
        for _, findings in said:
            yield from findings

    def examine_sboms(
        self, case: Case, look: Callable[[VerifiedStatement, Sbom], Iterable[Finding]], message: str
    ) -> Iterator[Finding]:
        """The same for SBOMs of the platform's contents; one that says nothing of them is a problem."""

        def look_inside(statement: VerifiedStatement) -> Iterable[Finding]:
            decoded = case.sboms.get(statement.evidence)
            if (problem := self.unusable(statement, case)) is not None or decoded is None or not decoded.sbom:
                return [problem] if problem else []
            return look(statement, decoded.sbom)

        return self.examine(case, look_inside, message)

    def unusable(self, statement: VerifiedStatement, case: Case) -> Finding | None:
        """Why the SBOM in ``statement`` says nothing of the platform's contents; None where it does."""
        decoded = case.sboms.get(statement.evidence)
        problem = unusable(decoded, safe(case.platform.platform or "this image"))
        if problem is None:
            return None
        return failure(
            self.requirement,
            case,
            f"the SBOM cannot be used: {problem}",
            hint="ask who built the image for an SBOM of this platform's contents",
            code=(decoded and decoded.code) or "SbomError",
            evidence=[statement],
        )

    def is_of_type(self, statement: VerifiedStatement) -> bool:
        """Whether ``statement`` is an attestation of a wanted type."""
        content = statement.statement
        return content is not None and any(matches(kind, content.predicate_type) for kind in self.types)

    def attested(self, good: Sequence[VerifiedStatement], case: Case) -> str:
        """Who attested what, about which."""
        direct = [s for s in good if case.platform.digest in s.about]
        first = min(direct or good, key=lambda s: str(s.evidence))
        own = case.platform.digest in first.about
        scope = (" about its own manifest" if own else " about the index") if case.image.is_index else ""
        kinds = " or ".join(map(safe, self.types))
        return f"{kinds} attested by {case.names(good, self.quorum.names)}{scope}"

    def _too_few(
        self,
        found: Sequence[VerifiedStatement],
        counting: Sequence[VerifiedStatement],
        unfit: Sequence[str],
        case: Case,
    ) -> Finding:
        if case.image.unreadable:
            return could_not_look(self.requirement, case)
        problems = [f"one {reason}" for reason in dict.fromkeys(unfit)]
        if _distinct(counting) < self.minimum and self.minimum > 1:
            problems.append(f"{self.minimum} different ones are wanted, {_distinct(counting)} count")
        elif counting:
            by = case.names(counting, self.quorum.names)
            problems.append(f"{self.quorum.needed} distinct signers are wanted ({self.quorum}), found {by}")
        return failure(
            self.requirement,
            case,
            f"no acceptable {self.what}: {'; '.join(problems)}",
            hint="have it attested anew, or by whoever is missing",
            evidence=found,
        )

    def _chosen(self, counting: Sequence[VerifiedStatement]) -> list[VerifiedStatement]:
        """Those that are looked into; of several latest ones all, and of a quorum the latest of each.

        One without a trusted time may be the latest.
        """
        if self.select != "latest":
            return list(counting)
        groups: dict[object, list[VerifiedStatement]] = {}
        for statement in counting:
            who = describe(statement.signer) if self.quorum.needed > 1 else None
            groups.setdefault(who, []).append(statement)
        newest = {who: max(s.signed_at or _NEVER for s in group) for who, group in groups.items()}
        return [s for who, group in groups.items() for s in group if s.signed_at in {None, newest[who]}]

    def _suffices(
        self,
        good: Sequence[VerifiedStatement],
        said: Sequence[tuple[VerifiedStatement, Sequence[Finding]]],
        case: Case,
    ) -> bool:
        if self.select == "any":
            return _distinct(good) >= self.minimum and self.quorum.met_by(good, case)
        return bool(good) and len(good) == len(said)


def _distinct(statements: Sequence[VerifiedStatement]) -> int:
    """How many there are; what one signer said twice, or what is stored twice, is one."""
    return len({(describe(s.signer), s.statement and s.statement.payload) for s in statements})
