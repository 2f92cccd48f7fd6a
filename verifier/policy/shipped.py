"""The policies that ship with the tool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from verifier.errors import InternalError, PolicyError
from verifier.policy.bases import Base
from verifier.policy.document import NOBODY, load_base, load_policy, read_base, read_policy
from verifier.policy.signers import Identity
from verifier.policy.values import Policy
from verifier.policy.words import did_you_mean
from verifier.policy.yaml_loader import load
from verifier.text import safe

# A publisher's own images by the publisher's own identity. Not the sample: its signer is an example, and
# whoever comes to own that name elsewhere must not pass for anything that a user did not ask for.
_UNASKED = ("chainguard", "distroless")
_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def _folder() -> Path:
    """Where they are: in the package when installed, beside it in a checkout."""
    for folder in (_PACKAGE / "shipped_policies", _PACKAGE.parent / "policies"):
        if folder.is_dir():
            return folder
    raise InternalError("the shipped policies are missing from this installation")


def names() -> tuple[str, ...]:
    """The names of all shipped policies."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def applying_to(image: str) -> tuple[Policy, ...]:
    """The shipped policies that apply to ``image`` (``cgr.dev/chainguard/nginx``) without being asked for."""
    return tuple(policy for policy in map(load_shipped, _UNASKED) if policy.is_about(image))


def described(name: str) -> str:
    """What the shipped policy ``name`` is for; also of one that must be extended to judge."""
    raw = shipped_bytes(name)
    data = load(raw, source=f"shipped policy {name}").data if raw is not None else {}
    return str(data.get("description", ""))


def load_shipped(name: str, *, signers: Mapping[str, Identity] = NOBODY) -> Policy:
    """Read a shipped policy by its name, or raise `PolicyError`. One without signers takes ``signers``."""
    raw = shipped_bytes(name)
    if raw is None:
        raise PolicyError(f"no policy is called {safe(name, limit=100)!r}", hint=did_you_mean(name, names()))
    return load_policy(raw, source=f"shipped policy {name}", shipped=shipped_bytes, signers=signers)


def shipped_bytes(name: str) -> bytes | None:
    """The file of the shipped policy ``name``; None where there is none."""
    return (_folder() / f"{name}.yaml").read_bytes() if name in names() else None


def resolve(text: str, *, signers: Mapping[str, Identity] = NOBODY) -> Policy:
    """The policy that ``--policy`` names: a file, or a shipped one. One without signers takes ``signers``.

    What has a path separator or a YAML ending, or is there as a file, is a file. Raises `PolicyError`.
    """
    path = Path(text)
    if _names_file(text):
        return read_policy(path, shipped=shipped_bytes, signers=signers)
    if _is_folder(path) and text not in names():
        raise PolicyError(f"{safe(text, limit=100)!r} is a folder", hint="name the policy files in it")
    return load_shipped(text, signers=signers)


def resolve_base(text: str) -> Base | None:
    """The policy that ``text`` names, where it is there to be extended. Raises `PolicyError`."""
    if _names_file(text):
        return read_base(Path(text), shipped=shipped_bytes)
    raw = shipped_bytes(text)
    if raw is None:
        return None
    return load_base(raw, source=f"shipped policy {text}", shipped=shipped_bytes)


def _names_file(text: str) -> bool:
    path = Path(text)
    return "/" in text or path.suffix in {".yaml", ".yml"} or (text not in names() and _is_file(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # a name too long for a file, or with NUL in it
