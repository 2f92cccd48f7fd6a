"""Policies that are there to be extended, looked at for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verifier.policy.signers import CertificateIdentity, Identity
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.values import Policy


@dataclass(frozen=True, slots=True)
class Base:
    """A policy that is there to be extended, as far as it goes: ``policy`` cannot judge.

    What extends it gives values for ``parameters`` (each with its description), and images and signers where
    it needs them.
    """

    policy: Policy
    parameters: Mapping[str, str]
    needs_images: bool
    needs_signers: bool

    def needs(self) -> Iterator[str]:
        """What a policy that extends it must give, in words."""
        if self.needs_images:
            yield "images"
        if self.needs_signers:
            yield "signers"
        for name, description in self.parameters.items():
            yield f"the parameter {name} ({description})"


def anyone(name: str) -> Identity:
    """Somebody, where it makes no difference who it is."""
    text = TextMatcher.exact(f"https://signer.invalid/{name}", otherwise="")
    return CertificateIdentity(name, text, text)


def signer_names(node: Any) -> Iterator[str]:
    """The signers that rules name, however they do."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "signers":
            yield from _texts(value)
        elif isinstance(value, dict | list):
            yield from signer_names(value)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _texts(item)
