"""What every decision rests on: the policies and the trust root, loaded together and replaced together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from verifier.assembly import Session
from verifier.errors import PolicyError
from verifier.model.digest import Digest
from verifier.model.trust import TrustRoot
from verifier.policy.signers import KeyIdentity
from verifier.policy.values import Policy
from verifier.settings import Settings
from verifier.text import safe
from verifier.version import __version__


@dataclass(frozen=True, slots=True)
class Basis:
    """One generation of policies and trust root. ``session`` has them loaded, for runs to begin from."""

    policies: tuple[Policy, ...]
    policies_digest: Digest
    trust_root: TrustRoot
    trust_root_digest: Digest
    session: Session = field(repr=False, compare=False)


def load_trust_root(settings: Settings, *, warn: Callable[[str], None]) -> TrustRoot:
    """Load the trust root. Raises `TrustRootError` and `TrustRootUnavailableError`."""
    with Session(settings, progress=lambda _: None, warn=warn) as session:
        return session.trust_root


def load_policies(settings: Settings) -> tuple[Policy, ...]:
    """Load the policies that ``settings`` name; see `load_basis`. Raises `InputError`."""
    chosen = replace(settings, policies=tuple(_files(settings.policies)))
    with Session(chosen, progress=lambda _: None, warn=lambda _: None) as session:
        return session.policies


def load_basis(
    settings: Settings, trust_root: TrustRoot, policies: tuple[Policy, ...] | None = None
) -> Basis:
    """Load the policies that ``settings`` name, or take those that are given. Raises `InputError`.

    A directory among the names stands for the policy files in it.
    """
    with Session(settings, progress=lambda _: None, warn=lambda _: None) as session:
        session.trust_root = trust_root
        session.policies = policies or load_policies(settings)
        _ = session.signatures
        return Basis(session.policies, _digest(session.policies), trust_root, trust_root.digest, session)


def _files(policies: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for text in policies:
        path = Path(text)
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else None
        except OSError as error:
            raise PolicyError(f"cannot read the directory {safe(text)}: {error.strerror}") from error
        if inside is None:
            found.append(text)
            continue
        # Hidden ones are the workings of a mounted ConfigMap.
        files = [str(p) for p in inside if p.suffix in {".yaml", ".yml"} and not p.name.startswith(".")]
        if not files:
            raise PolicyError(f"there is no policy file (*.yaml) in {safe(text)}")
        found += files
    return found


def _digest(policies: tuple[Policy, ...]) -> Digest:
    """Of the policies, the keys that they name in other files, and the program that understands them."""
    parts = [__version__]
    for policy in policies:
        parts += [policy.name, str(policy.digest)]
        parts += [
            f"{name}={signer.key.fingerprint}"
            for name, signer in sorted(policy.signers.items())
            if isinstance(signer, KeyIdentity)
        ]
    return Digest.of("\n".join(parts).encode("utf-8", "surrogatepass"))


def is_same(one: Basis, other: Basis) -> bool:
    """Whether two generations decide alike."""
    return one.policies_digest == other.policies_digest and one.trust_root.digest == other.trust_root.digest
