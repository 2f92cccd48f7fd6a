"""What is allowed in a policy, and is probably not meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from verifier.limits import EXCEPTION_DAYS
from verifier.policy.advice import Advice
from verifier.policy.clause import AnyOf, Clause, every
from verifier.policy.lint_rules import rule_advice
from verifier.policy.patterns import ImagePattern
from verifier.policy.rules.provenance import ProvenanceRule
from verifier.policy.rules.provenance_checks import Claim
from verifier.policy.signers import CertificateIdentity
from verifier.policy.times import days
from verifier.policy.values import Policy
from verifier.text import rfc3339, safe

_SOURCE = frozenset({"sourceRepositoryURI", "sourceRepositoryIdentifier", "githubWorkflowRepository"})
# Repositories that exist to be called by workflows of others.
_SHARED = re.compile(
    r"slsa-github-generator|\.github$|workflows?|reusable|shared|templates?|generator|builders?"
)
_WORKFLOW = re.compile(r"https://[^/]+/([^/]+)/([^/]+)/(?:\.github|\.gitea|\.forgejo)/workflows/")
_GITHUB = "https://token.actions.githubusercontent.com"
_CLASS = re.compile(r"\[[^\]]*\]")
_BARE_DOT = re.compile(r"(?<!\\)\.(?![*+?{])")
_ANY = re.compile(r"(?<!\\)\.[*+]")
_KIND_OF_REF = re.compile(r"refs/(?!pull)\(?[a-z]")
_OWNER = _SOURCE | {"sourceRepositoryOwnerURI", "sourceRepositoryOwnerIdentifier"}
# Nobody's repositories: no name there has a dot before its end.
_STRANGERS = (
    "https://github.com/any.body/anything/.github/workflows/anything.yaml@refs/heads/main",
    "https://github.com/any.body/app/.github/workflows/release.yaml@refs/heads/main",
    "https://github.com/any.body/app/.github/workflows/release.yaml@refs/tags/v1.2.3",
    "https://gitlab.com/any.body/anything//.gitlab-ci.yml@refs/heads/main",
)


Check = Callable[[Policy, datetime], Iterator[Advice]]


def lint(policy: Policy, now: datetime) -> list[Advice]:
    """Everything in ``policy`` that is probably not meant, as of ``now``."""
    return [advice for check in _CHECKS for advice in check(policy, now)]


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


def _subjects(policy: Policy, _: datetime) -> Iterator[Advice]:
    for name, signer in policy.signers.items():
        if not isinstance(signer, CertificateIdentity):
            continue
        text = signer.subject.text
        if signer.subject.is_pattern:
            yield from _wide_pattern(name, signer)
        match = _WORKFLOW.match(text.replace("\\", ""))
        if match and _SHARED.search(match[2]) and not _SOURCE.intersection(dict(signer.claims)):
            yield Advice(
                f"signer {name!r}: {safe(match[1])}/{safe(match[2])} looks like a workflow that other"
                " repositories call; whoever calls it signs with this subject",
                signer.place,
                "add 'claims: {source-repository-uri: https://github.com/OWNER/REPOSITORY}'",
            )


def _nobody(policy: Policy, _: datetime) -> Iterator[Advice]:
    """What is compared exactly, and is nobody's: a mistake that only shows when everything is refused."""
    for name, signer in policy.signers.items():
        if not isinstance(signer, CertificateIdentity):
            continue
        issuer, subject = ("" if one.is_pattern else one.text for one in (signer.issuer, signer.subject))
        if issuer and "://" not in issuer:
            message, hint = "the issuer is no address, as issuers are", f"write https://{safe(issuer)}"
            yield Advice(f"signer {name!r}: {message}", signer.place, hint)
        elif issuer.rstrip("/") == _GITHUB != issuer:
            message, hint = "GitHub's issuer has no slash at its end", f"write {_GITHUB}"
            yield Advice(f"signer {name!r}: {message}", signer.place, hint)
        if _WORKFLOW.match(subject) and "@" not in subject:
            message = "the subject of a workflow ends with its ref, and this one has none"
            yield Advice(f"signer {name!r}: {message}", signer.place, "add @refs/heads/main, or another ref")
    for clause in every(policy.rules):
        checks = clause.rule.checks if isinstance(clause.rule, ProvenanceRule) else ()
        for check in checks:
            if isinstance(check, Claim) and check.subject == "ref" and _is_short(check):
                message = f"the ref {safe(check.wanted.text, limit=60)!r} is none that GitHub has"
                yield Advice(f"{clause.id}: {message}", clause.place, "write refs/heads/… or refs/tags/…")


def _is_short(ref: Claim) -> bool:
    return not ref.wanted.is_pattern and not ref.wanted.text.startswith("refs/")


def _wide_pattern(name: str, signer: CertificateIdentity) -> Iterator[Advice]:
    """Patterns that match more than they seem to."""
    text = signer.subject.text
    if _BARE_DOT.search(_CLASS.sub("x", text)):
        yield Advice(
            f"signer {name!r}: a dot in the subject's pattern stands for any character",
            signer.place,
            "write \\. for a dot",
        )
    before, at, ref = text.partition("@")
    open_ended = ref if at else text if "github" in text else ""
    if _ANY.search(open_ended) and not _KIND_OF_REF.match(_ANY.split(open_ended)[0]):
        yield Advice(
            f"signer {name!r}: the pattern takes any ref, also of pull requests (refs/pull/…)",
            signer.place,
            "write the branch or the tags that releases are made from: @refs/tags/v[0-9]+",
        )
    workflow = before.find("/.github/") if "/.github/" in before else before.find("/\\.github/")
    strange = any(map(signer.subject.matches, _STRANGERS)) and _OWNER.isdisjoint(dict(signer.claims))
    if strange or _ANY.search(before[:workflow] if workflow >= 0 else ""):
        yield Advice(
            f"signer {name!r}: the pattern takes workflows of repositories that it does not name",
            signer.place,
            "write owner and repository, and [^/]+ for one part",
        )


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
    for clause in every(policy.rules):
        for message, hint in rule_advice(clause.rule):
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


_CHECKS: tuple[Check, ...] = (
    _images,
    _nobody,
    _subjects,
    _requirements,
    _unnamed,
    _rules,
    _dates,
    _exceptions,
)
