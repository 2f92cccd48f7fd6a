"""Which image an SBOM describes, and whether it describes contents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.sbom.documents import IMAGE, ROOT, cyclonedx, image_package, package, spdx
from verifier.model.digest import Digest
from verifier.model.sbom import ImageBinding, Sbom
from verifier.sbom.binding import binding
from verifier.sbom.cyclonedx import CycloneDxDecoder
from verifier.sbom.files import read_sbom_file
from verifier.sbom.spdx import SpdxDecoder

OTHER = "cd" * 32


def with_packages(*packages: dict[str, Any], **members: Any) -> Sbom:
    return SpdxDecoder().decode(spdx(1) | {"packages": list(packages)} | members)


def bare(**members: Any) -> dict[str, Any]:
    """A root that carries no digest of its own."""
    return image_package(name="hello", versionInfo="1.0", checksums=[], externalRefs=[]) | members


def purl(locator: str) -> list[dict[str, str]]:
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


@pytest.mark.parametrize(
    "members",
    [
        {"checksums": [{"algorithm": "SHA256", "checksumValue": IMAGE}]},
        {"checksums": [{"algorithm": "SHA256", "checksumValue": IMAGE.upper()}]},
        {"versionInfo": f"sha256:{IMAGE}"},
        {"name": f"sha256:{IMAGE}"},
        {"externalRefs": purl(f"pkg:oci/hello@sha256:{IMAGE}")},
        {"externalRefs": purl(f"pkg:oci/hello@sha256%3A{IMAGE}?arch=amd64")},
        {"externalRefs": purl(f"pkg:docker/library/hello@sha256%3a{IMAGE}#x")},
    ],
)
def test_a_root_names_its_image_in_several_ways(members: dict[str, Any]) -> None:
    assert binding(with_packages(bare(**members), package())) == ImageBinding((Digest(IMAGE),), False)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"checksums": [{"algorithm": "SHA512", "checksumValue": IMAGE}]},
        {"checksums": [{"algorithm": "SHA256", "checksumValue": IMAGE[:-1]}]},
        {"versionInfo": IMAGE},
        {"versionInfo": f"sha256:{IMAGE}\n"},
        {"externalRefs": purl(f"pkg:oci/hello?digest=sha256:{IMAGE}")},
        {"externalRefs": purl(f"pkg:oci/hello@sha256:{IMAGE}00")},
        {"externalRefs": purl("pkg:oci/hello@latest")},
    ],
)
def test_a_root_without_a_digest_names_none(members: dict[str, Any]) -> None:
    assert binding(with_packages(bare(**members), package())).digests == ()


def test_all_that_the_root_says_is_kept_once() -> None:
    root = image_package(versionInfo=f"sha256:{OTHER}")
    assert binding(with_packages(root)).digests == (Digest(IMAGE), Digest(OTHER))


def test_only_roots_count() -> None:
    inner = image_package(OTHER, SPDXID="SPDXRef-base")
    assert binding(with_packages(image_package(), inner)).digests == (Digest(IMAGE),)
    assert binding(with_packages(image_package(), inner, documentDescribes=[])).digests == ()


def test_a_single_package_is_the_root_unsaid() -> None:
    assert binding(with_packages(image_package(), documentDescribes=[])).digests == (Digest(IMAGE),)


def test_the_checksum_of_a_described_program_is_no_image() -> None:
    program = package(SPDXID=ROOT, checksums=[{"algorithm": "SHA256", "checksumValue": OTHER}])
    assert binding(with_packages(program)) == ImageBinding((), False)


@pytest.mark.parametrize(
    "packages",
    [
        [],
        [image_package()],
        [image_package(), image_package(OTHER, SPDXID="SPDXRef-amd64")],
        [bare(), bare(SPDXID="SPDXRef-amd64", primaryPackagePurpose="OTHER", name=f"sha256:{OTHER}")],
        [image_package(), bare(SPDXID="SPDXRef-layer", externalRefs=purl(f"pkg:OCI/x@sha256:{OTHER}"))],
    ],
)
def test_an_sbom_of_images_alone_is_hollow(packages: list[dict[str, Any]]) -> None:
    assert binding(with_packages(*packages)).lists_only_images


@pytest.mark.parametrize(
    "inside",
    [
        package(),
        package(externalRefs=[]),
        package(primaryPackagePurpose="CONTAINER"),
        package(externalRefs=purl("pkg:apk/wolfi/oci@1") + purl("pkg:oci/x")),
        package(externalRefs=purl("pkg:ociish/x@1")),
    ],
)
def test_one_package_makes_an_sbom_of_contents(inside: dict[str, Any]) -> None:
    assert not binding(with_packages(image_package(), inside)).lists_only_images


def test_a_cyclonedx_document_is_judged_alike() -> None:
    decode = CycloneDxDecoder().decode
    assert binding(decode(cyclonedx())) == ImageBinding((Digest(IMAGE),), False)
    assert binding(decode(cyclonedx(components=[]))) == ImageBinding((Digest(IMAGE),), True)
    program = {"component": {"type": "application", "name": "hello"}}
    assert binding(decode(cyclonedx(components=[], metadata=program))) == ImageBinding((), True)


@pytest.mark.parametrize(
    ("name", "digest", "only_images"),
    [
        ("index", "b5f05e6fc882c97d61c1daee566954ae6fc09924f8e152293e2b97a06092069f", True),
        ("x86_64", "69f0237c7f8cf0b8a329d1bf1d6870c870c4ec323e39d3a6da59596632d0f2f4", False),
        ("aarch64", "124c885f834cfaf1329987457a9651a68c4fb9733d4462ae6288b98011277858", False),
    ],
)
def test_real_apko_documents(real_data: Path, name: str, digest: str, *, only_images: bool) -> None:
    raw = (real_data / "sbom" / f"apko-golden-{name}.spdx.json").read_bytes()
    assert binding(read_sbom_file(raw, name="")) == ImageBinding((Digest(digest),), only_images)


def test_a_real_syft_document_lists_contents(real_data: Path) -> None:
    raw = (real_data / "sbom" / "syft-image.spdx.json").read_bytes()
    assert binding(read_sbom_file(raw, name="")) == ImageBinding((), False)
