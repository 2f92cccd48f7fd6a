"""What is allowed in a policy, and is probably not meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from verifier.limits import EXCEPTION_DAYS
from verifier.policy.advice import Advice
from verifier.policy.clause import AnyOf, Clause, every
from verifier.policy.lint_rules import rule_advice
from verifier.policy.lint_signers import lint_signers
from verifier.policy.patterns import ImagePattern
from verifier.policy.rules.provenance import ProvenanceRule
from verifier.policy.times import days
from verifier.policy.values import Policy
from verifier.text import rfc3339, safe

Check = Callable[[Policy, datetime], Iterator[Advice]]


def lint(policy: Policy, now: datetime) -> list[Advice]:
    """Everything in ``policy`` that is probably not meant, as of ``now``."""
    return [
        advice for check in (_images, *_OF_PARTS, _requirements, _unnamed) for advice in check(policy, now)
    ]


def lint_base(policy: Policy, now: datetime) -> list[Advice]:
    """The same of one that others extend: what it lacks, they may have."""
    return [advice for check in _OF_PARTS for advice in check(policy, now)]


def _images(policy: Policy, _: datetime) -> Iterator[Advice]:
    for pattern in policy.images:
        if pattern.parts == ("**",):
            yield Advice(
                f"the image pattern {pattern.text!r} is every image of every registry",
                policy.source,
                "name the registries and repositories that the signers build for",
            )
        elif pattern.parts[1:] == ("**",):
            yield Advice(
                f"the image pattern {pattern.text!r} is every image of the registry, whoever owns it",
                policy.source,
                f"name the owner: {pattern.parts[0]}/OWNER/**",
            )
        wider = next((other for other in policy.images if other != pattern and _covers(other, pattern)), None)
        if wider is not None:
            yield Advice(
                f"the image pattern {pattern.text!r} adds nothing to {wider.text!r}",
                policy.source,
                "leave one of the two out",
            )


def _covers(wide: ImagePattern, narrow: ImagePattern) -> bool:
    """Whether ``wide`` matches all that ``narrow`` does: seen by names in which its stars are filled."""
    if wide.tag is not None and wide.tag != narrow.tag:
        return False
    samples = [
        "/".join(part.replace("**", deep).replace("*", fill) for part in narrow.parts)
        for fill in ("", "x", "a-b.c")
        for deep in ("one", "one/two")
    ]
    return all(wide.matches(sample) for sample in samples)


def _signers(policy: Policy, _: datetime) -> Iterator[Advice]:
    yield from lint_signers(policy)


def _requirements(policy: Policy, _: datetime) -> Iterator[Advice]:
    clauses = list(every(policy.rules))
    # Provenance is the builder's signature on the image and on how it came to be.
    if not any(clause.rule.id in {"signature", ProvenanceRule.id} for clause in clauses):
        yield Advice(
            "no rule asks for a signature of the image itself",
            policy.source,
            "attestations name their signer too; add '- signature: {}' where the image is signed",
        )
    if all(not clause.enforced for clause in policy.rules):
        yield Advice("nothing is enforced: every rule is in mode warn", policy.source, "use mode: enforce")
    if not any(map(_enforces_signer, policy.rules)):
        yield Advice(
            "no enforced rule asks for anything signed, so anybody's image passes the others",
            policy.source,
            "enforce a signature or an attestation rule",
        )


def _enforces_signer(clause: Clause) -> bool:
    """Whether it fails in any case where nobody signed: of alternatives, each of them does."""
    if isinstance(clause.rule, AnyOf):
        groups = clause.rule.groups
        return clause.enforced and all(any(map(_enforces_signer, group)) for group in groups)
    return clause.enforced and bool(clause.rule.signers)


def _unnamed(policy: Policy, _: datetime) -> Iterator[Advice]:
    """Rules for which a signer that was added for something else will do, each file's together."""
    found: dict[tuple[str, tuple[str, ...]], list[Clause]] = {}
    for clause in every(policy.rules):
        if len(clause.unnamed) > 1:
            found.setdefault((clause.place.rsplit(":", 2)[0], clause.unnamed), []).append(clause)
    for (file, names), clauses in found.items():
        rules = ", ".join(dict.fromkeys(clause.id for clause in clauses))
        word = "names" if len(clauses) == 1 else "name"
        own = file == policy.source
        of = "" if own else f" of {safe(file)}"
        yield Advice(
            f"{rules}{of} {word} no signer, so that any of {', '.join(names)} will do",
            clauses[0].place,
            f"write 'signers: [{names[0]}]' at a rule; where several are meant, name them all"
            if own
            else f"write 'extends: [{{policy: …, signers: [{names[0]}]}}]' to say who counts for its rules;"
            " where several are meant, name them all",
        )


def _rules(policy: Policy, _: datetime) -> Iterator[Advice]:
    clauses = list(every(policy.rules))
    others = [clause.rule for clause in clauses]
    for clause in clauses:
        for message, hint in rule_advice(clause.rule, others):
            yield Advice(f"{clause.id}: {message}", clause.place, hint)


def _dates(policy: Policy, now: datetime) -> Iterator[Advice]:
    for clause in every(policy.rules):
        if clause.until is not None and now >= clause.until:
            when = rfc3339(clause.until)
            yield Advice(
                f"{clause.id} is not applied since {when}", clause.place, "leave it out, or move 'until'"
            )
        if clause.effective_from is not None and now < clause.effective_from:
            when = rfc3339(clause.effective_from)
            yield Advice(f"{clause.id} is enforced from {when} only", clause.place, "until then it warns")
    for name, signer in policy.signers.items():
        end = signer.window.end
        if end is not None and now >= end:
            yield Advice(
                f"signer {name!r}: what is signed since {rfc3339(end)} does not count",
                signer.place,
                "keep it for older images, or name the signer of today too",
            )


def _exceptions(policy: Policy, now: datetime) -> Iterator[Advice]:
    for waiver in policy.waivers:
        left = waiver.expires - now
        what = f"{waiver!s}"
        if left <= timedelta(0):
            yield Advice(
                f"the {what} ended at {rfc3339(waiver.expires)}", waiver.place, "leave it out, or renew it"
            )
        elif left <= waiver.warn_before:
            yield Advice(
                f"the {what} ends in {days(left)}",
                waiver.place,
                "mend what it covers, or renew it",
            )
        if left > timedelta(days=EXCEPTION_DAYS):
            yield Advice(
                f"the {what} ends in {left.days // 365} years: nobody answers for it that long",
                waiver.place,
                "let it expire within two years, and renew it then if it is still needed",
            )
        if not (waiver.packages or waiver.vulnerabilities):
            yield Advice(
                f"the {what} covers every finding of {waiver.rule}",
                waiver.place,
                "name packages or vulnerabilities where the rule has them",
            )


_OF_PARTS: tuple[Check, ...] = (_signers, _rules, _dates, _exceptions)
