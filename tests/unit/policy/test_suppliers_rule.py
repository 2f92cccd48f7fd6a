"""Who supplied the packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.factory import AMD64, SPDX, attestation, decoded, image
from tests.unit.policy.judging import judge, policy
from tests.unit.policy.package_lists import findings, item, judge_packages, messages
from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict
from verifier.sbom.files import read_sbom_file

WOLFI = "Organization: Wolfi"
RULE = 'suppliers: {allow: ["Organization: Wolfi", "Organization: Chainguard, Inc."]}'
PATTERN = 'suppliers: {allow-patterns: ["Organization: Chainguard, Inc(\\\\.)?"]}'


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (RULE, WOLFI, "Organization: Wolfi "),
        (RULE, WOLFI, "Organization: wolfi"),
        (RULE, WOLFI, "Organization: Wolfi Evil"),
        (RULE, WOLFI, "Person: Wolfi"),
        (RULE, WOLFI, "Wolfi"),
        (RULE, "Organization: Chainguard, Inc.", "Organization: Chainguard, Inc"),
        (PATTERN, "Organization: Chainguard, Inc", "Organization: Chainguard, Incs"),
        (PATTERN, "Organization: Chainguard, Inc.", "My Organization: Chainguard, Inc."),
        (PATTERN, "Organization: Chainguard, Inc.", "Organization: Chainguard, Inc.\n"),
    ],
)
def test_every_supplier_must_be_allowed(rule: str, good: str, bad: str) -> None:
    first, second = item("a", "1", supplier=good), item("b", "2", "pkg:npm/b@2", supplier=bad)
    passed = judge_packages(rule, first)
    assert (passed.verdict, messages(passed)) == (Verdict.PASS, ["the supplier of every package is allowed"])
    (finding,) = findings(judge_packages(rule, first, second))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
    shown = bad.replace("\n", "\\x0a")
    assert finding.message == f"b 2 is supplied by {shown}, which is not allowed"
    assert finding.hint == "allow the supplier, if you trust it with what runs in the image"
    assert (finding.package, finding.element) == ("pkg:npm/b@2", "$.packages[1].supplier")
    assert finding.evidence == (attestation(SPDX, AMD64).evidence,)


@pytest.mark.parametrize("missing", ["", "NOASSERTION", "NONE"])
def test_a_missing_supplier_fails_unless_the_rule_says_otherwise(missing: str) -> None:
    first, second = item("a", "1", supplier=WOLFI), item("b", supplier=missing)
    (finding,) = findings(judge_packages(RULE, first, second))
    assert (finding.verdict, finding.code) == (Verdict.FAIL, "PolicyError")
    assert finding.message == f"b does not say who supplied it ({missing or 'no supplier'})"
    assert finding.hint is not None
    assert "on-missing: allow" in finding.hint
    lenient = RULE.replace("}", ", on-missing: allow}")
    assert judge_packages(lenient, first, second).verdict is Verdict.PASS
    assert judge_packages(lenient, first, item("b", supplier="Organization: Evil")).verdict is Verdict.FAIL


def test_a_supplier_in_cyclonedx_is_an_organisation() -> None:
    package = item("a", "1", supplier="Wolfi")
    assert judge_packages(RULE, package, sbom_format="CycloneDX-1.6").verdict is Verdict.PASS
    (finding,) = findings(judge_packages(RULE, package))
    assert finding.message == "a 1 is supplied by Wolfi, which is not allowed"
    marked = item("a", "1", supplier=WOLFI)
    (finding,) = findings(judge_packages(RULE, marked, sbom_format="CycloneDX-1.6"))
    assert finding.message == f"a 1 is supplied by Organization: {WOLFI}, which is not allowed"


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
        ("{}", "it allows no supplier"),
        ("{on-missing: allow}", "it allows no supplier"),
        ("{allow: []}", "is empty"),
        ('{allow: [""]}', "is empty"),
        ("{allow: [Wolfi]}", "'Wolfi' is no supplier as SPDX writes it"),
        ('{allow: ["Organization: "]}', "is no supplier as SPDX writes it"),
        ("{allow: [NOASSERTION]}", "is no supplier as SPDX writes it"),
        ('{allow: ["Organization: *"]}', "it is compared exactly, and has a * in it"),
        ('{allow: ["Organization: ${NAME}"]}', "variables are not expanded"),
        ('{allow-patterns: [".*"]}', "it matches anybody"),
        ('{allow-patterns: ["("]}', "it is no RE2 expression"),
        ('{allow: ["Organization: A"], on-missing: ignore}', "cannot be 'ignore'"),
        ('{allow: ["Organization: A"], select: any}', "cannot"),
    ],
)
def test_a_faulty_rule_is_an_error_with_its_place(options: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - suppliers: {options}\n")
    assert words in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:7:")
    policy(f"  - {RULE}\n")


def test_it_says_what_it_asks_for() -> None:
    (clause,) = policy('  - suppliers: {allow: ["Organization: Wolfi"], on-missing: allow}\n').rules
    assert clause.rule.asks() == (
        "the supplier of every package is Organization: Wolfi or does not say, in every SBOM about the"
        " platform by release"
    )


def test_suppliers_of_real_documents(real_data: Path) -> None:
    folder = real_data / "sbom"
    name = "apko-custom-license.spdx.json"
    sbom = read_sbom_file((folder / name).read_bytes(), name=name)
    rule = 'suppliers: {allow: ["Organization: Wolfi", "Organization: unknown"]}'
    assert judge_packages(rule, *sbom.packages).verdict is Verdict.PASS
    assert len(findings(judge_packages(RULE, *sbom.packages))) == 2
