"""Test files of policies: what they say, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference
from verifier.policy.case_file import CaseFile, read_case_file

DIGEST = "sha256:" + "ab" * 32
GOOD = """\
policy: policy.yaml
cases:
  - name: signed by us
    evidence: evidence/good
    image: ghcr.io/org/app:1.2
    at: 2026-11-24T01:00:00+01:00
    trusted-root: root.json
    platforms: [linux/amd64]
    expect:
      verdict: fail
      checks: {licenses: fail, signature: pass}
      codes: {licenses: PolicyError}
  - name: signed by nobody
    evidence: evidence/bad.tar
    expect: {verdict: unverified}
"""


def read(folder: Path, text: str = GOOD) -> CaseFile:
    (folder / "evidence" / "good").mkdir(parents=True, exist_ok=True)
    (folder / "evidence" / "bad.tar").write_bytes(b"")
    (folder / "app.test.yaml").write_text(text)
    return read_case_file(folder / "app.test.yaml")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = read(tmp_path)
    assert file.policy == str(tmp_path / "policy.yaml")
    first, second = file.cases
    assert (first.name, first.place) == ("signed by us", f"{tmp_path}/app.test.yaml:3:5")
    assert (first.evidence.path, first.evidence.archive) == (str(tmp_path / "evidence" / "good"), False)
    assert first.image == ImageReference("ghcr.io", "org/app", "1.2", None)
    assert first.at == datetime(2026, 11, 24, tzinfo=UTC)
    assert first.trusted_root == tmp_path / "root.json"
    assert first.platforms == (Platform("linux", "amd64"),)
    assert first.expected.verdict is Verdict.FAIL
    assert first.expected.checks == {"licenses": Outcome.FAIL, "signature": Outcome.PASS}
    assert first.expected.codes == {"licenses": "PolicyError"}
    assert second.evidence.archive
    assert (second.image, second.at, second.trusted_root, second.platforms) == (None, None, None, ())
    assert (second.expected.verdict, second.expected.checks) == (Verdict.UNVERIFIED, {})


def test_an_image_of_several_is_named(tmp_path: Path) -> None:
    (case, _) = read(tmp_path, GOOD.replace("evidence/good", f"evidence/good:1.2@{DIGEST}")).cases
    assert (case.evidence.path, case.evidence.tag) == (str(tmp_path / "evidence" / "good"), "1.2")
    assert str(case.evidence.digest) == DIGEST
    (case, _) = read(tmp_path, GOOD.replace("app:1.2", f"app@{DIGEST}")).cases
    assert str(case.evidence.digest) == DIGEST


def test_a_shipped_policy_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.replace("policy.yaml", "sample")).policy == "sample"


WRONG = {
    "policies: x\ncases: []": ("1:1", "unknown key 'policies' in the test file", "did you mean 'policy'?"),
    "policy: sample": (
        "1:1",
        "the test file lacks 'cases'",
        "needed are policy, cases; cases: What it must say of which evidence",
    ),
    "policy: sample\ncases: []": ("2:8", "cases is empty", "cases: What it must say of which evidence"),
    "[]": ("1:1", "the test file must be a mapping, not []", "write KEY: VALUE, without dashes"),
    "": ("1:1", "the test file is empty", "docs/policy-testing.md describes test files"),
    GOOD.replace("evidence: evidence/good", "evidnce: x"): (
        "4:5",
        "unknown key 'evidnce' in cases[0]",
        "did you mean 'evidence'?",
    ),
    GOOD.replace("{verdict: unverified}", "{}"): (
        "15:13",
        "cases[1].expect is empty",
        "expect: What must come out",
    ),
    GOOD.replace("verdict: fail", "verdict: failed"): (
        "10:16",
        "cases[0].expect.verdict cannot be 'failed'",
        "did you mean 'fail'?",
    ),
    GOOD.replace("verdict: fail", "verdict: error"): (
        "10:16",
        "cases[0].expect.verdict cannot be 'error'",
        "known are pass, fail, unverified, unavailable",
    ),
    GOOD.replace("signature: pass", "signature: passed"): (
        "11:43",
        "cases[0].expect.checks.signature cannot be 'passed'",
        "did you mean 'pass'?",
    ),
    GOOD.replace("{licenses: fail, signature: pass}", "{}"): (
        "11:15",
        "cases[0].expect.checks is empty",
        "checks: The worst outcome of a rule, by its name in reports: licenses, or licenses/id",
    ),
    GOOD.replace("signed by nobody", "signed by us"): (
        "13:11",
        "two cases are called 'signed by us'",
        "docs/policy-testing.md describes test files",
    ),
    GOOD.replace("name: signed by us", "name: 1"): (
        "3:11",
        "cases[0].name must be text, not 1",
        "put it in quotes",
    ),
    GOOD.replace("at: 2026-11-24T01:00:00+01:00", "at: 2026-11-24T01:00:00"): (
        "6:9",
        "not a time: '2026-11-24T01:00:00'",
        "write 2026-12-31, or 2026-12-31T18:00:00Z",
    ),
    GOOD.replace("linux/amd64", "amd64"): (
        "8:17",
        "not a platform: 'amd64'",
        "a platform is OS/ARCH or OS/ARCH/VARIANT, for example linux/amd64 or linux/arm/v7",
    ),
    GOOD.replace("evidence/good", "../good"): (
        "4:15",
        "'../good' lies outside the test file's folder",
        "put the file beside it or below, and write the path from there",
    ),
    GOOD.replace("root.json", "/etc/root.json"): (
        "7:19",
        "'/etc/root.json' lies outside the test file's folder",
        "put the file beside it or below, and write the path from there",
    ),
    GOOD.replace("policy.yaml", "../policy.yaml"): (
        "1:9",
        "'../policy.yaml' lies outside the test file's folder",
        "put the file beside it or below, and write the path from there",
    ),
    GOOD.replace("policy.yaml", "smaple"): (
        "1:9",
        "no policy is called 'smaple'",
        "'verify policy list' shows the shipped ones; a file is named with its ending, app.yaml",
    ),
    GOOD.replace("ghcr.io/org/app:1.2", "oci:somewhere"): (
        "5:12",
        "a layout is no image in a registry",
        "the layout belongs under 'evidence'",
    ),
    GOOD.replace("ghcr.io/org/app:1.2", f"app@{DIGEST}").replace("/good", f"/good@{DIGEST[:-2]}cd"): (
        "5:12",
        "image and evidence name two digests",
        "docs/policy-testing.md describes test files",
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str) -> None:
    place, message, hint = WRONG[text]
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, text)
    assert caught.value.message == f"{tmp_path}/app.test.yaml:{place}: {message}"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text", ["policy: &a sample", "policy: sample\npolicy: sample", "\tpolicy: x", "a: b\n---\n"]
)
def test_only_strict_yaml_is_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError, match=r"app\.test\.yaml:\d"):
        read(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"cannot read the test file .*: No such file"):
        read_case_file(tmp_path / "absent.test.yaml")
