"""The rules that a policy can make, by their names in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from verifier.policy.interface import RuleSpec

_NAMES = (
    "attestation",
    "cel",
    "download-locations",
    "image-age",
    "image-base",
    "image-entrypoint",
    "image-environment",
    "image-labels",
    "image-layers",
    "image-ports",
    "image-user",
    "licenses",
    "ntia",
    "packages",
    "provenance",
    "sbom-age",
    "sbom-complete",
    "sbom-size",
    "sbom-subject",
    "sbom-valid",
    "signature",
    "suppliers",
    "vulnerabilities",
)


class _Catalogue(Mapping[str, RuleSpec]):
    """Each rule is imported when it is first asked for: a policy makes a few of them, and a run is short."""

    def __getitem__(self, name: str) -> RuleSpec:
        if name not in _NAMES:
            raise KeyError(name)
        spec: RuleSpec = import_module(f"verifier.policy.rules.{name.replace('-', '_')}").SPEC
        return spec

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    def __contains__(self, name: object) -> bool:
        return name in _NAMES


RULES: Mapping[str, RuleSpec] = _Catalogue()
"""Every rule, under its name: that of its file in ``rules/``, with dashes."""
