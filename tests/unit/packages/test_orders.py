"""Each type's versions in the order of its own program, which said what stands here.

The pairs were compared by that program, named above each table, and written down with its answer.
"""

from __future__ import annotations

from typing import Final

import pytest
from univers import versions as univers

from verifier.errors import VersionError
from verifier.limits import VERSION_LENGTH
from verifier.packages.version_schemes import ORDERED_TYPES
from verifier.packages.versions import compare

SIGNS: Final = {-1: "<", 0: "=", 1: ">"}

PAIRS: Final = {
    # alpm_pkg_vercmp of libalpm 13.0.2; of a pair where one has no pkgrel it compares the rest alone, as
    # ranges do here (see test_versions)
    "alpm": [
        "5.6.1-1 < 5.6.1-2", "1.0a < 1.0", "1.0alpha < 1.0b", "1.0.a > 1.0", "1.0 < 1.0.1", "1:1.0-1 > 2.0-1",
        "0:1.0-1 = 1.0-1", "r123.abc-1 > r99.abc-1", "1.0_1 = 1.0.1", "1.0..1 > 1.0.1", "2024.01 = 2024.1",
        "1.5.b > 1.5", "1.5+r3 > 1.5", "9-1 < 10-1", "1.0-1.1 > 1.0-1", "1.0rc1-1 < 1.0-1",
    ],
    # by hand, from https://bazel.build/external/module#version_format and Bazel's bzlmod/Version.java
    "bazel": [
        "1.2.3 < 1.10.0", "1.2.3.bcr.1 > 1.2.3", "1.2.3-rc1 < 1.2.3", "1.2.3+a = 1.2.3+b", "1.a > 1.9",
        "20230802.0 > 20230125.3", "1.2.3.bcr.2 < 1.2.3.bcr.10", "1.01.5 < 1.1.4", "1.2 < 1.2.0",
    ],
    # by hand, from the README of Bitnami's go-version, "Version revision"
    "bitnami": [
        "1.2.3-1 > 1.2.3", "7.0.1-3 < 7.0.1-10", "7.0.1-3 < 7.0.2", "7.0.1-3 > 7.0.1", "1.0.0+a = 1.0.0+b",
        "1.10.0 > 1.9.0-99", "1.0.0-0 > 1.0.0",
    ],
    # by hand, from developer.chrome.com, "Manifest: version"
    "chrome-extension": ["1.0 = 1.0.0.0", "1.10 > 1.9", "1.0.0.1 > 1", "2.0 > 1.99999"],
    # composer/semver 3.3.2, VersionParser::normalize, and PHP 8.2, version_compare
    "composer": [
        "1.0.0-beta9 < 1.0.0-beta10", "2.1.1-pl1 > 2.1.1", "1.0.0 = v1.0", "1.0.0-RC1 > 1.0.0-beta2",
        "1.0.0-alpha > 1.0.0-dev", "1.0.0-alpha.2 < 1.0.0-alpha10", "1.0 = 1.0.0.0", "1.0.0.1 > 1.0.0",
        "1.0.0+a = 1.0.0+b", "1.0.0-rc1 = 1.0.0-RC1", "1.0.0b1 = 1.0.0-beta1", "1.0.0-patch2 < 1.0.0-p10",
        "1.0.0-stable = 1.0.0", "20100102 > 2010.1.2", "2010-01-02 < 2010-01-10",
        "1.0.0-beta.1.2 > 1.0.0-beta.1", "1.0.0-RC1-dev < 1.0.0-RC1", "1.0.0-beta1 < 1.0.0",
    ],
    # Conan 2.34.0, conan.internal.model.version.Version
    "conan": [
        "1.10.0 > 1.9.0", "1.0 = 1.0.0", "1.0.0-alpha < 1.0.0", "1.0.0+1 > 1.0.0", "1.1.1w > 1.1.1k",
        "1.1.1w > 1.1.1", "cci.20200203 > 1.0", "1.0.0-a.10 > 1.0.0-a.9", "1.0-rc1+2 > 1.0-rc1", "2.0 > 1.a",
        "1.2.0+5 < 1.2.0+10", "10 < 10a", "9 < 10", "10a < 9",
    ],
    # conda, conda.models.version.VersionOrder
    "conda": [
        "1.0 = 1.0.0", "1.0a1 < 1.0", "1.1.dev1 < 1.1.0", "1.1post1 > 1.1", "1.0.1a < 1.0.1",
        "1.0.1_ < 1.0.1a",
        "1!0.4 > 2.0", "0.960923 > 0.9.6", "1.0+1 > 1.0", "2.3.5rc3 = 2.3.5RC3", "1.10 > 1.9",
        "1.1.0dev1 = 1.1.dev1", "2024a > 2023d", "9e > 9d", "1-2 = 1_2",
    ],
    # Perl 5.36, version.pm
    "cpan": [
        "1.10 < 1.9", "1.5 = 1.500", "v1.5.0 < 1.5", "v1.10.0 > v1.9.0", "1.02_03 = 1.0203", "1.2.3 = v1.2.3",
        "0.005 = v0.5", "1.001002 = 1.1.2", "2 > 1.999", "6.06 > 6.057",
    ],
    # R 4.2, numeric_version; the last by help(compareVersion), "the longer is later", where R 4.2 itself has
    # two answers
    "cran": [
        "1.2.0-3 > 1.2.0", "0.12-1 > 0.9", "0.12-1 = 0.12.1", "1.10 > 1.9", "7.3-60 > 7.3.9",
        "1.2.0.9000 < 1.2.1", "2.0 > 1.99-12", "1.2.0 > 1.2",
    ],
    # dpkg 1.21.22
    "deb": [
        "2.4.7a-1 > 2.4.7-1", "1.0-1 > 1.0-1~bpo1", "1.0+dfsg1-1 > 1.0-1", "2:1.0-1 > 1:9-1", "1.0 = 1.0-0",
        "1.0~~a < 1.0~", "1.2a+~ > 1.2a", "00.1 = 0.1",
    ],
    # RubyGems 3.3, Gem::Version
    "gem": [
        "1.0 = 1.0.0", "1.0.a < 1.0", "1.0-1 < 1.0", "1.0.a < 1.0.b", "1.a = 1.0.a", "1.0.a.1 > 1.0.a",
        "1.9 < 1.10", "2.0.rc1 < 2.0.rc2", "1.2.b10 > 1.2.b9", "1.0.0-x.1 = 1.0.0.pre.x.1",
    ],
    # by hand: Data.Version compares lists of numbers
    "hackage": ["2.0.0.0 > 1.0.0", "2.0.0.0 < 2.0.0.1", "2 < 2.0", "1.10 > 1.9", "0.1.0.0.1 > 0.1.0.0"],
    # by hand, from Julia's base/version.jl, isless
    "julia": [
        "1.2.3+1 > 1.2.3", "1.2.3+1 < 1.2.3+2", "1.2.3-rc1 < 1.2.3", "v1.10.0 > 1.9.0", "3.0.8+10 > 3.0.8+9",
    ],
    # LuaRocks 3.8.0, luarocks.core.vers
    "luarocks": [
        "1.0-1 < 1.0-2", "1.0-10 > 1.0-9", "3.1.0-1 = 3.1-1", "1.0beta2-1 < 1.0-1", "1.0alpha-1 < 1.0beta-1",
        "1.0rc1-1 < 1.0rc10-1", "scm-1 > 99.0-1", "dev-1 > scm-1", "1.0a-1 > 1.0-1", "1.9-1 < 1.10-1",
        "2.0.pre1-1 < 2.0-1", "cvs-1 < scm-1", "0.10.2-1 > 0.9-3",
    ],
    # maven-artifact 3.9.9, ComparableVersion
    "maven": [
        "1-1 > 1-ga-1", "2.0RELEASE = 2.0", "2.0.RELEASE = 2.0", "v1-rev93-1.25.0 < v1-rev100-1.25.0",
        "1.0.0.RC2 < 1.0.0-RC3", "1.0.0-RC16 > 1.0.0.RC8-beta", "2.9.0-1 > 2.9.0.RC1",
        "6.1.12.rc5 > 6.1.12rc1",
        "1.0-sp > 1.0", "1.0-1 < 1.0.1", "1.0.Final = 1.0", "1.0-SNAPSHOT < 1.0",
        "32.1.3-jre > 32.1.3-android",
        "1a1 = 1-alpha-1", "1.0-m3 = 1.0-milestone-3", "1-foo < 1-1", "1.x.1 < 1-x-1", "1.0_1 < 1.0-1",
        "1.0.0.Beta1 < 1.0.0.CR1", "9.4.43.v20210629 > 9.4.5.v20170502", "r07 < r09", "1-0.alpha < 1",
        "1.0.20240101120000 > 1.0.5", "1.0+build > 1.0", "2.0-b04 < 2.0", "1-final-1 < 1-1", "1-cr-2 = 1-rc2",
        "2.0.0-M4 > 2.0.0-alpha5", "201003 > 3.0", "1.1.31.sec10 > 1.1.31_noneautotype",
        "Greenwich.RELEASE < Greenwich.SR6", "Finchley.SR2 < Finchley.SR10",
        "Finchley.SR10 < Greenwich.RELEASE",
        "Greenwich.SR6 < Hoxton.RELEASE", "Greenwich.RELEASE < 2020.0.1",
        "Hoxton.BUILD-SNAPSHOT > Hoxton.RELEASE",
        # no order in the mathematical sense
        "1-sp < 1.0.alpha.1", "1.0.alpha.1 < 1", "1 < 1-sp", "0 > 0-alpha", "0.0 = 0",
    ],
    # by hand, from NuGet.Versioning, VersionComparer: a label beyond 32 bits is text
    "nuget": [
        "1.0.0-preview.9 < 1.0.0-preview.10", "1.0.0-9999999999 > 1.0.0-10000000000", "1.01 = 1.1",
        "1.0.0-a < 1.0.0-B", "1.0.0-1 < 1.0.0-a",
    ],
    # dpkg 1.21.22 on the same text without hyphens: opam's manual, "Version ordering", has Debian's rule
    "opam": [
        "1.0~beta < 1.0", "1.0+1 > 1.0", "4.14.1 > 4.9.0", "v0.16.0 > v0.9.0", "1.0a < 1.0+",
        "2.0.alpha1 > 2.0",
    ],
    # by hand, from pub_semver's version.dart, compareTo
    "pub": [
        "1.0.0+1 > 1.0.0", "1.0.0+9 < 1.0.0+10", "1.0.0-dev < 1.0.0", "1.0.0-dev+1 > 1.0.0-dev",
        "01.0.0 = 1.0.0",
        "1.0.0+a > 1.0.0+1", "1.0.0+1.2 > 1.0.0+1",
    ],
    # rpm 4.18.0, rpm.vercmp
    "rpm": [
        "r2024.1-1 < r2025-1", "r2024.1-1 > r2024-1", "1.0^git1-1 > 1.0-1", "1.0~rc1-1 < 1.0-1", "a1-1 < 1-1",
        "1.0.-1 = 1.0-1", "v2-1 < v10-1", "1.1-1 > 1.a-1", "2_0-1 = 2.0-1", "1:0.1-1 > 9-1",
    ],
}  # fmt: skip
# The rest of the types whose versions are semantic ones; the others of this list stand in test_versions.
SEMVER_TYPES: Final = ("cargo", "golang", "hex", "npm", "swift", "vscode-extension")


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in PAIRS.items() for line in lines])
def test_pairs_are_as_the_ecosystem_s_program_has_them(kind: str, line: str) -> None:
    left, sign, right = line.split(" ")
    assert SIGNS[compare(kind, left, right)] == sign
    assert compare(kind, right, left) == -compare(kind, left, right)


@pytest.mark.parametrize("kind", SEMVER_TYPES)
def test_semantic_versions_are_those_of_these_types(kind: str) -> None:
    assert compare(kind, "1.0.0-rc.2", "1.0.0-rc.10") == -1
    assert compare(kind, "1.0.0-rc.2", "1.0.0") == -1
    assert compare(kind, "1.10.0", "1.9.0") == 1
    assert compare(kind, "1.0.0+2", "1.0.0+1") == 0


@pytest.mark.parametrize("kind", sorted(ORDERED_TYPES))
@pytest.mark.parametrize("start", ["1", "1.0.0-", "1.0-beta", "2020", "1.0.0+"])
@pytest.mark.parametrize("part", ["1", "a1", "-1", ".1", "01", "_p", "a."])
def test_long_texts_that_are_nearly_versions_are_turned_down(kind: str, start: str, part: str) -> None:
    """A pattern that tries every way to divide them would never end."""
    text = (start + part * VERSION_LENGTH)[: VERSION_LENGTH - 1] + "?"
    with pytest.raises(VersionError):
        compare(kind, text, text)


def test_every_type_with_an_order_is_tried() -> None:
    assert {*PAIRS, *SEMVER_TYPES, "apk", "pypi"} == ORDERED_TYPES  # these two: test_versions


SECOND_OPINIONS: Final = {
    "alpm": univers.ArchLinuxVersion,
    "composer": univers.ComposerVersion,
    "conan": univers.ConanVersion,
    "deb": univers.DebianVersion,
    "gem": univers.RubygemsVersion,
    "maven": univers.MavenVersion,
    "nuget": univers.NugetVersion,
    "rpm": univers.RpmVersion,
}


def _second_opinion(kind: str, left: str, right: str) -> str:
    try:
        first, second = SECOND_OPINIONS[kind](left), SECOND_OPINIONS[kind](right)
        return "<" if first < second else ">" if second < first else "="
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        return type(error).__name__


# What univers 32 makes of those it has wrong: Composer's it compares as semantic ones, and Maven's by older
# rules of Maven.
SECOND_OPINION_IS_WRONG: Final = {
    ("composer", "1.0.0-beta9 < 1.0.0-beta10"): ">",
    ("composer", "2.1.1-pl1 > 2.1.1"): "<",
    ("composer", "1.0.0-RC1 > 1.0.0-beta2"): "<",
    ("composer", "1.0.0-alpha > 1.0.0-dev"): "<",
    ("composer", "1.0.0.1 > 1.0.0"): "=",
    ("composer", "1.0.0-rc1 = 1.0.0-RC1"): ">",
    ("composer", "1.0.0b1 = 1.0.0-beta1"): "<",
    ("composer", "1.0.0-patch2 < 1.0.0-p10"): ">",
    ("composer", "1.0.0-stable = 1.0.0"): "<",
    ("composer", "1.0.0-RC1-dev < 1.0.0-RC1"): ">",
    ("maven", "2.0RELEASE = 2.0"): ">",
    ("maven", "2.0.RELEASE = 2.0"): ">",
    ("maven", "1.0.0.RC2 < 1.0.0-RC3"): ">",
    ("maven", "1.0.0-RC16 > 1.0.0.RC8-beta"): "<",
    ("maven", "2.9.0-1 > 2.9.0.RC1"): "<",
    ("maven", "6.1.12.rc5 > 6.1.12rc1"): "<",
    ("maven", "1-0.alpha < 1"): "=",
    ("maven", "1.1.31.sec10 > 1.1.31_noneautotype"): "<",
    ("maven", "Hoxton.BUILD-SNAPSHOT > Hoxton.RELEASE"): "<",
    ("nuget", "1.0.0-9999999999 > 1.0.0-10000000000"): "<",
}


@pytest.mark.parametrize("kind", SECOND_OPINIONS)
def test_univers_agrees_where_it_is_right(kind: str) -> None:
    for line in PAIRS[kind]:
        left, sign, right = line.split(" ")
        assert _second_opinion(kind, left, right) == SECOND_OPINION_IS_WRONG.get((kind, line), sign), line
