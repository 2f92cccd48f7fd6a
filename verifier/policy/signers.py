"""Signers that a policy wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from verifier.model.trust import PublicKey
from verifier.policy.text_patterns import TextMatcher
from verifier.text import rfc3339

CLAIMS = {
    "build-config-digest": "buildConfigDigest",
    "build-config-uri": "buildConfigURI",
    "build-signer-digest": "buildSignerDigest",
    "build-signer-uri": "buildSignerURI",
    "build-trigger": "buildTrigger",
    "github-workflow-name": "githubWorkflowName",
    "github-workflow-ref": "githubWorkflowRef",
    "github-workflow-repository": "githubWorkflowRepository",
    "github-workflow-sha": "githubWorkflowSHA",
    "github-workflow-trigger": "githubWorkflowTrigger",
    "run-invocation-uri": "runInvocationURI",
    "runner-environment": "runnerEnvironment",
    "source-repository-digest": "sourceRepositoryDigest",
    "source-repository-identifier": "sourceRepositoryIdentifier",
    "source-repository-owner-identifier": "sourceRepositoryOwnerIdentifier",
    "source-repository-owner-uri": "sourceRepositoryOwnerURI",
    "source-repository-ref": "sourceRepositoryRef",
    "source-repository-uri": "sourceRepositoryURI",
    "source-repository-visibility-at-signing": "sourceRepositoryVisibilityAtSigning",
}
"""Claims of a Fulcio certificate: their names in policies, and as Fulcio's oid-info.md has them."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a signer's word counts: of what was signed at ``start`` or later, and before ``end``."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, signed_at: datetime | None) -> bool:
        """Whether what was signed at this trusted time counts; without one, only where any time will do."""
        if self.start is None and self.end is None:
            return True
        return (
            signed_at is not None
            and (self.start is None or signed_at >= self.start)
            and (self.end is None or signed_at < self.end)
        )

    def __str__(self) -> str:
        start = f" from {rfc3339(self.start)}" if self.start else ""
        end = f" until {rfc3339(self.end)}" if self.end else ""
        return f"{start}{end}"


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """A wanted keyless signer; all matchers match the whole value.

    ``claims`` are further facts of the certificate, by Fulcio's names. One that is absent never matches.
    ``place`` is where it stands (``file:line:column``).
    """

    name: str
    issuer: TextMatcher
    subject: TextMatcher
    claims: tuple[tuple[str, TextMatcher], ...] = ()
    window: Window = ALWAYS
    place: str = field(default="", compare=False)

    def __str__(self) -> str:
        claims = "".join(f", {claim} {matcher}" for claim, matcher in self.claims)
        return f"{self.subject} (issuer {self.issuer}{claims}){self.window}"


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """A wanted managed key. ``place`` is where it stands."""

    name: str
    key: PublicKey
    window: Window = ALWAYS
    place: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"the key {self.key.fingerprint}{self.window}"


Identity = CertificateIdentity | KeyIdentity
