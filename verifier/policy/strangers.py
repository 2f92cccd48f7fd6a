"""Who else a signer of a policy is: strangers are made up, and the policy's own matching decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from verifier.model.verified import CertificateSigner
from verifier.policy.automata import Automaton, common, of_pattern, of_template, of_text
from verifier.policy.identities import accepts
from verifier.policy.signers import CLAIMS, CertificateIdentity
from verifier.policy.stranger_names import (
    ELSEWHERE,
    FORGES,
    FORGES_ELSEWHERE,
    ISSUERS,
    KNOWN,
    REF,
    REPOSITORY,
    Forge,
    Trial,
    workflow,
)
from verifier.policy.text_patterns import TextMatcher

_ANY = "[ -~]*"
# Numbers that the provider gives: a pattern that takes some of several is no pattern of one's own.
_NUMBERS = dict.fromkeys(("sourceRepositoryIdentifier", "sourceRepositoryOwnerIdentifier"), "(?P<d1>[0-9]+)")
# The claims that say for which repository a workflow runs, those first that say most.
_CALLER = (
    "sourceRepositoryURI",
    "githubWorkflowRepository",
    "buildConfigURI",
    "runInvocationURI",
    "sourceRepositoryOwnerURI",
    *_NUMBERS,
)
_SUBJECT = re.compile(r"https?://(?P<host>[^/]+)/(?P<path>.+?)(?://|/\.(?:github|gitea|forgejo)/workflows/)")


# What follows a repository in the address of something in it.
_BEHIND = re.compile(r"(?<!:)//.*|/\.(?:github|gitea|forgejo)/.*|/(?:actions|-)/.*")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is accepted: ``signer``, who is one of ``what`` (workflows of …), and what to do about it.

    ``caller`` is the repository that called a shared workflow.
    """

    signer: CertificateSigner
    what: str
    hint: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A repository: where it is, whose it is, and its name. Each is a template."""

    host: str
    owner: str
    repository: str

    def uri(self) -> str:
        return f"https://{self.host}/{self.owner}/{self.repository}"

    def claims(self) -> dict[str, str]:
        """What certificates say of it, as templates."""
        return {
            "sourceRepositoryURI": self.uri(),
            "githubWorkflowRepository": f"{self.owner}/{self.repository}",
            "buildConfigURI": rf"{self.uri()}(?:/\.(?:github|gitea|forgejo)/workflows/|//)[!-~]+",
            "runInvocationURI": f"{self.uri()}/(?:actions|-)/[!-~]+",
            "sourceRepositoryOwnerURI": f"https://{self.host}/{self.owner}",
        }


def strangers(identity: CertificateIdentity) -> Iterator[Stranger]:
    """Those with a name that ``identity`` does not write out, one of each kind.

    Raises `TooComplexError` where a pattern is too large.
    """
    seen = set()
    for stranger in (*_by_forges(identity), *_by_trials(identity)):
        if stranger.what not in seen:
            seen.add(stranger.what)
            yield stranger


def other_issuer(issuer: TextMatcher) -> str | None:
    """An issuer of a stranger's that ``issuer`` takes."""
    found = (_common(issuer, template, chosen=1) for template in ISSUERS)
    return next((text for text in found if text is not None and issuer.matches(text)), None)


def proposals(identity: CertificateIdentity) -> Iterator[Stranger]:
    """What runs for changes that somebody only proposes, where ``identity`` takes it and does not say so."""
    for forge in _forges(identity):
        issuer = _common(identity.issuer, forge.issuer)
        template = forge.shape(forge.host, f"(?:{forge.owner})", REPOSITORY, forge.proposed)
        subject = _common(identity.subject, template, chosen=1)
        if issuer is None or subject is None:
            continue
        pulled = forge.shape is workflow
        ref = re.escape(subject.partition("@")[2]) if pulled else _ANY
        event = "pull_request" if pulled else "merge_request_event"
        claims = dict.fromkeys(CLAIMS.values(), _ANY)
        claims |= {"sourceRepositoryRef": ref, "githubWorkflowRef": ref}
        claims |= {"buildTrigger": event, "githubWorkflowTrigger": event}
        what = "pull requests (refs/pull/…)" if pulled else "merge requests (refs/merge-requests/…)"
        yield from _accepted(identity, issuer, subject, claims, what, "")


def callers(identity: CertificateIdentity) -> Iterator[Stranger]:
    """Others whose repositories call the workflow that ``identity`` names, where it takes what they make."""
    for forge in _forges(identity):
        issuer = _common(identity.issuer, forge.issuer, chosen=forge.issuer_chosen)
        subject = _common(identity.subject, workflow(forge.host, "[A-Za-z0-9_-]+", REPOSITORY, "[!-~]+"))
        match = _SUBJECT.match(subject or "")
        if forge.shape is not workflow or issuer is None or subject is None or match is None:
            continue
        place = _caller(identity, replace(forge, host=re.escape(match["host"])))
        if place is None:
            continue
        place = replace(
            place,
            owner="anybody" if place.owner == forge.owner else place.owner,
            repository="anything" if place.repository == REPOSITORY else place.repository,
        )
        caller = re.sub(r"\\(.)", r"\1", place.uri())
        for stranger in _accepted(identity, issuer, subject, _claims(place, subject), "", ""):
            yield replace(stranger, caller=caller)


def names_caller(identity: CertificateIdentity) -> bool:
    """Whether ``identity`` says something of the repository that a workflow runs for."""
    return any(claim in _CALLER for claim, _ in identity.claims)


def _by_forges(identity: CertificateIdentity) -> Iterator[Stranger]:
    for forge in _forges(identity):
        issuer = _common(identity.issuer, forge.issuer, chosen=forge.issuer_chosen)
        caller = _caller(identity, forge)
        if issuer is None or caller is None:
            continue
        # Claims may leave the repository to others, and the subject not.
        for place in (caller, replace(caller, repository=REPOSITORY)):
            template = forge.shape(place.host, f"(?P<d1>{place.owner})", place.repository, REF)
            subject = _common(identity.subject, template, chosen=1)
            match = _SUBJECT.match(subject or "")
            if subject is None or match is None:
                continue
            owner, _, repository = match["path"].rpartition("/")
            own = _Place(*map(re.escape, (match["host"], owner, repository)))
            yield from _accepted(identity, issuer, subject, _claims(own, subject), forge.what, forge.hint)


def _by_trials(identity: CertificateIdentity) -> Iterator[Stranger]:
    for trial in _trials(identity):
        issuer = _common(identity.issuer, trial.issuer, chosen=trial.issuer_chosen)
        subject = _common(identity.subject, trial.subject, chosen=trial.chosen)
        if issuer is None or subject is None:
            continue
        claims = {} if trial.claims is None else dict.fromkeys(CLAIMS.values(), _ANY) | dict(trial.claims)
        yield from _accepted(identity, issuer, subject, claims, trial.what, trial.hint)


def _forges(identity: CertificateIdentity) -> tuple[Forge, ...]:
    found = tuple(forge for forge in FORGES if _fits(identity, forge.issuer))
    if found or any(_fits(identity, trial.issuer) for trial in KNOWN):
        return found
    said = f"{identity.issuer.text} {identity.subject.text}".lower()
    return tuple(forge for forge in FORGES_ELSEWHERE if any(word in said for word in forge.words))


def _trials(identity: CertificateIdentity) -> tuple[Trial, ...]:
    found = tuple(trial for trial in KNOWN if _fits(identity, trial.issuer))
    return found or (() if any(_fits(identity, forge.issuer) for forge in FORGES) else ELSEWHERE)


def _fits(identity: CertificateIdentity, issuer: str) -> bool:
    return _common(identity.issuer, issuer) is not None


def _caller(identity: CertificateIdentity, forge: Forge) -> _Place | None:
    """A stranger's repository of which the claims may speak; None where they speak of the owner's alone."""
    place = _Place(forge.host, forge.owner, REPOSITORY)
    wanted = dict(identity.claims)
    for claim in _CALLER:
        if claim not in wanted or claim in _NUMBERS:
            continue
        below = "" if forge.shape is workflow else "(?:/[A-Za-z0-9._-]+)*"
        marked = replace(place, owner=f"(?P<d1>{place.owner}){below}")
        text = _common(wanted[claim], marked.claims()[claim], chosen=1)
        if text is None:
            return None
        host, _, path = _BEHIND.sub("", text).removeprefix("https://").partition("/")
        if claim == "githubWorkflowRepository":
            host, path = "", text
        owner, _, repository = path.rpartition("/") if claim != "sourceRepositoryOwnerURI" else (path, "", "")
        return _Place(
            re.escape(host) or place.host, re.escape(owner), re.escape(repository) or place.repository
        )
    return place


def _claims(place: _Place, subject: str) -> dict[str, str]:
    """The claims of what runs in ``place`` as ``subject``, as templates."""
    any_ = dict.fromkeys(CLAIMS.values(), _ANY)
    return any_ | place.claims() | _NUMBERS | {"buildSignerURI": re.escape(subject)}


def _accepted(
    identity: CertificateIdentity,
    issuer: str,
    subject: str,
    claims: Mapping[str, str],
    what: str,
    hint: str,
) -> Iterator[Stranger]:
    """Whoever has ``issuer``, ``subject`` and those of ``claims`` that are wanted, where it is accepted."""
    values = {}
    for claim, matcher in identity.claims:
        chosen = int("(?P<d1>" in claims.get(claim, ""))
        value = _common(matcher, claims[claim], chosen=chosen) if claim in claims else None
        if value is None:
            return
        values[claim] = value
    kind = "uri" if "://" in subject else "email"
    signer = CertificateSigner(issuer, subject, kind, values)
    if accepts(identity, signer):
        yield Stranger(signer, what, hint)


def _common(matcher: TextMatcher, template: str, *, chosen: int = 0) -> str | None:
    return common(_automaton(matcher), of_template(template), chosen=chosen)


def _automaton(matcher: TextMatcher) -> Automaton:
    return of_pattern(matcher.text) if matcher.is_pattern else of_text(matcher.text)
