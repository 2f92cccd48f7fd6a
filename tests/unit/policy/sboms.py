"""SBOMs made by hand, and rules that judge them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.unit.policy.factory import AMD64, SPDX, attestation, image
from tests.unit.policy.judging import judge
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.sbom import (
    DecodedSbom,
    ExtractedLicense,
    Package,
    Relationship,
    Sbom,
    ValidationProblem,
)
from verifier.sbom.binding import binding

CREATED = datetime(2026, 10, 1, tzinfo=UTC)
CREATORS = ("Tool: apko", "Organization: Chainguard, Inc")


def package(
    name: str = "busybox",
    declared: str = "",
    concluded: str = "",
    *,
    version: str = "1.36-r0",
    purls: Sequence[str] | None = None,
    purpose: str = "",
    supplier: str = "Organization: Wolfi",
    checksums: Sequence[tuple[str, str]] = (),
    number: int = 0,
) -> Package:
    """A package of Wolfi, unless its package URLs say otherwise."""
    return Package(
        element_id=f"SPDXRef-{name}",
        name=name,
        version=version,
        supplier=supplier,
        originator="",
        download_location="NOASSERTION",
        license_declared=declared,
        license_concluded=concluded,
        purls=(f"pkg:apk/wolfi/{name}@{version}",) if purls is None else tuple(purls),
        checksums=tuple(checksums),
        purpose=purpose,
        files_analyzed=False,
        path=f"$.packages[{number}]",
    )


def the_image(digest: Digest = AMD64) -> Package:
    """The entry for the image itself, as apko writes it."""
    return package(
        "image",
        version=str(digest),
        purls=[f"pkg:oci/app@sha256%3A{digest.hex}"],
        purpose="CONTAINER",
        checksums=[("SHA256", digest.hex)],
    )


def operating_system() -> Package:
    """The entry for the operating system, as apko writes it."""
    return package("wolfi", version="20230201", purls=[], purpose="OPERATING_SYSTEM")


def sbom(
    *packages: Package,
    relationships: Sequence[Relationship] = (),
    describes: Sequence[str] = ("SPDXRef-image",),
    extracted: Sequence[ExtractedLicense] = (),
    created: datetime | None = CREATED,
    creators: Sequence[str] = CREATORS,
    form: str = "SPDX-2.3",
) -> Sbom:
    """A document with ``packages``."""
    return Sbom(
        form,
        "sbom",
        "https://spdx.org/spdxdocs/x",
        created,
        tuple(creators),
        tuple(describes),
        packages,
        tuple(relationships),
        tuple(extracted),
        0,
    )


def contains(*names: str, source: str = "SPDXRef-image") -> list[Relationship]:
    """That ``source`` contains the packages called ``names``."""
    return [Relationship(source, "CONTAINS", f"SPDXRef-{name}") for name in names]


def findings(rule: str, *documents: Sbom, problems: Sequence[ValidationProblem] = ()) -> tuple[Finding, ...]:
    """What ``rule``, an item of ``require`` on one line, says of SBOMs attested about AMD64."""
    statements = [attestation(SPDX, AMD64, name=str(number)) for number in range(len(documents))]
    decoded = {s.evidence: DecodedSbom(d, binding(d)) for s, d in zip(statements, documents, strict=True)}
    judgement = judge(
        image(*statements),
        f"  - {rule}\n",
        decode=lambda statement: decoded[statement.evidence],
        validate=lambda _: tuple(problems),
    )
    (platform,) = judgement.platforms
    return platform.checks


def messages(rule: str, *documents: Sbom) -> list[str]:
    """The messages of the findings that refuse; each is a refusal by the policy, about a package."""
    found = findings(rule, *documents)
    if [finding.outcome for finding in found] == [Outcome.PASS]:
        return []
    assert all((f.outcome, f.verdict) == (Outcome.FAIL, Verdict.FAIL) for f in found)
    return [finding.message for finding in found]
