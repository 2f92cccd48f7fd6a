"""The rules that a policy can make, by their names in the file."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.policy.interface import RuleSpec
from verifier.policy.rules import attestation, cel, download_locations, packages, signature, suppliers

RULES: Mapping[str, RuleSpec] = {
    spec.id: spec
    for spec in (
        attestation.SPEC,
        cel.SPEC,
        download_locations.SPEC,
        packages.SPEC,
        signature.SPEC,
        suppliers.SPEC,
    )
}
"""Every rule, under its name."""
