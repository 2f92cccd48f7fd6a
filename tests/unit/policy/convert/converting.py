"""Convert policies of other tools that are written as text, and judge by what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.policy.judging import judge
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Outcome, Verdict
from verifier.model.trust import PublicKey
from verifier.model.verified import KeySigner, LogEntry, Proof, VerifiedStatement
from verifier.policy.convert import Conversion, convert
from verifier.policy.document import load_policy
from verifier.policy.values import Policy

OTHER_SUBJECT = "https://github.com/org/other/.github/workflows/release.yaml@refs/heads/main"


def converted(text: str, resolve: Mapping[str, bytes] | None = None) -> Conversion:
    return convert(text.encode(), "original.yaml", resolve)


def policies(conversion: Conversion) -> list[Policy]:
    return [load_policy(one.text.encode(), source=one.name) for one in conversion.policies]


def verdict(conversion: Conversion, evidence: ImageEvidence, *, tag: str | None = None) -> Verdict:
    return judge(evidence, policies=policies(conversion), tag=tag).verdict


def warned(conversion: Conversion, evidence: ImageEvidence) -> bool:
    judged = judge(evidence, policies=policies(conversion))
    return any(f.outcome is Outcome.WARN for platform in judged.platforms for f in platform.checks)


def about(conversion: Conversion, name: str, tag: str | None = None) -> bool:
    """Whether one of the policies is about the image."""
    return any(policy.is_about(name, tag) for policy in policies(conversion))


def unsupported(conversion: Conversion) -> list[str]:
    return [issue.path for issue in conversion.unsupported]


def traps(conversion: Conversion) -> str:
    return "\n".join(f"{issue.path}: {issue.message}" for issue in conversion.traps)


def new_key() -> tuple[str, KeySigner]:
    """A public key in PEM, and the signer that it is."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return pem, KeySigner(PublicKey(der, "key").fingerprint)


def logged(statement: VerifiedStatement) -> VerifiedStatement:
    """The same with a log entry."""
    return replace(statement, log=LogEntry("hashedrekord/0.0.1", 1, "ab", Proof.PROMISE))


def indented(text: str, spaces: int) -> str:
    return "".join(" " * spaces + line for line in text.splitlines(keepends=True))
