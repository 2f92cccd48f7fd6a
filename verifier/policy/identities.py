"""Who is wanted, who was found, and what is between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from verifier.model.verified import CertificateSigner, KeySigner, Signer, VerifiedStatement
from verifier.policy.signers import CertificateIdentity, Identity, KeyIdentity
from verifier.text import rfc3339, safe


def accepts(identity: Identity, signer: Signer) -> bool:
    """Whether ``signer`` is the wanted ``identity``: issuer, subject and claims, or the key."""
    match identity, signer:
        case CertificateIdentity(), CertificateSigner():
            return (
                identity.issuer.matches(signer.issuer)
                and identity.subject.matches(signer.subject)
                and not _other_claims(identity, signer)
            )
        case KeyIdentity(), KeySigner():
            return identity.key.fingerprint == signer.fingerprint
        case _:
            return False


def accepted_by(signers: Mapping[str, Identity], statement: VerifiedStatement) -> frozenset[str]:
    """The names of all ``signers`` that made ``statement`` at a time at which their word counts."""
    return frozenset(
        name
        for name, identity in signers.items()
        if accepts(identity, statement.signer) and identity.window.holds(statement.signed_at)
    )


def out_of_time(identities: Iterable[Identity], statement: VerifiedStatement) -> str | None:
    """A sentence where ``statement`` is by a wanted signer and outside the time of its word, else None."""
    for identity in identities:
        if accepts(identity, statement.signer) and not identity.window.holds(statement.signed_at):
            when = rfc3339(statement.signed_at) if statement.signed_at else "a time that is not known"
            return f"the word of {identity.name} counts{identity.window}, and this was signed at {when}"
    return None


def _other_claims(identity: CertificateIdentity, signer: CertificateSigner) -> list[str]:
    """The claims of ``signer`` that are not the wanted ones, in words."""
    return [
        f"{claim} is {safe(signer.claims[claim])}, not {matcher}"
        if claim in signer.claims
        else f"the certificate has no {claim}"
        for claim, matcher in identity.claims
        if claim not in signer.claims or not matcher.matches(signer.claims[claim])
    ]


def describe(signer: Signer) -> str:
    """Who signed, for people."""
    match signer:
        case CertificateSigner():
            return f"{safe(signer.subject)} (issuer {safe(signer.issuer)})"
        case KeySigner():
            return f"the key {signer.fingerprint}"


def nearest(identities: Iterable[Identity], found: Iterable[Signer]) -> str | None:
    """A sentence on the pair of wanted and found that comes nearest; None where nothing can be compared."""
    pairs = [
        (_similarity(identity, signer), identity, signer)
        for identity in identities
        for signer in found
        if isinstance(identity, CertificateIdentity) and isinstance(signer, CertificateSigner)
    ]
    if not pairs:
        return None
    _, identity, signer = max(pairs, key=lambda pair: (pair[0], str(pair[1]), describe(pair[2])))
    return _difference(identity, signer)


def _similarity(identity: CertificateIdentity, signer: CertificateSigner) -> float:
    return sum(
        1.0 if wanted.matches(actual) else _ratio(wanted.text, actual[:1000])
        for wanted, actual in ((identity.issuer, signer.issuer), (identity.subject, signer.subject))
    )


@lru_cache(maxsize=16_384)  # every rule on every platform compares the same, and the comparison is slow
def _ratio(wanted: str, actual: str) -> float:
    return difflib.SequenceMatcher(None, wanted, actual).ratio()


def _difference(identity: CertificateIdentity, signer: CertificateSigner) -> str:
    """What keeps the two apart, with the usual reasons for it."""
    issuer, subject = identity.issuer.matches(signer.issuer), identity.subject.matches(signer.subject)
    if subject and issuer:
        return f"issuer and subject are the wanted ones; {'; '.join(_other_claims(identity, signer))}"
    if subject:
        return f"the subject is the wanted one, the issuer is {safe(signer.issuer)}{_slash(identity, signer)}"
    start = "the issuer is the wanted one, the subject is" if issuer else "the nearest is"
    if identity.subject.matches_a_part(signer.subject):
        return f"{start} {safe(signer.subject)} (the pattern matches a part of it, and must match the whole)"
    return f"{start} {safe(signer.subject)}{_reason(identity.subject.text, signer.subject)}"


def _slash(identity: CertificateIdentity, signer: CertificateSigner) -> str:
    same = identity.issuer.text.rstrip("/") == signer.issuer.rstrip("/")
    return " (they differ in the slash at the end)" if same else ""


def _reason(wanted: str, actual: str) -> str:
    if wanted.lower() == actual.lower():
        return " (they differ in upper and lower case)"
    wanted_path, _, wanted_ref = wanted.partition("@")
    actual_path, _, actual_ref = actual.partition("@")
    if wanted_path == actual_path:
        kinds = {"refs/heads/": "branch", "refs/tags/": "tag"}
        names = [
            next((kind for start, kind in kinds.items() if ref.startswith(start)), "ref")
            for ref in (wanted_ref, actual_ref)
        ]
        if names[0] != names[1]:
            return f" (a {names[0]} is wanted, it was signed from a {names[1]})"
        return f" (the same workflow from another {names[0]})"
    if wanted_path.rpartition("/")[0] == actual_path.rpartition("/")[0]:
        return " (another workflow file of the same repository)"
    return ""
