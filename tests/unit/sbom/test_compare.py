"""What changed from one SBOM to another."""

from __future__ import annotations

import pytest

from tests.unit.sbom.documents import spdx
from verifier.model.sbom import Package, Sbom
from verifier.sbom.compare import Change, SbomDifference, compare, package_key
from verifier.sbom.spdx import SpdxDecoder


def package(name: str, version: str = "1", purl: str = "", license_: str = "MIT") -> Package:
    purls = (purl,) if purl else ()
    return Package(
        f"SPDXRef-{name}-{version}", name, version, "", "", "", license_, "", purls, (), "", True, ""
    )


def sbom(*packages: Package) -> Sbom:
    return Sbom("SPDX-2.3", "", "", None, (), (), packages, (), (), 0)


def test_an_sbom_does_not_differ_from_itself() -> None:
    one = SpdxDecoder().decode(spdx(20))
    assert compare(one, one) == SbomDifference((), (), (), ())


def test_order_and_identifiers_do_not_matter() -> None:
    a, b = package("a"), package("b")
    assert compare(sbom(a, b), sbom(b._replace(element_id="x"), a)) == SbomDifference((), (), (), ())


def test_packages_are_added_and_removed() -> None:
    a, b, c = package("a"), package("b"), package("c")
    assert compare(sbom(a), sbom(c, b, a)) == SbomDifference((b, c), (), (), ())
    assert compare(sbom(c, b, a), sbom(a)) == SbomDifference((), (b, c), (), ())


def test_a_version_changes() -> None:
    old = package("openssl", "3.1", "pkg:apk/wolfi/openssl@3.1?arch=x86_64")
    new = package("openssl", "3.2", "pkg:apk/wolfi/openssl@3.2?arch=aarch64")
    assert compare(sbom(old), sbom(new)) == SbomDifference((), (), (Change(old, new),), ())


def test_a_licence_changes_with_or_without_the_version() -> None:
    old, new = package("a"), package("a", license_="BUSL-1.1")
    assert compare(sbom(old), sbom(new)) == SbomDifference((), (), (), (Change(old, new),))
    newer = new._replace(version="2")
    assert compare(sbom(old), sbom(newer)) == SbomDifference(
        (), (), (Change(old, newer),), (Change(old, newer),)
    )


def test_several_versions_of_one_package_are_paired() -> None:
    one, two, three, four = (package("a", version) for version in "1234")
    assert compare(sbom(one, two), sbom(two, three)) == SbomDifference((), (), (Change(one, three),), ())
    assert compare(sbom(two), sbom(one, two, three)) == SbomDifference((one, three), (), (), ())
    assert compare(sbom(one, two, three), sbom(four)) == SbomDifference(
        (), (two, three), (Change(one, four),), ()
    )
    assert compare(sbom(one, one), sbom(one)) == SbomDifference((), (one,), (), ())


def test_several_versions_belong_together_in_their_own_order() -> None:
    nine, ten, eleven, twelve = (package("a", f"1.{n}.0", f"pkg:npm/a@1.{n}.0") for n in (9, 10, 11, 12))
    assert compare(sbom(ten, nine), sbom(twelve, eleven)).versions == (
        Change(nine, eleven),
        Change(ten, twelve),
    )
    beta9, beta10, one, two = (
        package("a", version, f"pkg:composer/v/a@{version}")
        for version in ("1.0-beta9", "1.0-beta10", "1.0", "2.0")
    )
    changes = compare(sbom(beta10, beta9), sbom(one, two)).versions
    assert changes == (Change(beta9, one), Change(beta10, two))


def test_versions_without_an_order_belong_together_by_their_texts() -> None:
    nine, ten, eleven, twelve = (package("a", f"1.{n}.0", f"pkg:generic/a@1.{n}.0") for n in (9, 10, 11, 12))
    assert compare(sbom(nine, ten), sbom(eleven, twelve)).versions == (
        Change(ten, eleven),
        Change(nine, twelve),
    )


def test_packages_of_one_name_and_another_origin_are_different() -> None:
    npm, pypi = package("a", "1", "pkg:npm/a@1"), package("a", "1", "pkg:pypi/a@1")
    assert compare(sbom(npm), sbom(pypi)) == SbomDifference((pypi,), (npm,), (), ())


@pytest.mark.parametrize(
    ("purl", "key"),
    [
        ("pkg:apk/wolfi/openssl@3.1-r0?arch=x86_64", "pkg:apk/wolfi/openssl"),
        ("pkg:npm/%40angular/core@1.0.0", "pkg:npm/@angular/core"),
        ("pkg:npm/@angular/core@1.0.0", "pkg:npm/@angular/core"),
        ("pkg:npm/@angular/core", "pkg:npm/@angular/core"),
        ("pkg:golang/github.com/a/b@v1.0#sub/c", "pkg:golang/github.com/a/b"),
        ("pkg:oci/hello@sha256:ab?arch=amd64", "pkg:oci/hello"),
        ("PKG:PyPI/Foo_Bar@1", "pkg:pypi/foo-bar"),
        ("pkg:npm/JSONStream@1", "pkg:npm/JSONStream"),
        ("pkg:npm/a@1@2", "pkg:npm/a@1"),
        ("pkg://pypi/foo@1", "pkg:pypi/foo"),
        ("pkg:generic/x?download_url=https://a@b/c", "pkg:generic/x"),
        ("nonsense", "nonsense"),
        ("", "a"),
    ],
)
def test_a_package_is_known_by_its_url_without_version(purl: str, key: str) -> None:
    assert package_key(package("a", purl=purl)) == key
