"""What is probably not meant in the signers of a policy: nobody, or anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.policy.advice import Advice
from verifier.policy.expression_tree import TooComplexError
from verifier.policy.lint_rules import bare_dot
from verifier.policy.signers import CLAIMS, CertificateIdentity
from verifier.policy.stranger_names import GITHUB
from verifier.policy.strangers import callers, names_caller, other_issuer, proposals, strangers
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.values import Policy
from verifier.text import safe

# Repositories and files that exist to be called by workflows of others.
_SHARED = re.compile(
    r"slsa-github-generator|\.github$|workflows?|reusable|shared|templates?|generator|builders?"
)
_SHARED_FILE = re.compile(r"reusable|shared|workflow[-_.]call|generator|^builder")
_WORKFLOW = re.compile(r"https://[^/]+/([^/]+)/([^/]+)/(?:\.github|\.gitea|\.forgejo)/workflows/([^@]*)")
_ANY = re.compile(r"(?<!\\)\.[*+]")
_NAMES = {claim: name for name, claim in CLAIMS.items()}


def lint_signers(policy: Policy) -> Iterator[Advice]:
    """What there is to say of every keyless signer of ``policy``."""
    for name, signer in policy.signers.items():
        if not isinstance(signer, CertificateIdentity):
            continue
        for message, hint in _signer(policy, signer):
            yield Advice(f"signer {name!r}: {message}", signer.place or policy.source, hint)


def _signer(policy: Policy, signer: CertificateIdentity) -> Iterator[tuple[str, str]]:
    yield from _nobody(signer)
    yield from _dots(signer)
    try:
        yield from _anybody(policy, signer)
    except TooComplexError as error:
        yield f"nobody was tried on its patterns: {error.message}", "write a shorter pattern"


def _nobody(signer: CertificateIdentity) -> Iterator[tuple[str, str]]:
    """What is compared exactly, and is nobody's: a mistake that only shows when everything is refused."""
    issuer, subject = ("" if one.is_pattern else one.text for one in (signer.issuer, signer.subject))
    if issuer and "://" not in issuer:
        yield "the issuer is no address, as issuers are", f"write https://{safe(issuer)}"
    elif issuer.rstrip("/") == GITHUB != issuer:
        yield "GitHub's issuer has no slash at its end", f"write {GITHUB}"
    if _WORKFLOW.match(subject) and "@" not in subject:
        message = "the subject of a workflow ends with its ref, and this one has none"
        yield message, "add @refs/heads/main, or another ref"


def _dots(signer: CertificateIdentity) -> Iterator[tuple[str, str]]:
    matchers = {"the subject's pattern": signer.subject, "the issuer's pattern": signer.issuer}
    matchers |= {f"{_NAMES[claim]}-pattern": matcher for claim, matcher in signer.claims}
    for where, matcher in matchers.items():
        if bare_dot(matcher):
            yield f"a dot in {where} stands for any character", "write \\. for a dot"


def _anybody(policy: Policy, signer: CertificateIdentity) -> Iterator[tuple[str, str]]:
    issuer = other_issuer(signer.issuer)
    if issuer is not None:
        yield f"the issuer's pattern also takes {safe(issuer)}", "write the whole issuer, to its end"
    for stranger in proposals(signer):
        yield (
            f"the pattern takes any ref, also of {stranger.what}: {safe(stranger.signer.subject)}",
            "write the branch or the tags that releases are made from: @refs/tags/v[0-9]+",
        )
    found = [*strangers(signer)]
    for stranger in found:
        by = f" (issuer {safe(stranger.signer.issuer)})" if signer.issuer.is_pattern else ""
        yield f"the pattern takes {stranger.what}: {safe(stranger.signer.subject)}{by}", stranger.hint
    if not found and _reaches_over(signer.subject):
        yield (
            "the pattern takes workflows of repositories that it does not name",
            "write owner and repository, and [^/]+ for one part",
        )
    if not found:
        yield from _shared(policy, signer)


def _reaches_over(subject: TextMatcher) -> bool:
    """Whether something of any length, slashes too, stands before the part that says it is a workflow."""
    before = subject.text.partition("@")[0]
    at = before.find("/.github/") if "/.github/" in before else before.find("/\\.github/")
    return subject.is_pattern and at >= 0 and bool(_ANY.search(before[:at]))


def _shared(policy: Policy, signer: CertificateIdentity) -> Iterator[tuple[str, str]]:
    for stranger in callers(signer):
        subject = stranger.signer.subject
        called = f"{safe(stranger.caller)}, or whoever else calls it, signs with this subject"
        if names_caller(signer):
            yield (
                f"the claims take any repository that calls {safe(subject)}: {called}",
                "write the owner's name in the claim, or add source-repository-owner-uri",
            )
            return
        match = _WORKFLOW.match(subject)
        if match and _looks_shared(policy, match):
            name = safe(f"{match[1]}/{match[2]}")
            yield (
                f"{name} looks like a workflow that other repositories call; {called}",
                "add 'claims: {source-repository-uri: https://github.com/OWNER/REPOSITORY}'",
            )
            return


def _looks_shared(policy: Policy, match: re.Match[str]) -> bool:
    repository, file = match[2], match[3]
    # A repository with an image of its name builds that image.
    own = any(pattern.parts[-1] == repository.lower() for pattern in policy.images)
    return bool(_SHARED_FILE.search(file) or (_SHARED.search(repository) and not own))
