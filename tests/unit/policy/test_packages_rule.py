"""Packages that must not, or must, be there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.policy.factory import AMD64, MALLORY, RELEASE, SPDX, attestation, decoded, image
from tests.unit.policy.judging import POLICY, judge, policy
from tests.unit.policy.package_lists import CYCLONEDX, findings, item, judge_packages, judge_sboms, messages
from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict
from verifier.model.sbom import Package
from verifier.sbom.files import read_sbom_file

OPENSSL = item("openssl", "3.0.7-r0", "pkg:apk/wolfi/openssl@3.0.7-r0?arch=x86_64")
CURL = item("curl", "8.5.0-r0", "pkg:apk/wolfi/curl@8.5.0-r0?arch=x86_64")


def deny(*entries: str) -> str:
    return f"packages: {{deny: [{', '.join(f'{{{entry}}}' for entry in entries)}]}}"


def require(*entries: str) -> str:
    return f"packages: {{require: [{', '.join(f'{{{entry}}}' for entry in entries)}]}}"


# an entry of deny, a package that it denies, the same with one difference that is not denied
DENIED = [
    ('purl: "pkg:apk/wolfi/openssl"', OPENSSL, CURL),
    (
        'purl: "pkg:apk/wolfi/openssl", versions: "<3.0.8-r0"',
        OPENSSL,
        item("openssl", "3.0.8-r0", "pkg:apk/wolfi/openssl@3.0.8-r0"),
    ),
    (
        'purl: "pkg:apk/wolfi/openssl", versions: "<=3.0.7"',
        OPENSSL,
        item("openssl", "3.0.10-r0", "pkg:apk/wolfi/openssl@3.0.10-r0"),
    ),
    (
        'purl: "pkg:apk/wolfi/openssl@3.0.7-r0"',
        OPENSSL,
        item("openssl", "3.0.7-r1", "pkg:apk/wolfi/openssl@3.0.7-r1"),
    ),
    (
        'purl: "pkg:apk/wolfi/openssl?arch=x86_64"',
        OPENSSL,
        item("openssl", "3.0.7-r0", "pkg:apk/wolfi/openssl@3.0.7-r0?arch=aarch64"),
    ),
    ('purl: "pkg:apk/wolfi/*"', OPENSSL, item("openssl", "3", "pkg:apk/alpine/openssl@3")),
    ('purl: "pkg:pypi/Foo_Bar"', item("x", "1", "pkg:pypi/foo.bar@1"), item("x", "1", "pkg:pypi/foobar@1")),
    (
        'purl: "pkg:npm/%40scope/*"',
        item("x", "1", "pkg:npm/@scope/a@1"),
        item("x", "1", "pkg:npm/@other/a@1"),
    ),
    # by name: the package's own, or that in its package URL
    ("name: openssl", OPENSSL, CURL),
    (
        "name: openssl",
        item("libssl", "3", "pkg:generic/OpenSSL@3"),
        item("libssl", "3", "pkg:generic/libssl@3"),
    ),
    (
        "name: openssl",
        item("OpenSSL", "3", "pkg:generic/libssl@3"),
        item("openssl3", "3", "pkg:generic/libssl@3"),
    ),
    ("name: openssl", item("openssl"), item("openssh")),
    (
        'name: openssl, versions: "<3.0.8"',
        OPENSSL,
        item("openssl", "3.0.8-r0", "pkg:apk/wolfi/openssl@3.0.8-r0"),
    ),
    # two package URLs that disagree with each other or with the name
    (
        'purl: "pkg:apk/wolfi/openssl"',
        item("x", "1", "pkg:npm/x@1", "pkg:apk/wolfi/openssl@3"),
        item("x", "1", "pkg:npm/x@1", "pkg:apk/wolfi/curl@3"),
    ),
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "3.0.0", "pkg:npm/a@3.0.0", "pkg:npm/a@1.0.0"),
        item("a", "3.0.0", "pkg:npm/a@3.0.0", "pkg:npm/a@2.0.0"),
    ),
    # two versions that disagree
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "1.0.0", "pkg:npm/a@3.0.0"),
        item("a", "2.0.0", "pkg:npm/a@3.0.0"),
    ),
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "", "pkg:npm/a@1.0.0"),
        item("a", "", "pkg:npm/a@2.0.0"),
    ),
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "1.0.0", "pkg:npm/a"),
        item("a", "2.0.0", "pkg:npm/a"),
    ),
    ('purl: "pkg:npm/a@1.0.0"', item("a", "1.0.0", "pkg:npm/a"), item("a", "2.0.0", "pkg:npm/a")),
    # no package URL: it goes by its name, in the ecosystem of the pattern
    ('purl: "pkg:apk/wolfi/openssl"', item("openssl", "3"), item("openssl-dev", "3")),
    ('purl: "pkg:apk/*/openssl"', item("OpenSSL", "3"), item("openssl-dev", "3")),
    (
        'purl: "pkg:apk/*/openssl", versions: "<3.0.8"',
        item("openssl", "3.0.7-r2"),
        item("openssl", "3.0.8-r0"),
    ),
    ('purl: "pkg:apk/**/openssl"', item("openssl", "3"), item("openssl-dev", "3")),
    ('purl: "pkg:apk/*/openssl-*"', item("openssl-dev", "3"), item("openssl", "3")),
    ('purl: "pkg:maven/*/log4j-core"', item("org.apache/log4j-core", "3"), item("org.apache/log4j", "3")),
    ('purl: "pkg:golang/github.com/org/**"', item("github.com/Org/a/b"), item("github.com/other/a")),
    ('purl: "pkg:npm/%40org/*"', item("@org/a"), item("@other/a")),
    ('purl: "pkg:pypi/foo-*"', item("Foo_Bar"), item("Foobar")),
    ('purl: "pkg:npm/*"', item("a", "1", "pkg:npm/a@1"), item("a")),
    (
        'purl: "pkg:apk/wolfi/openssl", versions: "<3.0.8-r0"',
        item("openssl", "3.0.7-r0"),
        item("openssl", "3.0.8-r0"),
    ),
    # what says less
    ('purl: "pkg:apk/wolfi/openssl"', item("x", "3", "pkg:apk/openssl@3"), item("x", "3", "pkg:apk/curl@3")),
    (
        'purl: "pkg:apk/wolfi/openssl?arch=x86_64"',
        item("x", "3", "pkg:apk/wolfi/openssl@3"),
        item("x", "3", "pkg:apk/wolfi/openssl@3?arch=s390x"),
    ),
    # rpm's epoch is a qualifier
    (
        'purl: "pkg:rpm/*/curl", versions: "<1:8.0"',
        item("curl", "9.0-1", "pkg:rpm/fedora/curl@9.0-1"),
        item("curl", "9.0-1", "pkg:rpm/fedora/curl@9.0-1?epoch=1"),
    ),
    (
        'purl: "pkg:rpm/*/curl@7.0-1"',
        item("curl", "", "pkg:rpm/fedora/curl@7.0-1?epoch=1"),
        item("curl", "", "pkg:rpm/fedora/curl@7.0-2?epoch=1"),
    ),
    # the comparison of the ecosystem, and none of text
    (
        'purl: "pkg:npm/a", versions: "<1.10.0"',
        item("a", "", "pkg:npm/a@1.9.0"),
        item("a", "", "pkg:npm/a@1.11.0"),
    ),
    (
        'purl: "pkg:deb/debian/a", versions: "<1:1.0"',
        item("a", "", "pkg:deb/debian/a@9.9-1"),
        item("a", "", "pkg:deb/debian/a@1:1.0-1"),
    ),
    (
        'purl: "pkg:deb/debian/a", versions: "<1.0"',
        item("a", "", "pkg:deb/debian/a@1.0~rc1-1"),
        item("a", "", "pkg:deb/debian/a@1.0-1"),
    ),
    (
        'purl: "pkg:golang/github.com/org/*", versions: "<1.2.3"',
        item("a", "v1.2.2", "pkg:golang/github.com/Org/A@v1.2.2"),
        item("a", "v1.2.3", "pkg:golang/github.com/Org/A@v1.2.3"),
    ),
]


@pytest.mark.parametrize(("entry", "bad", "good"), DENIED, ids=[f"{n}" for n in range(len(DENIED))])
def test_a_denied_package_fails(entry: str, bad: Package, good: Package) -> None:
    refused = judge_packages(deny(entry), CURL if bad is OPENSSL else OPENSSL, bad)
    told = [finding for finding in findings(refused) if finding.element == "$.packages[1]"]
    (finding,) = told
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert " is denied (" in finding.message
    assert judge_packages(deny(entry), good).verdict is Verdict.PASS


def test_a_finding_says_which_package_is_denied_why_and_where() -> None:
    entry = 'purl: "pkg:apk/*/openssl", versions: "<3.0.8-r0", reason: "CVE-2023-0286"'
    (finding,) = findings(judge_packages(deny(entry), CURL, OPENSSL))
    assert finding.message == "openssl 3.0.7-r0 is denied (pkg:apk/*/openssl <3.0.8-r0): CVE-2023-0286"
    assert finding.hint == "leave the package out of the image, or bring it to a version that is not denied"
    assert finding.package == "pkg:apk/wolfi/openssl@3.0.7-r0?arch=x86_64"
    assert finding.element == "$.packages[1]"
    assert finding.evidence == (attestation(SPDX, AMD64).evidence,)
    (passed,) = findings(judge_packages(deny(entry), CURL))
    assert (passed.outcome, passed.message) == (Outcome.PASS, "no denied package is there")


# an entry of deny, a package of which it cannot be told, why, and the same with one difference that can
UNKNOWN = [
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "", "pkg:npm/a"),
        "it states no version",
        item("a", "2.0.0", "pkg:npm/a"),
    ),
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "", "pkg:npm/a@unknown"),
        "'unknown' is no semver version",
        item("a", "", "pkg:npm/a@2.0.0"),
    ),
    (
        'purl: "pkg:npm/a", versions: "<2.0.0"',
        item("a", "2.0.0", "pkg:npm/a@2.0"),
        "'2.0' is no semver version",
        item("a", "2.0", "pkg:npm/a@2.0.0"),
    ),
    (
        'purl: "pkg:npm/a", versions: "!=2.0.0"',
        item("a", "latest", "pkg:npm/a"),
        "'latest' is no semver version",
        item("a", "2.0.0", "pkg:npm/a"),
    ),
    (
        'purl: "pkg:apk/*/a", versions: "<2.0"',
        item("a", "", "pkg:apk/w/a@v2.0"),
        "'v2.0' is no apk version",
        item("a", "", "pkg:apk/w/a@2.0"),
    ),
    (
        'purl: "pkg:npm/a@2.0.0"',
        item("a", "", "pkg:npm/a"),
        "it states no version",
        item("a", "", "pkg:npm/a@3.0.0"),
    ),
    (
        'purl: "pkg:npm/a"',
        item("b", "1", "pkg:npm/../a@1"),
        "a part of its path is a dot",
        item("b", "1", "pkg:npm/b@1"),
    ),
    ("name: a", item("b", "1", "a@1"), "is no package URL", item("b", "1", "pkg:npm/b@1")),
    (
        'name: a, versions: "<2.0.0"',
        item("a", "2.0.0"),
        "it has no package URL",
        item("a", "2.0.0", "pkg:npm/a@2.0.0"),
    ),
    (
        'name: a, versions: ">2.0.0, <1.0.0"',
        item("a", "2.0.0", "pkg:npm/a@2.0.0"),
        "no version is in",
        item("b", "2.0.0", "pkg:npm/b@2.0.0"),
    ),
    (
        'name: a, versions: "<1:2.0"',
        item("a", "", "pkg:npm/a@2.0.0"),
        "'1:2.0' is no semver version",
        item("a", "", "pkg:deb/debian/a@1:2.0"),
    ),
    (
        'purl: "pkg:rpm/*/openssl", versions: "<3.0.8"',
        item("openssl", "3.0.7-18.el9", "pkg:rpm/redhat/openssl@3.0.7-18.el9?epoch=1"),
        "'1:3.0.7-18.el9' has an epoch and '3.0.8' has none",
        item("openssl", "3.0.9-18.el9", "pkg:rpm/redhat/openssl@3.0.9-18.el9"),
    ),
]


@pytest.mark.parametrize(("entry", "bad", "why", "good"), UNKNOWN, ids=[f"{n}" for n in range(len(UNKNOWN))])
def test_what_cannot_be_told_fails(entry: str, bad: Package, why: str, good: Package) -> None:
    (finding,) = findings(judge_packages(deny(entry), bad))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "SbomError")
    assert finding.message.startswith("it cannot be told whether ")
    assert why in finding.message
    assert finding.hint is not None
    assert "whoever makes the SBOM must" in finding.hint
    assert finding.element == "$.packages[0]"
    assert judge_packages(deny(entry), good).verdict is Verdict.PASS


# an entry of require, a package that meets it, the same with one difference that does not, and what is said
REQUIRED = [
    ('purl: "pkg:apk/*/curl"', CURL, OPENSSL, ""),
    (
        'purl: "pkg:apk/*/curl", versions: ">=8.5.0-r0"',
        CURL,
        item("curl", "8.4.0-r9", "pkg:apk/wolfi/curl@8.4.0-r9"),
        "; curl 8.4.0-r9 is there and does not do",
    ),
    ("name: curl", CURL, OPENSSL, ""),
    ("name: curl", item("curl"), item("curly"), ""),
    (
        'purl: "pkg:apk/*/curl", versions: ">=8.5.0-r0"',
        CURL,
        item("curl", "", "pkg:apk/wolfi/curl"),
        "; curl is there and does not do: it states no version",
    ),
    (
        'purl: "pkg:npm/a", versions: ">=1.0.0"',
        item("a", "", "pkg:npm/a@1.0.0"),
        item("a", "", "pkg:npm/a@unknown"),
        "; a is there and does not do: 'unknown' is no semver version",
    ),
    (
        'purl: "pkg:npm/a"',
        item("x", "", "pkg:npm/b@1", "pkg:npm/a@1"),
        item("x", "", "pkg:npm/b@1", "pkg:npm/c@1"),
        "",
    ),
    ('purl: "pkg:npm/a"', item("a", "1", "pkg:npm/a@1"), item("a", "1"), ""),
    ('purl: "pkg:npm/a"', item("a", "1", "pkg:npm/a@1"), item("a", "1", "pkg:npm/../a@1"), ""),
    (
        'purl: "pkg:apk/wolfi/curl?arch=x86_64"',
        CURL,
        item("curl", "8.5.0-r0", "pkg:apk/wolfi/curl@8.5.0-r0"),
        "",
    ),
    ('purl: "pkg:apk/wolfi/curl"', CURL, item("curl", "8.5.0-r0", "pkg:apk/curl@8.5.0-r0"), ""),
    # two versions that disagree: neither may be outside
    (
        'purl: "pkg:npm/a", versions: ">=2.0.0"',
        item("a", "2.0.0", "pkg:npm/a@3.0.0"),
        item("a", "1.0.0", "pkg:npm/a@3.0.0"),
        "; a 1.0.0 is there and does not do: it states two versions that differ in this",
    ),
    (
        'purl: "pkg:npm/a", versions: ">=2.0.0"',
        item("a", "unknown", "pkg:npm/a@3.0.0"),
        item("a", "3.0.0", "pkg:npm/a@1.0.0"),
        "; a 3.0.0 is there and does not do: it states two versions that differ in this",
    ),
    (
        'name: curl, versions: ">=8.5.0"',
        CURL,
        item("curl", "8.5.0-r0"),
        "; curl 8.5.0-r0 is there and does not do: it has no package URL to say how its version compares",
    ),
]


@pytest.mark.parametrize(
    ("entry", "good", "bad", "said"), REQUIRED, ids=[f"{n}" for n in range(len(REQUIRED))]
)
def test_a_required_package_must_be_there(entry: str, good: Package, bad: Package, said: str) -> None:
    other = item("other", "1", "pkg:npm/other@1")
    passed = judge_packages(require(entry), other, bad, good)
    assert passed.verdict is Verdict.PASS
    assert messages(passed) == ["every required package is there"]
    (finding,) = findings(judge_packages(require(entry), other, bad))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert finding.message.startswith("no package is ")
    assert finding.message.endswith(f", which is required{said}")


def test_each_required_package_is_asked_for_by_itself() -> None:
    rule = require('purl: "pkg:apk/*/curl"', "name: openssl, reason: house rule", "name: busybox")
    judgement = judge_packages(rule, CURL)
    assert messages(judgement) == [
        "no package is called openssl, which is required (house rule)",
        "no package is called busybox, which is required",
    ]
    assert judge_packages(rule, CURL, OPENSSL, item("busybox")).verdict is Verdict.PASS


def test_every_denied_package_is_a_finding_of_its_own() -> None:
    rule = deny('purl: "pkg:apk/*/openssl"', "name: openssl", 'purl: "pkg:apk/**"')
    assert messages(judge_packages(rule, OPENSSL, CURL)) == [
        "openssl 3.0.7-r0 is denied (pkg:apk/*/openssl)",
        "openssl 3.0.7-r0 is denied (pkg:apk/**)",
        "openssl 3.0.7-r0 is denied (called openssl)",
        "curl 8.5.0-r0 is denied (pkg:apk/**)",
    ]


def test_the_order_of_packages_and_entries_decides_nothing() -> None:
    packages = [OPENSSL, CURL, item("a", "", "pkg:npm/a"), item("b", "", "b"), item("openssl")]
    entries = ['purl: "pkg:apk/**", versions: "<4"', "name: openssl", 'purl: "pkg:npm/*", versions: "<1.0.0"']
    first = sorted(messages(judge_packages(deny(*entries), *packages)))
    shuffled = random.Random(7)
    for _ in range(20):
        shuffled.shuffle(packages)
        shuffled.shuffle(entries)
        assert sorted(messages(judge_packages(deny(*entries), *packages))) == first


def test_every_sbom_is_looked_into() -> None:
    spdx, cyclonedx = attestation(SPDX, AMD64), attestation(CYCLONEDX, AMD64)
    rule = deny("name: openssl")
    assert judge_sboms(rule, (spdx, [CURL]), (cyclonedx, [OPENSSL])).verdict is Verdict.FAIL
    assert judge_sboms(rule, (spdx, [CURL]), (cyclonedx, [CURL])).verdict is Verdict.PASS


def test_a_strangers_sbom_neither_helps_nor_harms() -> None:
    ours, theirs = attestation(SPDX, AMD64), attestation(SPDX, AMD64, signer=MALLORY)
    assert judge_sboms(require("name: openssl"), (ours, [CURL]), (theirs, [OPENSSL])).verdict is Verdict.FAIL
    assert judge_sboms(deny("name: openssl"), (ours, [CURL]), (theirs, [OPENSSL])).verdict is Verdict.PASS


@pytest.mark.parametrize("rule", [deny("name: openssl"), require("name: openssl")])
def test_without_an_sbom_that_says_something_nothing_passes(rule: str) -> None:
    evidence = attestation(SPDX, AMD64, signer=RELEASE)
    assert judge(image(), f"  - {rule}\n").verdict is Verdict.UNVERIFIED
    empty = judge(image(evidence), f"  - {rule}\n", decode=lambda statement: decoded(statement, packages=0))
    (finding,) = findings(empty)
    assert (finding.verdict, finding.code) == (Verdict.UNVERIFIED, "SbomError")
    assert finding.message == "the SBOM cannot be used: it lists no package"


FAULTS = [
    ("packages: {}", "it denies nothing and requires nothing"),
    ("packages: {deny: []}", "is empty"),
    ("packages: {deny: [{}]}", "is empty"),
    ("packages: {deny: [{versions: '<1'}]}", "it needs a purl or a name, and not both"),
    ("packages: {deny: [{purl: 'pkg:npm/a', name: a}]}", "it needs a purl or a name, and not both"),
    ("packages: {deny: [{purl: a}]}", "'a' is no package URL"),
    ("packages: {deny: [{purl: 'pkg:npm/a*'}]}", "admits the siblings"),
    ("packages: {deny: [{name: 'a*'}]}", "is no name of a package"),
    ("packages: {deny: [{name: ''}]}", "is empty"),
    ("packages: {deny: [{purl: 'pkg:npm/a', versions: '^1.0.0'}]}", "is no range of versions"),
    ("packages: {deny: [{purl: 'pkg:npm/a', versions: '<1.0'}]}", "'1.0' is no semver version"),
    ("packages: {deny: [{purl: 'pkg:npm/a', versions: '>2.0.0, <1.0.0'}]}", "no version is in"),
    ("packages: {deny: [{purl: 'pkg:npm/a@1.0.0', versions: '<1.0.0'}]}", "a range can add nothing"),
    ("packages: {deny: [{purl: 'pkg:npm/a', version: '<1.0.0'}]}", "unknown key 'version'"),
    ("packages: {deny: [{name: a}, {name: a}]}", "lists something twice"),
    ("packages: {deny: [{name: a}], require: [{name: a}]}", "called a is denied and required"),
    ("packages: {deny: [{name: a}], select: any}", "cannot"),
    ("packages: {deny: [{name: 1.10}]}", "must be text"),
    ("packages: {deny: {name: a}}", "must be a list"),
]


@pytest.mark.parametrize(("rule", "words"), FAULTS)
def test_a_faulty_rule_is_an_error_with_its_place(rule: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - {rule}\n", text=POLICY)
    assert words in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:7:")
    policy("  - packages: {deny: [{name: a}]}\n")


def test_it_says_what_it_asks_for() -> None:
    (clause,) = policy(
        "  - packages:\n"
        "      deny: [{name: a}, {purl: 'pkg:npm/b', versions: '<1.0.0'}]\n"
        "      require: [{name: c}, {name: d}]\n"
    ).rules
    assert clause.rule.asks() == (
        "no package is called a or pkg:npm/b <1.0.0 and one package is called c and one is called d,"
        " in every SBOM about the platform by release"
    )


@pytest.mark.parametrize(
    ("name", "entry", "denied"),
    [
        ("syft-image.spdx.json", 'purl: "pkg:apk/alpine/busybox", versions: "<1.37"', True),
        ("syft-image.spdx.json", 'purl: "pkg:apk/alpine/busybox", versions: "<1.30"', False),
        ("syft-image.spdx.json", 'purl: "pkg:apk/wolfi/**"', False),
        ("apko-golden-x86_64.spdx.json", 'purl: "pkg:oci/**"', True),
        ("spdx-2.3-with-security.spdx.json", "name: xlsx", True),
    ],
)
def test_packages_of_real_documents(real_data: Path, name: str, entry: str, denied: bool) -> None:
    sbom = read_sbom_file((real_data / "sbom" / name).read_bytes(), name=name)
    verdict = judge_packages(deny(entry), *sbom.packages).verdict
    assert verdict is (Verdict.FAIL if denied else Verdict.PASS)


def test_loading_a_range_needs_no_library_for_versions() -> None:
    rule = deny('purl: "pkg:deb/debian/a", versions: "<1.0"', "name: b")
    code = (
        "import sys; from verifier.policy.document import load_policy;"
        f"load_policy({(POLICY + f'  - {rule}{chr(10)}').encode()!r}, source='policy.yaml');"
        "print(sorted({'univers', 'packageurl'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
