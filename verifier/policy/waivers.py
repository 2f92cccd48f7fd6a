"""Exceptions: findings that somebody answers for, until a date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.patterns import ImagePattern
from verifier.text import rfc3339, safe

if TYPE_CHECKING:
    from verifier.policy.packages import PackagePattern


@dataclass(frozen=True, slots=True)
class Waiver:
    """One exception of a policy file.

    ``rule`` is a kind of rule, or ``kind/id``. ``images``, ``packages`` and ``vulnerabilities`` narrow it
    where they are not empty. It is warned of from ``warn_before`` its end. ``place`` is where it stands.
    """

    id: str
    rule: str
    images: tuple[ImagePattern, ...]
    packages: tuple[PackagePattern, ...]
    vulnerabilities: frozenset[str]
    owner: str
    reason: str
    ticket: str
    expires: datetime
    warn_before: timedelta
    place: str = field(default="", compare=False)

    def covers(self, finding: Finding, image: Sequence[str]) -> bool:
        """Whether ``finding`` on an image is one that this excepts. What could not be found out never is.

        ``image`` are the names of the image.
        """
        return (
            finding.outcome in {Outcome.FAIL, Outcome.WARN}
            and self.rule in {finding.rule, finding.rule.partition("/")[0]}
            and (not self.images or self.names(image))
            and (not self.packages or self._lists_package(finding.package))
            and (not self.vulnerabilities or self._lists(finding.vulnerability))
        )

    def names(self, image: Sequence[str]) -> bool:
        """Whether it is for images with one of these names, and says so."""
        return any(pattern.matches(name) for pattern in self.images for name in image)

    def _lists_package(self, package: str | None) -> bool:
        return package is not None and any(pattern.matches_purl(package) for pattern in self.packages)

    def _lists(self, vulnerability: str | None) -> bool:
        return vulnerability is not None and not self.vulnerabilities.isdisjoint(vulnerability.split(" "))

    def __str__(self) -> str:
        return f"exception {self.id!r} of {safe(self.owner)}, {safe(self.ticket)}: {safe(self.reason)}"


def waive(
    findings: Iterable[Finding], waivers: Sequence[Waiver], *, image: Sequence[str], now: datetime
) -> Iterator[Finding]:
    """``findings``, those that a waiver covers as waived, and a warning for each waiver that ends soon."""
    ending: dict[str, Finding] = {}
    for finding in findings:
        covering = [waiver for waiver in waivers if waiver.covers(finding, image)]
        valid = [waiver for waiver in covering if now < waiver.expires]
        if valid:
            waiver = max(valid, key=lambda item: item.expires)
            yield _waived(finding, waiver)
            if waiver.expires - now <= waiver.warn_before:
                ending[waiver.id] = _ending(finding, waiver)
        elif covering:
            waiver = max(covering, key=lambda item: item.expires)
            yield replace(
                finding,
                message=f"{finding.message} (the {waiver} ended at {rfc3339(waiver.expires)})",
            )
        else:
            yield finding
    yield from ending.values()


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    return replace(
        finding,
        outcome=Outcome.WAIVED,
        verdict=Verdict.PASS,
        message=f"{finding.message} (waived until {rfc3339(waiver.expires)} by the {waiver})",
        hint=None,
    )


def _ending(finding: Finding, waiver: Waiver) -> Finding:
    return Finding(
        rule=finding.rule,
        policy=finding.policy,
        outcome=Outcome.WARN,
        verdict=Verdict.PASS,
        code="PolicyError",
        message=f"the {waiver} ends at {rfc3339(waiver.expires)}; what it covers fails from then on",
        hint=f"mend what it covers, or have {safe(waiver.owner)} extend it",
    )
