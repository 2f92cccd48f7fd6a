"""Where the packages come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.factory import AMD64, SPDX, attestation, decoded, image
from tests.unit.policy.judging import judge, policy
from tests.unit.policy.package_lists import findings, item, judge_packages, messages
from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict
from verifier.sbom.files import read_sbom_file

GOOD = "https://packages.example.com/stable/a-1.tar.gz"
RULE = 'download-locations: {allow: ["https://packages.example.com/stable", "git+https://github.com/org/"]}'


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (GOOD, "https://packages.example.com/stable-evil/a", "comes from a place that is not allowed"),
        (GOOD, "https://packages.example.com.evil/stable/a", "comes from a place that is not allowed"),
        (GOOD, "http://packages.example.com/stable/a", "comes from a place that is not allowed"),
        (
            GOOD,
            "https://packages.example.com@evil/stable/a",
            "comes from a place that cannot be compared, for it has a user name before its host",
        ),
        (
            GOOD,
            "https://packages.example.com/stable/../evil",
            "comes from a place that cannot be compared, for its path has dots for a part",
        ),
        (
            GOOD,
            "UNKNOWN",
            "comes from a place that cannot be compared, for it does not begin with a scheme and a host",
        ),
        (
            "git+https://github.com/org/app@v1.0",
            "git+https://github.com/evil/app@v1.0",
            "comes from a place that is not allowed",
        ),
    ],
)
def test_every_location_must_be_allowed(good: str, bad: str, problem: str) -> None:
    first = item("a", "1", download_location=good)
    second = item("b", "2", "pkg:npm/b@2", download_location=bad)
    passed = judge_packages(RULE, first)
    assert passed.verdict is Verdict.PASS
    assert messages(passed) == ["the download location of every package is allowed"]
    (finding,) = findings(judge_packages(RULE, first, second))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    assert finding.message == f"b 2 {problem}: {bad}"
    assert finding.hint == "allow the place, if you trust it, or take the package from another one"
    assert (finding.package, finding.element) == ("pkg:npm/b@2", "$.packages[1].downloadLocation")
    assert finding.evidence == (attestation(SPDX, AMD64).evidence,)


@pytest.mark.parametrize("missing", ["", "NOASSERTION", "NONE"])
def test_a_missing_location_fails_unless_the_rule_says_otherwise(missing: str) -> None:
    first, second = item("a", "1", download_location=GOOD), item("b", download_location=missing)
    (finding,) = findings(judge_packages(RULE, first, second))
    assert (finding.verdict, finding.code) == (Verdict.FAIL, "PolicyError")
    assert finding.message == f"b does not say where it comes from ({missing or 'no download location'})"
    lenient = RULE.replace("}", ", on-missing: allow}")
    assert judge_packages(lenient, first, second).verdict is Verdict.PASS
    assert judge_packages(lenient, first, item("b", download_location="noassertion")).verdict is Verdict.FAIL


def test_without_an_sbom_that_says_something_nothing_passes() -> None:
    assert judge(image(), f"  - {RULE}\n").verdict is Verdict.UNVERIFIED
    empty = judge(
        image(attestation(SPDX, AMD64)),
        f"  - {RULE}\n",
        decode=lambda statement: decoded(statement, packages=0),
    )
    assert (empty.verdict, messages(empty)) == (
        Verdict.UNVERIFIED,
        ["the SBOM cannot be used: it lists no package"],
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("{}", "lacks 'allow'"),
        ("{allow: []}", "is empty"),
        ("{allow: [example.com]}", "'example.com' is no prefix of URLs"),
        ('{allow: ["https://*.example.com/"]}', "is no prefix of URLs"),
        ('{allow: ["https://me@example.com/"]}', "is no prefix of URLs: it has a user name before its host"),
        ('{allow: ["https://example.com/"], on-missing: ignore}', "cannot be 'ignore'"),
        ('{allow: ["https://example.com/"], select: any}', "cannot"),
    ],
)
def test_a_faulty_rule_is_an_error_with_its_place(options: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - download-locations: {options}\n")
    assert words in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:7:")
    policy(f"  - {RULE}\n")


def test_it_says_what_it_asks_for() -> None:
    (clause,) = policy('  - download-locations: {allow: ["https://a.example/"], on-missing: allow}\n').rules
    assert clause.rule.asks() == (
        "the download location of every package is below https://a.example/, or is not stated, in every SBOM"
        " about the platform by release"
    )


def test_locations_of_real_documents(real_data: Path) -> None:
    name = "spdx-2.3-with-security.spdx.json"
    sbom = read_sbom_file((real_data / "sbom" / name).read_bytes(), name=name)
    both = 'download-locations: {allow: ["https://github.com/spdx", "https://repo1.maven.org/maven2/org/webjars"]}'
    one = 'download-locations: {allow: ["https://github.com/spdx"]}'
    assert judge_packages(both, *sbom.packages).verdict is Verdict.PASS
    assert len(findings(judge_packages(one, *sbom.packages))) == 1
