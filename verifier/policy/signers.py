"""Signers that a policy wants."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.model.trust import PublicKey
from verifier.policy.patterns import TextMatcher


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """A wanted keyless signer; both matchers are mandatory and match the whole value."""

    name: str
    issuer: TextMatcher
    subject: TextMatcher

    def __str__(self) -> str:
        return f"{self.subject} (issuer {self.issuer})"


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """A wanted managed key."""

    name: str
    key: PublicKey

    def __str__(self) -> str:
        return f"the key {self.key.fingerprint}"


Identity = CertificateIdentity | KeyIdentity
