"""A policy from the command line: the same values, from options instead of a file."""

from __future__ import annotations

import json
from collections.abc import Sequence

from verifier.errors import InputError, UsageError
from verifier.model.digest import Digest
from verifier.model.trust import PublicKey
from verifier.policy.clause import Clause
from verifier.policy.interface import Rule
from verifier.policy.quorum import Quorum
from verifier.policy.rules.attestation import attestation
from verifier.policy.rules.signature import Signature
from verifier.policy.signers import CertificateIdentity, Identity, KeyIdentity
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.values import Policy

NAME = "options"


def adhoc_policy(
    *,
    identity: str | None = None,
    identity_regexp: str | None = None,
    issuer: str | None = None,
    issuer_regexp: str | None = None,
    keys: Sequence[PublicKey] = (),
    require: Sequence[str] = (),
) -> Policy | None:
    """The policy that the options ask for; None where they name no signer.

    Any one of the signers will do. Raises `UsageError` where identity or issuer is missing, given twice,
    empty or malformed, and for an unknown type in ``require``.
    """
    signers: dict[str, Identity] = {}
    if any(text is not None for text in (identity, identity_regexp, issuer, issuer_regexp)):
        signers["identity"] = CertificateIdentity(
            "identity",
            issuer=_matcher("--certificate-oidc-issuer", issuer, issuer_regexp),
            subject=_matcher("--certificate-identity", identity, identity_regexp),
        )
    for number, key in enumerate(keys, 1):
        name = "key" if len(keys) == 1 else f"key-{number}"
        signers[name] = KeyIdentity(name, key)
    if not signers:
        return None
    names = tuple(signers)
    rules = tuple(Clause(_rule(what, names)) for what in dict.fromkeys(require or ("signature",)))
    described = json.dumps([str(signer) for signer in signers.values()] + [repr(rule) for rule in rules])
    return Policy(
        name=NAME,
        description="The identity or key given on the command line.",
        source="command line",
        digest=Digest.of(described.encode()),
        images=(),
        signers=signers,
        rules=rules,
    )


def _matcher(option: str, exact: str | None, pattern: str | None) -> TextMatcher:
    if (exact is None) == (pattern is None):
        problem = "are given together" if exact is not None else "are both missing"
        raise UsageError(
            f"{option} and {option}-regexp {problem}",
            hint="a keyless signer is known by identity and issuer: give one option for each",
        )
    try:
        if exact is not None:
            return TextMatcher.exact(exact, otherwise=f"{option}-regexp")
        return TextMatcher.pattern(pattern or "")
    except InputError as error:
        name = option if exact is not None else f"{option}-regexp"
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from None


def _rule(what: str, signers: tuple[str, ...]) -> Rule:
    if what == Signature.id:
        return Signature(Quorum(signers))
    try:
        return attestation(what, signers)
    except InputError as error:
        raise UsageError(f"--require: {error.message}", hint=f"{error.hint}, or signature") from None
