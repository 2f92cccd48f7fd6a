"""What is to be said of an image before its platforms are judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.reference import ImageReference
from verifier.policy.values import Policy
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about an image beside its evidence.

    ``name`` is that of the image; None for a layout, which has no name that could be trusted: every policy
    applies. ``claimed`` is what exceptions know it by; ``tag`` is what was typed, and None where a digest was
    typed too, since it is the digest alone that a registry is asked for. ``other_names`` are further names
    of the same image.
    """

    name: str | None
    claimed: str
    tag: str | None
    now: datetime
    other_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, reference: ImageReference, now: datetime) -> Self:
        """What was asked by typing ``reference``."""
        return cls(reference.name, reference.name, reference.effective_tag, now, reference.other_names)

    def is_matter_of(self, policy: Policy) -> bool:
        """Whether ``policy`` is about the image."""
        return self.name is None or policy.is_about(self.name, self.tag, others=self.other_names)


def image_checks(
    policies: Sequence[Policy], applying: Sequence[Policy], evidence: ImageEvidence, asked: Asked
) -> Iterator[Finding]:
    """The findings on the image itself: which of ``policies`` apply to it, whether it has a platform."""
    if not applying:
        yield _unmatched(policies, evidence)
        return
    if not evidence.platforms:
        yield Finding(
            rule="platforms",
            policy=None,
            outcome=Outcome.FAIL,
            verdict=Verdict.UNVERIFIED,
            code="PlatformError",
            message="there is no platform to judge",
        )
    for policy in applying:
        yield from _by_claim(policy, asked)
        if asked.name is not None and _only_by_tag(policy, (asked.name, *asked.other_names)):
            typed = f"the tag {safe(asked.tag)}" if asked.tag else "its digest, whatever its tag"
            yield Finding(
                rule="images",
                policy=policy.name,
                outcome=Outcome.PASS,
                verdict=Verdict.PASS,
                code=None,
                message=f"the policy is about the image by {typed}: advisory, since tags can be moved",
            )
    if not any(clause.is_enforced(asked.now) for policy in applying for clause in policy.rules):
        yield Finding(
            rule="policy",
            policy=None,
            outcome=Outcome.WARN,
            verdict=Verdict.PASS,
            code="PolicyError",
            message="NOT ENFORCED: no rule of any policy is enforced now: all are in mode warn, or it is not"
            " their time",
        )


def _by_claim(policy: Policy, asked: Asked) -> Iterator[Finding]:
    """A layout says itself what image it is, and so which exceptions are for it."""
    chosen = [
        waiver.id
        for waiver in policy.waivers
        if waiver.names((asked.claimed, *asked.other_names)) and asked.now < waiver.expires
    ]
    if asked.name is None and chosen:
        yield Finding(
            rule="exceptions",
            policy=policy.name,
            outcome=Outcome.WARN,
            verdict=Verdict.PASS,
            code="PolicyError",
            message=f"the layout says that it is {safe(asked.claimed)}, which nobody proved, and has the"
            f" exceptions for images of that name: {', '.join(chosen)}",
            hint="name the image in its registry where that matters",
        )


def _only_by_tag(policy: Policy, names: Sequence[str]) -> bool:
    return bool(policy.images) and all(
        pattern.tag is not None for pattern in policy.images for name in names if pattern.matches(name)
    )


def _unmatched(policies: Sequence[Policy], evidence: ImageEvidence) -> Finding:
    patterns = ", ".join(safe(image.text) for policy in policies for image in policy.images)
    warns = bool(policies) and all(policy.unmatched_warns for policy in policies)
    message = f"no policy is about {safe(evidence.name)}; they are about {patterns or 'nothing'}"
    return Finding(
        rule="policy",
        policy=None,
        outcome=Outcome.WARN if warns else Outcome.FAIL,
        verdict=Verdict.PASS if warns else Verdict.FAIL,
        code="PolicyError",
        message=f"NOT JUDGED: {message} (unmatched-images: warn)" if warns else message,
        hint="add the image to a policy's images, or give another policy with --policy",
    )
