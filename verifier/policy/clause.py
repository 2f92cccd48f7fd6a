"""A rule in its place in a policy: under a name, in a mode, for a time, with exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from verifier.limits import FINDINGS
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.interface import Case, Rule, Withheld
from verifier.policy.rules.outcome import skipped
from verifier.policy.waivers import Waiver, waive
from verifier.policy.withheld import with_doubt
from verifier.text import rfc3339


@dataclass(frozen=True, slots=True)
class Clause:
    """One item of ``require``.

    ``name`` is its id in the file, ``""`` without. Where it is not ``enforced``, and before
    ``effective_from``, what fails is a warning; from ``until`` on it is not applied. ``waivers`` are all the
    exceptions of its policy, ``place`` is where it stands (``file:line``). ``unnamed`` are the signers whose
    word it takes because neither it nor anybody for it names some.
    """

    rule: Rule
    name: str = ""
    enforced: bool = True
    effective_from: datetime | None = None
    until: datetime | None = None
    waivers: tuple[Waiver, ...] = ()
    place: str = ""
    unnamed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its name in reports: ``licenses``, or ``licenses/no-copyleft`` with an id."""
        return f"{self.rule.id}/{self.name}" if self.name else self.rule.id

    @property
    def needs_signer(self) -> bool:
        """Whether it takes somebody's word in any case: of alternatives, each of them does."""
        if isinstance(self.rule, AnyOf):
            return all(any(inner.needs_signer for inner in group) for group in self.rule.groups)
        return bool(self.rule.signers)

    def is_enforced(self, now: datetime) -> bool:
        """Whether what it finds at this time can fail."""
        started = self.effective_from is None or now >= self.effective_from
        return self.enforced and started and (self.until is None or now < self.until)

    def findings(self, case: Case) -> list[Finding]:
        """What it finds in ``case``; never empty."""
        if self.until is not None and case.now >= self.until:
            return [skipped(self.id, case, f"not applied since {rfc3339(self.until)}")]
        # An empty conjunction is true, and a rule without effect must not be.
        found = list(self.rule.evaluate(case)) or [checked_nothing(case.policy, "a rule of the policy")]
        named = [replace(f, rule=f"{f.rule}/{self.name}") for f in found] if self.name else found
        # Alternatives have applied those of their own already, also to warnings of one that ends soon.
        own = [waiver for waiver in self.waivers if waiver.rule in {self.rule.id, self.id}]
        waived = list(waive(named, own, image=(case.name, *case.other_names), now=case.now))
        softened = [self._softened(finding, case.now) for finding in waived]
        said = with_doubt(softened, self.id, self.rule.withheld, case, enforced=self.is_enforced(case.now))
        asked = self.rule.asks()
        return [replace(finding, asked=finding.asked or asked) for finding in _shown(said)]

    def _softened(self, finding: Finding, now: datetime) -> Finding:
        """The mode is applied to each finding; what could not be found out stays so."""
        early = self.effective_from is not None and now < self.effective_from
        if finding.outcome is not Outcome.FAIL or (self.enforced and not early):
            return finding
        why = (
            f"enforced from {rfc3339(self.effective_from)}" if early and self.effective_from else "mode: warn"
        )
        return replace(
            finding,
            outcome=Outcome.WARN,
            verdict=Verdict.PASS,
            message=f"{finding.message} (not enforced: {why})",
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: at least one of ``groups`` must hold completely."""

    id: ClassVar[str] = "any-of"
    groups: tuple[tuple[Clause, ...], ...]

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`: the clauses of a group have seen to their own, and one group is enough."""
        return Withheld.PASS

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        names = (name for group in self.groups for clause in group for name in clause.rule.signers)
        return tuple(dict.fromkeys(names))

    def asks(self) -> str:
        """See `Rule.asks`."""
        return " or else ".join(
            f"({'; and '.join(clause.rule.asks() for clause in group)})" for group in self.groups
        )

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        said = [[(clause, clause.findings(case)) for clause in group] for group in self.groups]
        judged = [[finding for _, findings in group for finding in findings] for group in said]
        for group, findings in zip(said, judged, strict=True):
            if not any(f.is_problem for f in findings) and any(f.outcome is Outcome.PASS for f in findings):
                if nobody_asked(group):
                    continue
                yield from findings
                return
        verdicts = [max(finding.verdict for finding in findings) for findings in judged]
        # One that could not be judged might have held.
        unknown = max(verdicts) if max(verdicts) >= Verdict.UNAVAILABLE else None
        verdict = (
            unknown or min(v for v in verdicts if v is not Verdict.PASS) if any(verdicts) else Verdict.FAIL
        )
        problems = [next((f for f in findings if f.is_problem), findings[0]) for findings in judged]
        reasons = "; ".join(f"{number}) {f.message}" for number, f in enumerate(problems, 1))
        yield Finding(
            rule=self.id,
            policy=case.policy,
            outcome=Outcome.ERROR if unknown else Outcome.FAIL,
            verdict=verdict,
            code=next((f.code for f in problems if f.verdict is verdict), None) or "PolicyError",
            message=f"none of {len(judged)} alternatives holds: {reasons}",
            hint=next((f.hint for f in problems if f.hint), None),
            evidence=tuple(dict.fromkeys(digest for f in problems for digest in f.evidence)),
        )


def every(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Each of ``clauses``, and those that are alternatives in it."""
    for clause in clauses:
        yield clause
        if isinstance(clause.rule, AnyOf):
            for group in clause.rule.groups:
                yield from every(group)


def nobody_asked(said: Sequence[tuple[Clause, Sequence[Finding]]]) -> bool:
    """Whether there are rules that take somebody's word, and none of them applies: then nobody's was taken.

    ``said`` are rules that must hold together, each with what it found.
    """
    found = [finding for clause, findings in said if clause.rule.signers for finding in findings]
    return bool(found) and all(finding.outcome is Outcome.SKIP for finding in found)


def checked_nothing(policy: str, what: str) -> Finding:
    """The finding that something was applied and found neither good nor bad: a defect."""
    return Finding(
        rule="policy",
        policy=policy,
        outcome=Outcome.ERROR,
        verdict=Verdict.ERROR,
        code="InternalError",
        message=f"{what} was applied and checked nothing",
    )


def _shown(findings: Sequence[Finding]) -> Iterator[Finding]:
    """At most `FINDINGS` of each outcome, and how many more there are: 10,000 say no more than 100."""
    counts: dict[Outcome, int] = {}
    for finding in findings:
        counts[finding.outcome] = counts.get(finding.outcome, 0) + 1
        if counts[finding.outcome] <= FINDINGS:
            yield finding
    for outcome, count in counts.items():
        if count > FINDINGS:
            group = [f for f in findings if f.outcome is outcome][FINDINGS:]
            worst = max(group, key=lambda f: f.verdict)
            more = f"and {len(group)} more like these"
            yield replace(worst, message=more, package=None, vulnerability=None, element=None)
