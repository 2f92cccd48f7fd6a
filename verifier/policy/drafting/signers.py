"""The signers of a draft: each that was found, as tightly as a policy can say who it is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.errors import InputError
from verifier.model.trust import PublicKey
from verifier.model.verified import CertificateSigner, KeySigner, Signer
from verifier.policy.drafting.text import comment, commented, literal, name_of, quoted
from verifier.policy.text_patterns import TextMatcher

_LENGTH = 2048  # of a text in a policy file
_SOURCES = 5  # repositories that one workflow was called from, and are still listed
_WORKFLOW = re.compile(r"https://[^/]+/[^/]+/[^/]+/(?:[^@]*/)?([^/@]+)@(.+)", re.DOTALL)
_VERSION_TAG = re.compile(r"(?P<start>.*@refs/tags/.*?)(?P<v>v?)(?P<numbers>[0-9]+(?:\.[0-9]+)+)", re.DOTALL)
_ENDINGS = re.compile(r"\.ya?ml$")
_GITHUB = "https://token.actions.githubusercontent.com"

Who = tuple[str, ...]
"""Who a signer is, whatever else its certificates say: issuer and subject, or a key's fingerprint."""


@dataclass(frozen=True, slots=True)
class DraftedSigner:
    """A signer under its ``name``, and its entry below ``signers:``."""

    name: str
    lines: tuple[str, ...]


def who(signer: Signer) -> Who:
    """Who ``signer`` is."""
    if isinstance(signer, CertificateSigner):
        return (signer.issuer, signer.subject)
    return (signer.fingerprint,)


def draft_signer(
    found: Sequence[Signer], keys: Mapping[str, PublicKey], taken: Collection[str]
) -> DraftedSigner | None:
    """The entry for one signer, ``found`` once in each statement; None where a policy cannot name it.

    ``keys`` are the managed keys by their fingerprints.
    """
    certificates = [signer for signer in found if isinstance(signer, CertificateSigner)]
    if certificates:
        return _keyless(certificates, taken)
    key = next(
        (keys[s.fingerprint] for s in found if isinstance(s, KeySigner) and s.fingerprint in keys), None
    )
    if key is None:
        return None
    name = name_of("key", taken, otherwise="key")
    return DraftedSigner(name, (f"  {name}:", "    key: |", *_pem(key)))


def _pem(key: PublicKey) -> Iterator[str]:
    import base64

    yield "      -----BEGIN PUBLIC KEY-----"
    yield from (f"      {line}" for line in textwrap.wrap(base64.b64encode(key.der).decode("ascii"), 64))
    yield "      -----END PUBLIC KEY-----"


def _keyless(found: Sequence[CertificateSigner], taken: Collection[str]) -> DraftedSigner | None:
    issuer, subject = found[0].issuer, found[0].subject
    lines = [_text("issuer", issuer), _text("subject", subject)]
    if None in lines:
        return None
    name = name_of(_stem(subject), taken, otherwise="signer")
    body = [f"    {line}" for line in lines if line is not None]
    body += _tag_alternative(subject)
    claims = [f"      {line}" for line in _claims(found)]
    if any(not line.lstrip().startswith("#") for line in claims):
        claims = ["    claims:", *claims]
    body += claims
    body += _further(found)
    return DraftedSigner(name, (f"  {name}:", *body))


def _text(key: str, value: str) -> str | None:
    """``key`` with exactly ``value``; as a pattern where the exact form would be taken for something else."""
    if len(value) > _LENGTH:
        return None
    try:
        TextMatcher.exact(value, otherwise="")
        return f"{key}: {quoted(value)}"
    except InputError:
        pass
    pattern = literal(value)
    try:
        if len(pattern) <= _LENGTH and TextMatcher.pattern(pattern).matches(value):
            return f"{key}-pattern: {quoted(pattern)}"
    except InputError:
        pass
    return None


def _stem(subject: str) -> str:
    """What people would call the signer: the workflow's file, or what stands before the @ of an address."""
    match = _WORKFLOW.fullmatch(subject)
    last = match[1] if match else subject.partition("@")[0].rstrip("/").rpartition("/")[2]
    return _ENDINGS.sub("", last.lower())


def every_version(text: str) -> str | None:
    """A pattern for all that differs from ``text`` in the numbers of its tag; None without such a tag."""
    match = _VERSION_TAG.fullmatch(text)
    if match is None:
        return None
    numbers = r"\.".join(["[0-9]+"] * (match["numbers"].count(".") + 1))
    pattern = f"{literal(match['start'])}{match['v']}{numbers}"
    return pattern if len(pattern) <= _LENGTH else None


def _tag_alternative(subject: str) -> Iterator[str]:
    pattern = every_version(subject)
    if pattern is not None:
        yield from comment(
            "Signed from a tag. To take every tag of this form, put this in its place:", "    "
        )
        yield from commented([f"    subject-pattern: {quoted(pattern)}"], "    ")


def _claims(found: Sequence[CertificateSigner]) -> Iterator[str]:
    """The claims that say more than the subject does, and hold for all that was found."""
    issuer, subject = found[0].issuer, found[0].subject
    sources = {signer.claims.get("sourceRepositoryURI", "") for signer in found}
    if "" not in sources and any(not subject.startswith(f"{source}/") for source in sources):
        yield from comment(
            "The workflow belongs to another repository: whoever calls it signs as this subject."
        )
        yield from _one_of("source-repository-uri", sorted(sources))
    elif issuer == _GITHUB and "" in sources:
        repositories = {signer.claims.get("githubWorkflowRepository", "") for signer in found}
        if "" not in repositories and any(f"github.com/{name}/" not in subject for name in repositories):
            yield from comment(
                "The workflow belongs to another repository: whoever calls it signs as this subject."
            )
            yield from _one_of("github-workflow-repository", sorted(repositories))
    if {signer.claims.get("runnerEnvironment") for signer in found} == {"github-hosted"}:
        yield f"runner-environment: {quoted('github-hosted')}"


def _one_of(claim: str, values: Sequence[str]) -> Iterator[str]:
    if len(values) == 1:
        line = _text(claim, values[0])
        yield from [line] if line else comment(f"{claim} {values[0]} cannot be written in a policy")
        return
    pattern = "|".join(literal(value) for value in values)
    if len(values) <= _SOURCES and len(pattern) <= _LENGTH:
        yield f"{claim}-pattern: {quoted(pattern)}"
    else:
        yield from comment(f"{claim}: it was called from {len(values)} repositories; name yours")


_FURTHER = {
    "source-repository-ref": "sourceRepositoryRef",
    "build-trigger": "buildTrigger",
    "source-repository-identifier": "sourceRepositoryIdentifier",
    "source-repository-owner-identifier": "sourceRepositoryOwnerIdentifier",
}


def _further(found: Sequence[CertificateSigner]) -> Iterator[str]:
    """Claims that would be tighter still, and would refuse the next release as likely as not."""
    lines = []
    for claim, name in _FURTHER.items():
        values = {signer.claims.get(name, "") for signer in found}
        if len(values) == 1 and "" not in values and (line := _text(claim, values.pop())) is not None:
            lines.append(f"      {line}")
    if lines:
        yield from comment(
            "Further claims of the certificate, to put under claims where they should hold:", "    "
        )
        yield from commented(lines, "    ")
