"""Versions in the order of their ecosystem. Nothing here was computed by the code under test."""

from __future__ import annotations

import pytest

from verifier.errors import InputError, RejectedError, VersionError
from verifier.limits import VERSION_LENGTH
from verifier.packages.versions import VersionRange, compare

# dpkg 1.21.22, --compare-versions
DPKG = [
    "1.0 = 1.0-0",
    "1.0 < 1.0-1",
    "1.0~rc1 < 1.0",
    "1.0~rc1-1 < 1.0-1",
    "1.0~~ < 1.0~",
    "1.0~~a < 1.0~",
    "1:1.0 > 2.0",
    "0:1.0 = 1.0",
    "1.9 < 1.10",
    "1.0 = 1.00",
    "1.2.3 < 1.2.3-1ubuntu0.1",
    "3.0.11-1~deb12u1 < 3.0.11-1",
    "3.0.11-1~deb12u2 > 3.0.11-1~deb12u1",
    "1.0+dfsg > 1.0",
    "1.0a < 1.0+",
    "1.0.1 > 1.0a",
    "2.36-9+deb12u4 > 2.36-9",
    "1.0-1+b1 > 1.0-1",
    "1.0-1 < 1.0-1.1",
    "9.0 < 10.0",
    "1.0Z < 1.0a",
    "1.0-1~bpo1 > 1.0-0",
]
# As apk-tools 3 orders them ("apk version --test").
APK = [
    "1.9 < 1.10",
    "1.36.1-r2 < 1.36.1-r10",
    "3.0.7 < 3.0.7-r0",
    "006 > 1.0.0",
    "1.06-r6 < 006",
    "1.07.5 > 1.07",
    "1.1 > 1.02",
    "8.2.0 < 8.2.001",
    "8.2.0015 < 8.2.002",
    "02.08.01b < 4.77",
    "2.5.1-r8 < 2.5.1a-r1",
    "2.3.0b-r1 > 2.3.0",
    "0.9.28-r2 < 0.9.28.1",
    "1.1 > 1.1_alpha1",
    "0.1.0_alpha2 > 0.1.0_alpha",
    "0.1.0_alpha_pre2 < 0.1.0_alpha",
    "1.3_alpha8 < 1.3_beta1",
    "1.3_beta1 < 1.3_pre1",
    "1.3_pre1 < 1.3_rc1",
    "6.0_pre1 < 6.0",
    "6.1_p1 > 6.1",
    "1.0_git20240101 > 1.0",
    "1.0_git20240101 < 1.0_p1",
    "1.0_cvs1 < 1.0_svn1",
    "1.0_svn1 < 1.0_git1",
    "1.0_git1 < 1.0_hg1",
    "1.0_p10-r0 > 1.0_p9-r0",
    "1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0",
    "1.0~1234-r1 < 1.0~2345-r0",
    "1.0~1234-r1 > 1.0~1234-r0",
    "1.0~1234 > 1.0",
]
# rpm's own rpmvercmp cases, and its rules for epoch and release
RPM = [
    "2.0.1a > 2.0.1",
    "5.5p1 < 5.5p10",
    "10xyz < 10.1xyz",
    "6.0.rc1 > 6.0",
    "10.0001 = 10.1",
    "4.999.9 < 5.0",
    "2_0 = 2.0",
    "1.0~rc1 < 1.0",
    "1.0~rc1~git123 < 1.0~rc1",
    "1.0^git1 > 1.0",
    "1.0^git1 < 1.01",
    "1.0^20160101 < 1.0.1",
    "1.0^git1~pre < 1.0^git1",
    "1.0-2.el9 < 1.0-10.el9",
    "1:1.0-1 > 2.0-1",
    "0:1.0-1 = 1.0-1",
]
# PEP 440, "Summary of permitted suffixes and relative ordering"
PYPI_ORDER = (
    "1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456"
    " 1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15"
    " 1.1.dev1 1!0.1"
)
PYPI = ["1.0 = 1.0.0", "v1.0 = 1.0", "1.0-1 = 1.0.post1", "1.0RC1 = 1.0c1", "1.0-alpha.2 = 1.0a2"]
# semver.org, clause 11
SEMVER_ORDER = (
    "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.9.0"
    " 1.10.0 1.11.0 2.0.0 2.1.0 2.1.1"
)
SEMVER = ["1.0.0+a = 1.0.0+b", "1.0.0 = 1.0.0+20130313144700", "v1.2.3 = 1.2.3"]
# go.dev/ref/mod, "Versions" and "Pseudo-versions"
GOLANG = [
    "v0.0.0-20191109021931-daa7c04131f5 < v0.0.1",
    "v0.0.0-20191109021931-daa7c04131f5 < v0.0.0-20210101000000-abcdef123456",
    "v1.2.4-0.20191109021931-daa7c04131f5 < v1.2.4",
    "v1.2.4-0.20191109021931-daa7c04131f5 > v1.2.3",
    "v4.1.2+incompatible = v4.1.2",
]
# maven.apache.org/pom.html, "Version Order Specification", and ComparableVersionTest
MAVEN_ORDER = (
    "1-alpha2 1-beta-2 1-beta123 1-m2 1-m11 1-rc 1-rc123 1-SNAPSHOT 1 1-sp 1-abc 1-1 2.14 2.14.1 2.17.1 10.0"
)
MAVEN = [
    "1 = 1.0.0",
    "1.0 = 1.0.Final",
    "1.0 = 1.0.RELEASE",
    "1.0 = 1.0-ga",
    "1a1 = 1-alpha-1",
    "1-cr = 1-rc",
]
NUGET_ORDER = "0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta 1.0.0-rc.1 1.0.0 1.0.0.1 1.0.1 1.2 1.10.0"
NUGET = ["1.0 = 1.0.0.0", "1.0.0-Beta = 1.0.0-beta", "1.0.0+a = 1.0.0"]
GEM_ORDER = "1.0.a 1.0.a.2 1.0.a10 1.0.b1 1.0 1.0.1 1.1.rc1 1.1 1.9 1.10"
SIGNS = {-1: "<", 0: "=", 1: ">"}
PAIRS = {
    "deb": DPKG, "apk": APK, "rpm": RPM, "pypi": PYPI, "npm": SEMVER, "golang": SEMVER + GOLANG,
    "maven": MAVEN, "nuget": NUGET, "cargo": SEMVER,
}  # fmt: skip
ORDERS = {
    "pypi": PYPI_ORDER, "npm": SEMVER_ORDER, "golang": SEMVER_ORDER, "maven": MAVEN_ORDER,
    "nuget": NUGET_ORDER, "gem": GEM_ORDER,
}  # fmt: skip


@pytest.mark.parametrize(
    ("ecosystem", "line"), [(name, line) for name, lines in PAIRS.items() for line in lines]
)
def test_pairs_are_ordered_as_their_tools_do(ecosystem: str, line: str) -> None:
    left, sign, right = line.split(" ")
    assert SIGNS[compare(ecosystem, left, right)] == sign
    assert compare(ecosystem, right, left) == -compare(ecosystem, left, right)


@pytest.mark.parametrize("ecosystem", ORDERS)
def test_whole_sequences_are_in_order(ecosystem: str) -> None:
    order = ORDERS[ecosystem].split()
    for first, left in enumerate(order):
        for second, right in enumerate(order):
            assert compare(ecosystem, left, right) == (first > second) - (first < second), (left, right)


# Words, blanks, look-alikes, and what other libraries cut down to a version.
NEVER = {
    "": "there is no version",
    "unknown": "'unknown' is no",
    "NOASSERTION": "'NOASSERTION' is no",
    "latest": "'latest' is no",
    "(devel)": "'(devel)' is no",
    "1.0.0\n": "'1.0.0\\\\x0a' is no",
    " 1.0.0": "' 1.0.0' is no",
    "1. 0.0": "'1. 0.0' is no",
    "1.0.0\x00": "'1.0.0\\\\x00' is no",
    "１.０.０": "'１.０.０' is no",
    "1.0.0\u200b": "'1.0.0\\\\u200b' is no",
    "vv1.0.0": "'vv1.0.0' is no",
    "go1.21": "'go1.21' is no",
    "^1.0.0": "'^1.0.0' is no",
    "*": "'*' is no",
    "~rc": "'~rc' is no",
    "1:": "'1:' is no",
    "x:1.0": "'x:1.0' is no",
    "1:2:3.0": "'1:2:3.0' is no",
    "-1.0.0": "'-1.0.0' is no",
    "1" * 10_000: "is no",
    "1" * (VERSION_LENGTH + 1): "is no",
}
ECOSYSTEMS = [
    "apk",
    "deb",
    "rpm",
    "pypi",
    "npm",
    "golang",
    "maven",
    "nuget",
    "gem",
    "composer",
    "hackage",
    "cran",
]
# rpm, Maven, pacman and LuaRocks take any letters for the beginning of a version.
LETTER_FIRST = {"vv1.0.0", "go1.21"}


@pytest.mark.parametrize(
    ("ecosystem", "version"),
    [
        (ecosystem, version)
        for ecosystem in ECOSYSTEMS
        for version in NEVER
        if ecosystem not in {"rpm", "maven"} or version not in LETTER_FIRST
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_version_is_not_compared(ecosystem: str, version: str) -> None:
    for left, right in ((version, "1.0.0"), ("1.0.0", version), (version, version)):
        with pytest.raises(VersionError) as caught:
            compare(ecosystem, left, right)
        assert NEVER[version].replace("\\\\", "\\") in caught.value.message.replace("\\\\", "\\")
        assert caught.value.code == "SbomError"
    assert compare(ecosystem, "1.0.0", "1.0.0") == 0


# The first is none, the second differs from it in one thing.
TWINS = {
    "apk": [("1.0.0-1", "1.0.0-r1"), ("v1.0", "1.0"), ("1:1.0", "1.0"), ("1.0_foo", "1.0_p"),
            ("1.0-r", "1.0-r0"), ("1.0-r1-r2", "1.0-r1"), ("1.0bc", "1.0b"), ("1.0-r1x", "1.0-r1")],
    "deb": [("v1.0", "1.0"), ("1.0_1", "1.0-1"), ("a1", "1a"), ("1.0-", "1.0-1")],
    "rpm": [("1.0-1-1", "1.0-1"), ("r", "r1"), ("v.x-1", "v.1-1"), ("a:1", "1:1")],
    "pypi": [("1.0-foo", "1.0-post"), ("1.0.x", "1.0.0"), ("1.0+", "1.0+1")],
    "npm": [("1.0", "1.0.0"), ("01.0.0", "1.0.0"), ("1.0.0-01", "1.0.0-1"), ("1.0.0.0", "1.0.0"),
            ("1.0.0~rc1", "1.0.0-rc1")],
    "golang": [("v1.0", "v1.0.0"), ("V1.0.0", "v1.0.0")],
    "maven": [("RELEASE", "1.RELEASE"), ("1..0", "1.0"), ("1-", "1-a"),
              ("Hoxton.release", "Hoxton.RELEASE"), ("latest.release", "latest.SR1")],
    "alpm": [("r", "r1"), ("1.0-1-1", "1.0-1"), ("1.0.-1", "1.0-1"), ("1.0-a", "1.0-1")],
    "composer": [("dev-main", "1.0"), ("1.x-dev", "1.0-dev"), ("1.0-test1", "1.0-beta1"),
                 ("1.0@dev", "1.0-dev")],
    "luarocks": [("main-1", "scm-1"), ("1.0--1", "1.0-1"), ("1.0/1-1", "1.0.1-1")],
    "conan": [("system", "system1"), ("1.0-", "1.0-a"), ("1.0A", "1.0a"), ("1.0+a+b", "1.0+a")],
    "conda": [("dev", "dev1"), ("1_2-3", "1-2-3"), ("1..2", "1.2"), ("1*", "1")],
    "cpan": [("1_01", "1.0_01"), ("1.0-TRIAL", "1.0"), ("v", "v1")],
    "cran": [("1.2.0a", "1.2.0"), ("1.", "1"), ("v1.0", "1.0")],
    "hackage": [("1.2-3", "1.2.3"), ("1.", "1"), ("1.2a", "1.2")],
    "opam": [("dev", "dev1"), ("1:2", "12")],
    "pub": [("1.0", "1.0.0"), ("1.1.3.4", "1.1.3"), ("1.0.0+", "1.0.0+1")],
    "bitnami": [("7.0.1-03", "7.0.1-3"), ("7.0", "7.0.0")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("ecosystem", "bad", "good"), [(name, *pair) for name, pairs in TWINS.items() for pair in pairs]
)
def test_each_ecosystem_has_its_own_syntax(ecosystem: str, bad: str, good: str) -> None:
    with pytest.raises(
        VersionError, match=f"is no {'semver' if ecosystem in {'npm', 'golang'} else ecosystem} version"
    ):
        compare(ecosystem, bad, good)
    assert compare(ecosystem, good, good) == 0


# purl-spec has these types, and says of none how its versions compare; and one that nobody knows.
UNORDERED = [
    "bitbucket", "brew", "cocoapods", "docker", "generic", "git", "github", "huggingface", "mlflow", "oci",
    "otp", "qpkg", "swid", "vcpkg", "yocto", "whatever",
]  # fmt: skip


@pytest.mark.parametrize("ecosystem", UNORDERED)
def test_where_no_order_is_known_versions_are_equal_or_not(ecosystem: str) -> None:
    assert compare(ecosystem, "1.0.0", "1.0.0") == 0
    for pair in (("1.0.0", "2.0.0"), ("1.0", "1.0.0"), ("latest", "1.0.0")):
        with pytest.raises(
            VersionError, match=f"no order is known for the versions of pkg:{ecosystem} packages"
        ):
            compare(ecosystem, *pair)
    for text in ("=1.0.0", "=1.0.0 || =2.0.0", "!=1.0.0", "=1.0.0, !=2.0.0"):
        VersionRange.parse(text).check(ecosystem)
    assert VersionRange.parse("=1.0.0 || =2.0.0").contains(ecosystem, "2.0.0")
    assert not VersionRange.parse("=1.0.0 || =2.0.0").contains(ecosystem, "2.0")
    assert VersionRange.parse("!=1.0.0").contains(ecosystem, "2.0")
    for text in ("<2.0.0", "=1.0.0 || >=2.0.0", "!=1.0.0, <2.0.0"):
        versions = VersionRange.parse(text)
        with pytest.raises(
            InputError, match=f"no order is known for the versions of pkg:{ecosystem} packages"
        ):
            versions.check(ecosystem)
        with pytest.raises(VersionError, match="no order is known"):
            versions.contains(ecosystem, "1.5.0")
    with pytest.raises(InputError, match="no version is in"):
        VersionRange.parse("=1.0.0, =2.0.0").check(ecosystem)


# range, ecosystem, versions inside, versions outside
RANGES = [
    (">=1.2.0-r0, <1.3.0-r2", "apk", "1.2.0-r0 1.2.9-r5 1.3.0-r1", "1.1.9-r9 1.3.0-r2 1.10.0-r0"),
    ("<3.0.7", "apk", "3.0.6-r9 3.0.7_rc1-r0", "3.0.7-r0 3.0.7-r5 3.0.10-r0"),
    ("<=3.0.7", "apk", "3.0.7-r0 3.0.7-r99 3.0.6-r1", "3.0.8-r0 3.0.7.1-r0"),
    ("=1.2.3", "apk", "1.2.3-r0 1.2.3-r7 1.2.3", "1.2.3.1-r0 1.2.4-r0"),
    ("==1.2.3-r1", "apk", "1.2.3-r1", "1.2.3-r0 1.2.3"),
    (">1.2.3", "apk", "1.2.4-r0", "1.2.3-r9"),
    ("!=1.2.3", "apk", "1.2.4-r0 1.2.2-r0", "1.2.3-r0 1.2.3-r8"),
    ("<1:2.0", "deb", "1:1.9-1 3.0-1", "1:2.0-1 2:0.1-1"),
    ("<=1.0", "deb", "1.0-1 1.0~rc1-1", "1.0.1-1"),
    ("<=1.0", "rpm", "1.0-99.el9 0.9-1 0:0.9-1", "1.1-1"),
    ("<=0:1.0", "rpm", "1.0-99.el9 0.9-1", "1.1-1 1:0.1-1"),
    ("=2.0.1", "pypi", "2.0.1 2.0.1+cu118 2.0.1.0", "2.0.1.post1 2.0.1rc1"),
    ("<2.0", "pypi", "1.9 2.0rc1 2.0.dev0", "2.0 2.0.post1"),
    ("<2.0.0", "npm", "1.9.9 2.0.0-rc.1", "2.0.0 2.0.0+build"),
    ("<1.2.3", "golang", "v1.2.2 v1.2.3-0.20191109021931-daa7c04131f5", "v1.2.3 v1.10.0"),
    ("<2.17.1", "maven", "2.17 2.17.0 2.0-beta9", "2.17.1 2.20"),
    ("<1.0.0 || =1.5.0 || >=2.0.0, <3.0.0", "npm", "0.9.0 1.5.0 2.1.0", "1.0.0 1.5.1 3.0.0"),
    ("  >=1.0.0 ,<  2.0.0  ", "npm", "1.0.0 1.9.9", "0.9.9 2.0.0"),
    (">=5.6.1", "alpm", "5.6.1-1 5.6.1 5.6.2-1", "5.6.0-9 5.6.1rc1-1"),
    ("=5.6.1", "alpm", "5.6.1-1 5.6.1-2 5.6.1", "5.6.2-1"),
    ("<5.6.1-2", "alpm", "5.6.1-1 5.6.0", "5.6.1-2 5.6.1-10 5.6.2"),
    ("<=3.1", "luarocks", "3.1-1 3.1-9 3.1 3.0-2", "3.1.1-1 scm-1"),
    (">7.0.1", "bitnami", "7.0.1-3 7.0.2", "7.0.1 7.0.0-9"),
    ("<7.0.1-10", "bitnami", "7.0.1-9 7.0.1 7.0.0-11", "7.0.1-10 7.0.2"),
    ("<1.0.0+10", "pub", "1.0.0+9 1.0.0 1.0.0-dev", "1.0.0+10 1.0.1"),
    ("<2", "hackage", "1.9.9.9", "2 2.0.0.0"),
    (">=1.2.0", "cran", "1.2.0-3 1.2.0 1.10", "1.1-9"),
    ("<1.0.0-beta10", "composer", "1.0.0-beta9 1.0-alpha", "1.0.0-beta10 1.0.0-RC1 1.0"),
    ("<v1-rev100-1.25.0", "maven", "v1-rev93-1.25.0", "v1-rev100-1.25.0 v2-rev1-1.0"),
    ("<r2025", "rpm", "r2024.1-1.fc41", "r2025-1 1.0-1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ecosystem", "inside", "outside"), RANGES)
def test_ranges_admit_what_they_say(text: str, ecosystem: str, inside: str, outside: str) -> None:
    versions = VersionRange.parse(text)
    versions.check(ecosystem)
    assert [v for v in f"{inside} {outside}".split() if versions.contains(ecosystem, v)] == inside.split()


def test_a_range_says_that_it_cannot_tell() -> None:
    versions = VersionRange.parse("!=1.2.3")
    for version in ("", "unknown", "1.2.3\n"):
        with pytest.raises(VersionError):
            versions.contains("npm", version)
    assert versions.contains("npm", "1.2.4")
    assert issubclass(VersionError, RejectedError)


@pytest.mark.parametrize("ecosystem", ["deb", "rpm"])
@pytest.mark.parametrize("text", ["<2.0", ">=1.0", "=1.0", "!=1.0", ">=0:1.0, <2.0"])
def test_a_bound_without_an_epoch_does_not_tell_of_versions_with_one(ecosystem: str, text: str) -> None:
    versions = VersionRange.parse(text)
    with pytest.raises(VersionError, match=r"'1:1\.0-1' has an epoch and '[12]\.0' has none"):
        versions.contains(ecosystem, "1:1.0-1")
    assert isinstance(versions.contains(ecosystem, "0:1.0-1"), bool)
    assert VersionRange.parse("<0:2.0 || =1:1.0").contains(ecosystem, "1:1.0-1")


@pytest.mark.parametrize(
    ("ecosystem", "bound", "unknown", "known"),
    [
        ("rpm", "1.0-2.el9", "1.0", "1.0-1.el9"),
        ("rpm", "0:1.0-2.el9", "1.0", "1.1"),
        ("alpm", "5.6.1-2", "5.6.1", "5.6.1-1"),
        ("luarocks", "3.1-2", "3.1.0", "3.2"),
    ],
)
def test_a_version_without_its_release_may_be_any_release_of_it(
    ecosystem: str, bound: str, unknown: str, known: str
) -> None:
    for operator in ("<", "<=", "=", "!=", ">=", ">"):
        versions = VersionRange.parse(f"{operator}{bound}")
        versions.check(ecosystem)
        with pytest.raises(VersionError, match="does not state its release"):
            versions.contains(ecosystem, unknown)
        assert isinstance(versions.contains(ecosystem, known), bool)


NO_RANGE = [
    "", " ", "1.2.3", "^1.2.3", "~1.2", "~=1.2", ">=1.0 <2.0", ">=1.0,", ",<1.0", ">=1.0||", "||", "=>1.0",
    "<>1.0", "=1.0;=2.0", "latest", "=", ">= ", "=1.0\n", "=１.0", "=1.*", "===1.0", "[1.0,2.0)",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_RANGE)
def test_nonsense_is_no_range(text: str) -> None:
    with pytest.raises(InputError, match="is no range of versions") as caught:
        VersionRange.parse(text)
    assert caught.value.hint is not None
    assert '">=1.2.0-r0, <1.3.0-r2 || =1.4.0"' in caught.value.hint


@pytest.mark.parametrize(
    ("ecosystem", "bad", "good"),
    [
        ("apk", "<v1.0", "<1.0"),
        ("apk", "<1:1.0", "<1.0"),
        ("npm", "<1.0", "<1.0.0"),
        ("pypi", "<1.0-foo", "<1.0-post"),
        ("deb", "<unstable", "<1unstable"),
        ("rpm", f"<{'1' * 300}", f"<{'1' * 200}"),
    ],
)
def test_a_bound_is_a_version_of_the_ecosystem(ecosystem: str, bad: str, good: str) -> None:
    with pytest.raises(InputError, match=f"is no {'semver' if ecosystem == 'npm' else ecosystem} version"):
        VersionRange.parse(bad).check(ecosystem)
    VersionRange.parse(good).check(ecosystem)


@pytest.mark.parametrize(
    ("ecosystem", "bad", "good"),
    [
        ("npm", ">2.0.0, <1.0.0", ">1.0.0, <2.0.0"),
        ("npm", ">1.0.0, <1.0.0", ">=1.0.0, <=1.0.0"),
        ("npm", ">=1.0.0, <1.0.0", ">=1.0.0, <=1.0.0"),
        ("npm", "=1.0.0, =2.0.0", "=1.0.0 || =2.0.0"),
        ("npm", "=1.0.0, !=1.0.0", "=1.0.0, !=1.0.1"),
        ("npm", "=1.0.0, >1.0.0", "=1.0.0, >=1.0.0"),
        ("npm", "<1.0.0 || >3.0.0, <2.0.0", "<1.0.0 || >2.0.0, <3.0.0"),
        ("apk", ">=1.10, <1.9", ">=1.9, <1.10"),
        ("apk", ">=1.2.3-r2, <1.2.3", ">=1.2.3-r2, <=1.2.3"),
        ("deb", ">=1:1.0, <2.0", ">=1.0, <1:2.0"),
    ],
)
def test_a_range_that_nothing_can_be_in_is_an_error(ecosystem: str, bad: str, good: str) -> None:
    with pytest.raises(InputError, match="no version is in"):
        VersionRange.parse(bad).check(ecosystem)
    VersionRange.parse(good).check(ecosystem)
