"""Ranges for packages whose type has no order of versions that is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.policy.judging import policy
from tests.unit.policy.package_lists import findings, item, judge_packages
from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict

BLOB = item("blob", "5.6.1-1", "pkg:generic/blob@5.6.1-1")
SAME_NAME = item("blob", "5.6.1", "pkg:npm/blob@5.6.1")


def _deny(entry: str) -> str:
    return f"packages: {{deny: [{{{entry}}}]}}"


def _require(entry: str) -> str:
    return f"packages: {{require: [{{{entry}}}]}}"


@pytest.mark.parametrize("make", [_deny, _require])
@pytest.mark.parametrize("kind", ["generic", "github", "docker", "oci", "brew", "nobody-knows"])
def test_a_bound_that_nothing_can_be_held_against_is_an_error_of_the_policy(
    make: Callable[[str], str], kind: str
) -> None:
    path = "a/b" if kind == "github" else "b"
    for versions in ("<2", ">=5.6.1", "=1 || >2"):
        entry = f'purl: "pkg:{kind}/{path}", versions: "{versions}"'
        with pytest.raises(PolicyError, match=f"no order is known for the versions of pkg:{kind} packages"):
            policy(f"  - {make(entry)}\n")
    policy(f"""  - {make(f'purl: "pkg:{kind}/{path}", versions: "=1 || =2"')}\n""")


def test_one_version_needs_no_order() -> None:
    assert judge_packages(_deny('purl: "pkg:generic/blob@5.6.1-1"'), BLOB).verdict is Verdict.FAIL
    assert judge_packages(_deny('purl: "pkg:generic/blob@5.6.1"'), BLOB).verdict is Verdict.PASS
    entry = 'purl: "pkg:generic/blob", versions: "=5.6.1-1"'
    assert judge_packages(_deny(entry), BLOB).verdict is Verdict.FAIL
    assert judge_packages(_require(entry), BLOB).verdict is Verdict.PASS
    assert judge_packages(_deny('purl: "pkg:generic/blob", versions: "=5.6.1"'), BLOB).verdict is Verdict.PASS


def test_what_cannot_be_told_of_many_is_said_once() -> None:
    many = [item("blob", f"{n}.0", f"pkg:generic/dir{n}/blob@{n}.0") for n in range(30)]
    judgement = judge_packages(_deny('name: blob, versions: "<2.0.0"'), *many, SAME_NAME)
    (found,) = findings(judgement)
    assert (judgement.verdict, found.outcome, found.code) == (Verdict.FAIL, Outcome.FAIL, "SbomError")
    assert "blob 0.0 and 29 more of the type generic" in found.message
    assert "no known order" in found.message
    assert found.hint is not None
    assert "=1.2.3" in found.hint


def test_of_a_type_with_an_order_it_can_be_told() -> None:
    rule = _deny('name: blob, versions: "<5.6.1"')
    assert judge_packages(rule, SAME_NAME).verdict is Verdict.PASS
    assert judge_packages(rule, SAME_NAME, BLOB).verdict is Verdict.FAIL


def test_a_requirement_is_not_met_by_what_cannot_be_told() -> None:
    rule = _require('name: blob, versions: ">=5.0.0"')
    judgement = judge_packages(rule, BLOB)
    assert judgement.verdict is Verdict.FAIL
    (found,) = findings(judgement)
    assert "no order is known for the versions of pkg:generic packages" in found.message
    assert judge_packages(rule, BLOB, SAME_NAME).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("kind", "bound", "version", "good"),
    [
        ("composer", "<2.0", "dev-main", "2.1"),
        ("hackage", "<2", "2.x", "2.1"),
        ("maven", "<2", "unspecified", "2.1"),
        ("alpm", "<2", "1:1.0-1", "2.1-1"),
        ("rpm", "<2-3", "2", "2-4"),
    ],
)
def test_a_version_that_does_not_compare_is_denied_and_meets_no_requirement(
    kind: str, bound: str, version: str, good: str
) -> None:
    path = f"pkg:{kind}/a/b" if kind != "hackage" else f"pkg:{kind}/b"
    bad_one, good_one = (item("b", text, f"{path}@{text}") for text in (version, good))
    denying = _deny(f'purl: "{path}", versions: "{bound}"')
    requiring = _require(f'purl: "{path}", versions: "{bound.replace("<", ">=")}"')
    assert [f.code for f in findings(judge_packages(denying, bad_one))] == ["SbomError"]
    assert judge_packages(denying, good_one).verdict is Verdict.PASS
    assert judge_packages(requiring, bad_one).verdict is Verdict.FAIL
    assert judge_packages(requiring, good_one).verdict is Verdict.PASS
