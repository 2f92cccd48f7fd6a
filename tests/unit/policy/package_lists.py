"""Judge SBOMs that hold given packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.unit.policy.factory import AMD64, SPDX, attestation, decoded, image, package
from tests.unit.policy.judging import judge
from verifier.model.finding import Finding
from verifier.model.sbom import DecodedSbom, Package
from verifier.model.verified import VerifiedStatement
from verifier.policy.values import Judgement

CYCLONEDX = "https://cyclonedx.org/bom"


def item(name: str, version: str = "", *purls: str, **more: Any) -> Package:
    """One package of an SBOM."""
    return package(name)._replace(version=version, purls=purls, **more)


def numbered(packages: Sequence[Package]) -> tuple[Package, ...]:
    """``packages``, each with its place in the document."""
    return tuple(one._replace(path=f"$.packages[{n}]") for n, one in enumerate(packages))


def judge_packages(rule: str, *packages: Package, sbom_format: str = "SPDX-2.3") -> Judgement:
    """The judgement of an image whose one SBOM holds ``packages``."""
    kind = CYCLONEDX if sbom_format.startswith("CycloneDX") else SPDX
    statement = attestation(kind, AMD64)
    return judge_sboms(rule, (statement, packages), sbom_format=sbom_format)


def judge_sboms(
    rule: str, *sboms: tuple[VerifiedStatement, Sequence[Package]], sbom_format: str = "SPDX-2.3"
) -> Judgement:
    """The judgement of an image with ``sboms``."""
    held = {statement.evidence: numbered(packages) for statement, packages in sboms}

    def decode(statement: VerifiedStatement) -> DecodedSbom:
        whole = decoded(statement)
        if whole.sbom is None:
            return whole
        return replace(whole, sbom=replace(whole.sbom, packages=held[statement.evidence], format=sbom_format))

    return judge(image(*(statement for statement, _ in sboms)), f"  - {rule}\n", decode=decode)


def findings(judgement: Judgement) -> tuple[Finding, ...]:
    """What was found on the one platform."""
    (platform,) = judgement.platforms
    return platform.checks


def messages(judgement: Judgement) -> list[str]:
    """The messages of what was found."""
    return [finding.message for finding in findings(judgement)]
