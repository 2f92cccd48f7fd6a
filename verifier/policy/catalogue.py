"""The rules that a policy can make, by their names in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verifier.errors import InputError
from verifier.model.predicate import parse_predicate_type
from verifier.policy.interface import Rule
from verifier.policy.rules.attestation import Attestation, On, is_sbom
from verifier.policy.rules.signature import Signature

Build = Callable[[Mapping[str, Any], tuple[str, ...]], Rule]
"""Make a rule from its options (checked against the schema) and the names of its signers.

Raises `InputError`.
"""


def _signature(_options: Mapping[str, Any], signers: tuple[str, ...]) -> Rule:
    return Signature(signers=signers)


def _attestation(options: Mapping[str, Any], signers: tuple[str, ...]) -> Rule:
    return attestation(options["type"], signers, on=options.get("on"))


def attestation(kind: str, signers: tuple[str, ...], *, on: On | None = None) -> Attestation:
    """The rule for attestations of ``kind`` (alias or URI) with the default for ``on``.

    Raises `InputError` for a type that is neither, and for an SBOM of anything but the platform: what the
    index's SBOM lists are manifests, not contents.
    """
    parse_predicate_type(kind)
    an_sbom = is_sbom(kind)
    if an_sbom and on not in {None, "platform"}:
        raise InputError(
            f"an SBOM on {on!r} cannot stand for the contents of a platform",
            hint="leave 'on' out, or write on: platform",
        )
    return Attestation(type=kind, on=on or ("platform" if an_sbom else "either"), signers=signers)


RULES: Mapping[str, Build] = {Signature.id: _signature, Attestation.id: _attestation}
