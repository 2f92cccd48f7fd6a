"""The rules that a policy can make, by their names in the file."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.policy.interface import RuleSpec
from verifier.policy.rules import (
    attestation,
    cel,
    download_locations,
    image_age,
    image_base,
    image_entrypoint,
    image_environment,
    image_labels,
    image_layers,
    image_ports,
    image_user,
    licenses,
    ntia,
    packages,
    provenance,
    sbom_age,
    sbom_complete,
    sbom_size,
    sbom_subject,
    sbom_valid,
    signature,
    suppliers,
    vulnerabilities,
)

RULES: Mapping[str, RuleSpec] = {
    spec.id: spec
    for spec in (
        attestation.SPEC,
        cel.SPEC,
        download_locations.SPEC,
        image_age.SPEC,
        image_base.SPEC,
        image_entrypoint.SPEC,
        image_environment.SPEC,
        image_labels.SPEC,
        image_layers.SPEC,
        image_ports.SPEC,
        image_user.SPEC,
        licenses.SPEC,
        ntia.SPEC,
        packages.SPEC,
        provenance.SPEC,
        sbom_age.SPEC,
        sbom_complete.SPEC,
        sbom_size.SPEC,
        sbom_subject.SPEC,
        sbom_valid.SPEC,
        signature.SPEC,
        suppliers.SPEC,
        vulnerabilities.SPEC,
    )
}
"""Every rule, under its name."""
