"""The rules on the quality of SBOMs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.policy.factory import AMD64, INDEX
from tests.unit.policy.judging import NOW, policy
from tests.unit.policy.sboms import contains, findings, messages, operating_system, package, sbom, the_image
from verifier.errors import PolicyError
from verifier.limits import SBOM_BYTES
from verifier.model.digest import Digest
from verifier.model.finding import Outcome, Verdict
from verifier.model.sbom import ValidationProblem
from verifier.sbom.spdx import SpdxDecoder
from verifier.sbom.validation import validate
from verifier.strict_json import loads

SIGNED = datetime(2026, 11, 1, tzinfo=UTC)  # as the factory has it
BUSYBOX, MUSL = package("busybox", "MIT"), package("musl", "MIT", number=1)
ROOT = "SPDXRef-image"
RECIPES = "{purl: 'pkg:github/**', allow: [NOASSERTION], reason: recipes of packages}"
RULES = (
    "sbom-valid: {}",
    "sbom-age: {max: 90d}",
    "sbom-size: {min: 1}",
    "sbom-subject: {}",
    "sbom-complete: {}",
    "ntia: {}",
)


GOOD = sbom(the_image(), operating_system(), BUSYBOX, MUSL, relationships=contains("busybox", "musl"))


@pytest.mark.parametrize("rule", RULES)
def test_a_good_sbom_passes_every_rule_and_a_hollow_one_none(rule: str) -> None:
    (finding,) = findings(rule, GOOD)
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.PASS, Verdict.PASS, None)
    assert finding.message.startswith("the SBOM ")
    for hollow in (sbom(), sbom(the_image())):
        (finding,) = findings(rule, hollow)
        assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.UNVERIFIED)
        assert finding.code == "SbomError"
    (finding,) = findings(rule)
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.UNVERIFIED)


@pytest.mark.parametrize("rule", RULES)
def test_every_sbom_of_the_platform_is_judged(rule: str) -> None:
    bad = sbom(operating_system(), describes=[], created=None, creators=[])
    problem = [ValidationProblem("document", "it is wrong")] if rule.startswith("sbom-valid") else []
    for documents in ((GOOD, bad), (bad, GOOD)):
        found = findings(rule, *documents, problems=problem)
        assert found
        assert all(finding.outcome is Outcome.FAIL for finding in found)


def test_each_problem_of_validity_is_a_finding() -> None:
    problems = [
        ValidationProblem("package SPDXRef-a", "it is wrong"),
        ValidationProblem("document", "so is it"),
    ]
    found = findings("sbom-valid: {}", GOOD, problems=problems)
    assert [finding.message for finding in found] == ["package SPDXRef-a: it is wrong", "document: so is it"]
    assert {(f.outcome, f.verdict, f.code) for f in found} == {(Outcome.FAIL, Verdict.FAIL, "SbomError")}


def test_what_is_not_spdx_is_validated_too() -> None:
    document = replace(GOOD, format="CycloneDX-1.6")
    (finding,) = findings("sbom-valid: {}", document, problems=[ValidationProblem("$", "it is wrong")])
    assert (finding.outcome, finding.code) == (Outcome.FAIL, "SbomError")
    (finding,) = findings("sbom-valid: {}", document)
    assert finding.outcome is Outcome.PASS


WHEN = "the SBOM says that it was made at"


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        (NOW - timedelta(days=30), None),
        (NOW - timedelta(days=30, seconds=1), f"{WHEN} 2026-10-24T23:59:59Z, more than 30 days ago"),
        (SIGNED + timedelta(minutes=5), None),
        (
            SIGNED + timedelta(minutes=5, seconds=1),
            f"{WHEN} 2026-11-01T00:05:01Z, after it was signed at 2026-11-01T00:00:00Z",
        ),
        (
            NOW + timedelta(days=1),
            f"{WHEN} 2026-11-25T00:00:00Z, after it was signed at 2026-11-01T00:00:00Z",
        ),
        (None, "the SBOM does not say when it was made"),
        (
            datetime(1970, 1, 1, tzinfo=UTC),
            f"{WHEN} 1970-01-01T00:00:00Z, which is no time at which it can have been made",
        ),
        (
            datetime(1, 1, 1, tzinfo=UTC),
            f"{WHEN} 0001-01-01T00:00:00Z, which is no time at which it can have been made",
        ),
    ],
)
def test_age_goes_by_the_documents_word_within_the_time_of_signing(
    created: datetime | None, expected: str | None
) -> None:
    document = sbom(the_image(), BUSYBOX, created=created)
    assert messages("sbom-age: {max: 30d}", document) == ([expected] if expected else [])


def test_the_place_of_the_time_is_told() -> None:
    for form, place in (("SPDX-2.3", "$.creationInfo.created"), ("CycloneDX-1.6", "$.metadata.timestamp")):
        (finding,) = findings("sbom-age: {max: 30d}", sbom(the_image(), BUSYBOX, created=None, form=form))
        assert (finding.code, finding.element) == ("PolicyError", place)
        assert finding.hint is not None
        assert "max-age" in finding.hint


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{min: 2}", None),
        ("{min: 3}", "the SBOM lists 2 packages, and the policy wants at least 3"),
        ("{max: 2}", None),
        ("{max: 1}", "the SBOM lists 2 packages, and the policy wants at most 1"),
        ("{min: 2, max: 2}", None),
    ],
)
def test_size_counts_what_is_inside(options: str, expected: str | None) -> None:
    assert messages(f"sbom-size: {options}", GOOD) == ([expected] if expected else [])


def test_size_is_one_package_at_least() -> None:
    empty = sbom(the_image(), operating_system())
    assert messages("sbom-size: {max: 5}", empty) == [
        "the SBOM lists 0 packages, and the policy wants at least 1"
    ]


OTHER = Digest.of(b"other")


@pytest.mark.parametrize(
    ("digests", "strict", "lenient"),
    [
        ([AMD64], None, None),
        ([AMD64, OTHER], None, None),
        ([OTHER], f"the SBOM describes {OTHER}, and not {AMD64}", "the same"),
        ([INDEX], f"the SBOM describes {INDEX}, the index, and not {AMD64}", "the same"),
        ([], f"the SBOM does not say which image it describes; it is attested about {AMD64}", None),
    ],
)
def test_the_subject_is_this_very_platform(
    digests: Sequence[Digest], strict: str | None, lenient: str | None
) -> None:
    roots = [the_image(d)._replace(element_id=f"root{n}") for n, d in enumerate(digests)]
    document = sbom(*roots, BUSYBOX, describes=[root.element_id for root in roots])
    assert messages("sbom-subject: {}", document) == ([strict] if strict else [])
    expected = [strict] if lenient and strict else []
    assert messages("sbom-subject: {on-missing: allow}", document) == expected


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("sbom-age: {}", "lacks 'max'"),
        ("sbom-age: {max: 3}", "must be text"),
        ("sbom-age: {max: soon}", "not a duration"),
        ("sbom-size: {}", "it has no bound"),
        ("sbom-size: {min: 0}", "must be at least 1"),
        ("sbom-size: {min: 3, max: 2}", "no number is at least 3 and at most 2"),
        ("sbom-complete: {purls: 101}", "must be at most 100"),
        ("sbom-complete: {connected: some}", "cannot be 'some'"),
        ("ntia: {except: [suplier]}", "cannot be 'suplier'"),
        (
            "ntia: {except: [supplier, name, version, identifier, relationship, author, timestamp]}",
            "it leaves out every element",
        ),
        ("sbom-subject: {select: any}", "sbom-subject cannot select any"),
    ],
)
def test_a_policy_that_could_mean_something_else_is_an_error(rule: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - {rule}\n")
    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "sbom-valid: {}",
            "every SBOM about the platform by release is valid by the specification of its format",
        ),
        (
            "sbom-age: {max: 90d}",
            "every SBOM about the platform by release was made not more than 90 days ago",
        ),
        (
            "sbom-size: {min: 2, max: 9}",
            "at least 2 and at most 9 packages are in every SBOM about the platform by",
        ),
        (
            "sbom-subject: {}",
            "every SBOM about the platform by release names the platform's digest as what it",
        ),
        ("sbom-complete: {purls: 90}", "at least one package is listed, at least one connected with what it"),
        ("sbom-complete: {connected: all}", "at least one package is listed, all connected with what it"),
        (
            "ntia: {except: [supplier]}",
            "every SBOM about the platform by release has NTIA's minimum elements name,",
        ),
    ],
)
def test_what_they_ask_for_is_a_sentence(rule: str, sentence: str) -> None:
    (clause,) = policy(f"  - {rule}\n").rules
    assert clause.rule.asks().startswith(sentence)


@pytest.mark.parametrize(
    ("name", "rule", "expected"),
    [
        (
            "apko-golden-x86_64",
            "licenses: {allow: [MIT]}",
            ["pretend-baselayout.melange.yaml", "replayout.melange.yaml"],
        ),
        (
            "apko-golden-x86_64",
            f"licenses: {{allow: [MIT], exceptions: [{RECIPES}]}}",
            [],
        ),
        ("apko-golden-x86_64", "sbom-complete: {connected: all, purls: 100, versions: 100}", []),
        ("apko-golden-x86_64", "ntia: {except: [timestamp]}", []),
        ("apko-golden-x86_64", "sbom-age: {max: 36500d}", ["the SBOM says that it was made at 1970"]),
        ("apko-custom-license", "licenses: {allow: [LicenseRef-ubuntu-font]}", []),
        (
            "apko-custom-license",
            "licenses: {allow: [MIT]}",
            ["font-ubuntu 0.869-r1 declares LicenseRef-ubuntu-font"],
        ),
        ("spdx-2.3-with-security", "ntia: {}", []),
        ("syft-image", "sbom-size: {min: 16, max: 16}", []),
        ("syft-image", "ntia: {except: [supplier, relationship]}", ["busybox 1.35.0 has no identifier"]),
    ],
)
def test_what_generators_really_write(real_data: Path, name: str, rule: str, expected: list[str]) -> None:
    raw = (real_data / "sbom" / f"{name}.spdx.json").read_bytes()
    found = messages(rule, SpdxDecoder().decode(loads(raw, limit=SBOM_BYTES)))
    assert len(found) == len(expected)
    assert all(message.startswith(start) for message, start in zip(found, expected, strict=True))


def test_validity_is_told_by_the_usual_validator(real_data: Path) -> None:
    for name, first in (("apko-golden-x86_64", None), ("syft-image", "file SPDXRef-")):
        document = loads((real_data / "sbom" / f"{name}.spdx.json").read_bytes(), limit=SBOM_BYTES)
        found = findings("sbom-valid: {}", SpdxDecoder().decode(document), problems=validate(document))
        assert (found[0].outcome is Outcome.PASS) == (first is None)
        assert first is None or found[0].message.startswith(first)
