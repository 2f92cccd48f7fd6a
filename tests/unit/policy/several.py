"""Policies with several signers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.unit.policy.factory import ISSUER
from verifier.model.finding import Finding
from verifier.model.verified import CertificateSigner
from verifier.policy.document import load_policy
from verifier.policy.values import Judgement, Policy


def workflow(name: str) -> str:
    """The subject of the workflow ``name``."""
    return f"https://github.com/org/app/.github/workflows/{name}.yaml@refs/heads/main"


def by(name: str) -> CertificateSigner:
    """Whoever the policy calls ``name``."""
    return CertificateSigner(ISSUER, workflow(name), "uri", {})


def one(name: str, more: str = "") -> str:
    """The signer ``name``, as a policy writes it."""
    return f'  {name}: {{issuer: "{ISSUER}", subject: "{workflow(name)}"{more}}}\n'


def written(
    rules: Sequence[str],
    *,
    signers: str = one("a") + one("b") + one("c"),
    head: str = "",
    more: str = "",
    images: str = "images: [ghcr.io/org/**]\n",
    name: str = "app",
) -> str:
    """A policy file."""
    listed = "".join(f"  - {rule}\n" for rule in rules)
    require = f"require:\n{listed}" if rules else ""
    declared = f"signers:\n{signers}" if signers else ""
    return f"version: 1\nname: {name}\n{head}{images}{declared}{require}{more}"


def policy_of(
    *rules: str,
    signers: str = one("a") + one("b") + one("c"),
    head: str = "",
    more: str = "",
    images: str = "images: [ghcr.io/org/**]\n",
) -> Policy:
    """The policy that a file with these rules is."""
    text = written(rules, signers=signers, head=head, more=more, images=images)
    return load_policy(text.encode(), source="policy.yaml")


def day(text: str) -> datetime:
    """The first moment of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def said(judgement: Judgement) -> list[tuple[str, str]]:
    """Of each finding on the one platform, the rule and the outcome."""
    return [(finding.rule, finding.outcome.value) for finding in on_platform(judgement)]


def on_platform(judgement: Judgement) -> tuple[Finding, ...]:
    """The findings on the one platform."""
    (platform,) = judgement.platforms
    return platform.checks
