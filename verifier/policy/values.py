"""What a policy is, once read: values that know nothing of YAML."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.model.digest import Digest
from verifier.model.trust import PublicKey
from verifier.policy.interface import Rule
from verifier.policy.patterns import ImagePattern, TextMatcher


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """A wanted keyless signer; both matchers are mandatory and match the whole value."""

    name: str
    issuer: TextMatcher
    subject: TextMatcher


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """A wanted managed key."""

    name: str
    key: PublicKey


Identity = CertificateIdentity | KeyIdentity


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file: the images it is about, the signers it knows, the rules it makes.

    ``images`` empty means every image (ad-hoc options); a policy file never has it empty.
    ``signers`` and ``rules`` are never empty. ``source`` is for people, ``digest`` that of the file's bytes.
    """

    name: str
    source: str
    digest: Digest
    images: tuple[ImagePattern, ...]
    signers: tuple[Identity, ...]
    rules: tuple[Rule, ...]
