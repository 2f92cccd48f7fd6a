"""Packages with a group, and those that are no part of the image: what denies and what requires them."""

from __future__ import annotations

import pytest

from tests.unit.policy.package_lists import item, judge_packages, messages
from verifier.model.finding import Verdict
from verifier.model.sbom import Package
from verifier.sbom.cyclonedx import CycloneDxDecoder
from verifier.strict_json import Json

GROUPED = item("@evil/toolkit", "1.0", group="@evil")
APACHE = item("org.apache/commons", "1.0", group="org.apache")
OTHER = item("@good/toolbox", "1.0", group="@good")


def _denied(entry: str, *packages: Package) -> bool:
    rule = f"packages: {{deny: [{{{entry}}}]}}"
    return judge_packages(rule, *packages, sbom_format="CycloneDX-1.6").verdict is Verdict.FAIL


def _there(entry: str, *packages: Package) -> bool:
    rule = f"packages: {{require: [{{{entry}}}]}}"
    return judge_packages(rule, *packages, sbom_format="CycloneDX-1.6").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("entry", "package"),
    [
        ('name: "@evil/toolkit"', GROUPED),
        ('name: "@Evil/Toolkit"', GROUPED),
        ("name: toolkit", GROUPED),
        ("name: org.apache/commons", APACHE),
        ('name: "org.apache:commons"', APACHE),
        ("name: commons", APACHE),
        ('purl: "pkg:npm/%40evil/toolkit"', GROUPED),
        ('purl: "pkg:npm/%40evil/*"', GROUPED),
        ('purl: "pkg:npm/toolkit"', GROUPED),
        ('purl: "pkg:maven/org.apache/commons"', APACHE),
        ('name: "org.apache:commons"', item("commons", "1", "pkg:maven/org.apache/commons@1")),
    ],
)
def test_a_denied_name_hits_with_and_without_the_group(entry: str, package: Package) -> None:
    assert _denied(entry, package)
    assert not _denied(entry, OTHER)


def test_a_slash_that_is_written_with_the_group_or_the_name_changes_nothing() -> None:
    for group, name in [
        ("@evil", "toolkit"),
        ("@evil/", "toolkit"),
        ("@evil", "/toolkit"),
        ("@evil ", "toolkit"),
    ]:
        document: dict[str, Json] = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": [{"type": "library", "group": group, "name": name}],
        }
        (package,) = CycloneDxDecoder().decode(document).packages
        assert package.names == ("@evil/toolkit", "toolkit")
        assert _denied('name: "@evil/toolkit"', package)
        assert not _denied('name: "@good/toolkit"', package)


def test_mavens_colon_in_the_name_of_a_package_is_a_slash_in_the_rule() -> None:
    package = item("com.evil:tool")
    assert _denied("name: com.evil/tool", package)
    assert _denied("name: com.evil/tool", item("com.evil/com.evil:tool", group="com.evil"))
    assert not _denied("name: com.evil/other", package)
    assert not _denied("name: evil/tool", package)


@pytest.mark.parametrize("entry", ['purl: "pkg:npm/**"', 'purl: "pkg:maven/*/*"', 'purl: "pkg:golang/**"'])
def test_a_group_alone_is_no_ecosystem(entry: str) -> None:
    assert not _denied(entry, GROUPED, APACHE)


@pytest.mark.parametrize("entry", ['name: "@evil"', 'name: "evil/toolkit"', 'name: "@good/toolkit"'])
def test_another_group_is_another_name(entry: str) -> None:
    assert not _denied(entry, GROUPED)


@pytest.mark.parametrize(
    ("entry", "package", "there"),
    [
        ('name: "@evil/toolkit"', GROUPED, True),
        ("name: toolkit", GROUPED, False),
        ("name: toolkit", item("toolkit"), True),
        ("name: toolkit", item("x", "1", "pkg:npm/%40evil/toolkit@1"), False),
        ("name: toolkit", item("x", "1", "pkg:npm/toolkit@1"), True),
        ('name: "org.apache:commons"', APACHE, True),
        ('name: "@evil/toolkit"', item("x", "1", "pkg:npm/%40evil/toolkit@1"), True),
        ("name: openssl", item("libssl", "3", "pkg:apk/wolfi/openssl@3"), True),
        ("name: Foo_Bar", item("x", "3", "pkg:pypi/foo.bar@3"), True),
    ],
)
def test_a_required_name_is_the_whole_name(entry: str, package: Package, there: bool) -> None:
    assert _there(entry, package) is there


def test_why_part_of_a_name_does_not_do_is_said() -> None:
    (message,) = messages(judge_packages("packages: {require: [{name: toolkit}]}", GROUPED))
    assert "@evil/toolkit 1.0 is there and does not do: that is not the whole of its name" in message


def test_what_is_no_part_of_the_image_satisfies_nothing_and_may_be_denied() -> None:
    inside = item("keyring", "1.0", "pkg:npm/keyring@1.0")
    outside = inside._replace(inside=False)
    for entry in ('purl: "pkg:npm/keyring"', "name: keyring"):
        assert _there(entry, inside)
        assert not _there(entry, outside)
        assert _there(entry, outside, inside)
        assert _denied(entry, inside)
        assert _denied(entry, outside)
    (message,) = messages(judge_packages("packages: {require: [{name: keyring}]}", outside))
    assert "no part of the image (external, optional or excluded)" in message


def test_what_is_no_part_of_the_image_is_not_counted_as_its_contents() -> None:
    one, two = item("a", "1", "pkg:npm/a@1"), item("b", "1", "pkg:npm/b@1")
    outside = two._replace(inside=False)
    assert judge_packages("sbom-size: {min: 2}", one, two).verdict is Verdict.PASS
    assert judge_packages("sbom-size: {min: 2}", one, outside).verdict is Verdict.FAIL
    assert judge_packages("sbom-size: {max: 1}", one, outside).verdict is Verdict.FAIL
    assert judge_packages("sbom-size: {max: 1}", one).verdict is Verdict.PASS
    assert judge_packages("sbom-complete: {packages: 2, connected: ignore}", one, two).verdict is Verdict.PASS
    assert (
        judge_packages("sbom-complete: {packages: 2, connected: ignore}", one, outside).verdict
        is Verdict.FAIL
    )


def test_a_licence_exception_by_name_is_for_the_whole_name() -> None:
    def verdict(name: str, package: Package) -> Verdict:
        exception = f'{{name: "{name}", allow: [GPL-3.0-only], reason: x}}'
        rule = f"licenses: {{allow: [MIT], exceptions: [{exception}]}}"
        return judge_packages(rule, package._replace(license_declared="GPL-3.0-only")).verdict

    assert verdict("@evil/toolkit", GROUPED) is Verdict.PASS
    assert verdict("toolkit", GROUPED) is Verdict.FAIL
    assert verdict("toolkit", item("toolkit")) is Verdict.PASS
