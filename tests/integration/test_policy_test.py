"""``verify policy test`` from outside: what differs, what is wrong, and where it is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import pytest

from tests.integration.cli import LAYOUTS, SAMPLE, TESTDATA, Done, layout, verify

HELLO = "demo.example/verifier/hello"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with evidence and its trust root."""
    made = tmp_path / "cases"
    for name in ("demo", "wrong-signer"):
        shutil.copytree(LAYOUTS / name, made / name)
        shutil.copyfile(TESTDATA / "trusted_root.json", made / name / "trusted_root.json")
    return made


def write(folder: Path, *cases: dict[str, Any], policy: str = "sample", name: str = "a.test.yaml") -> Path:
    complete = [
        {"name": f"case {n}", "evidence": "demo", "at": "2026-11-24", **c} for n, c in enumerate(cases)
    ]
    path = folder / name
    path.write_text(json.dumps({"policy": policy, "cases": complete}))
    return path


def run(folder: Path, *arguments: str) -> Done:
    return verify(folder, "policy", "test", str(folder), *arguments)


def test_all_as_expected(folder: Path) -> None:
    write(folder, {"expect": {"verdict": "pass", "checks": {"signature": "pass", "attestation": "pass"}}})
    done = run(folder)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{folder}/a.test.yaml (policy sample)\n  ✓ case 0  pass\n\n1 case, all as expected\n"


DIFFERENCES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "verdict": (
        {"expect": {"verdict": "fail"}},
        [
            "verdict: expected fail, found pass",
            "- linux/amd64: signature: signed by release on its own manifest",
        ],
    ),
    "a verdict that is worse": (
        {"evidence": "wrong-signer", "expect": {"verdict": "pass"}},
        ["verdict: expected pass, found unverified", "- signature: no image signature by a wanted signer"],
    ),
    "an outcome": (
        {"evidence": "wrong-signer", "expect": {"checks": {"signature": "pass"}}},
        ["check signature: expected pass, found fail", "- signature: no image signature by a wanted signer"],
    ),
    "a better outcome": (
        {"expect": {"checks": {"signature": "fail"}}},
        ["check signature: expected fail, found pass"],
    ),
    "a rule that gave no finding": (
        {"expect": {"verdict": "pass", "checks": {"signatrue": "pass"}}},
        ["check signatrue: expected pass, found no finding", "- did you mean 'signature'?"],
    ),
    "an id that is not there": (
        {"expect": {"checks": {"attestation/spdx": "pass"}}},
        ["check attestation/spdx: expected pass, found no finding", "- did you mean 'attestation'?"],
    ),
    "a code": (
        {"evidence": "wrong-signer", "expect": {"codes": {"signature": "PolicyError"}}},
        ["code of signature: expected PolicyError, found IdentityError"],
    ),
    "no code": (
        {"expect": {"codes": {"signature": "IdentityError"}}},
        ["code of signature: expected IdentityError, found none"],
    ),
    "the code of no rule": (
        {"expect": {"codes": {"licences": "PolicyError"}}},
        ["code of licences: expected PolicyError, found no finding"],
    ),
    "the name counts where it is given": (
        {"image": "demo.example/other", "expect": {"verdict": "pass"}},
        ["verdict: expected pass, found fail", "- policy: no policy is about demo.example/other"],
    ),
    "a platform that is not there": (
        {"platforms": ["linux/s390x"], "expect": {"verdict": "pass"}},
        ["verdict: expected pass, found unverified", "- image: "],
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_is_said(folder: Path, name: str) -> None:
    case, lines = DIFFERENCES[name]
    write(folder, case, {"expect": {"verdict": "pass"}})
    done = run(folder)
    assert (done.code, done.err) == (1, "")
    assert "  ✗ case 0  " in done.out
    assert "  ✓ case 1  pass" in done.out
    assert done.out.endswith("1 of 2 cases differs\n")
    text = " ".join(done.out.split())
    for line in lines:
        assert line in text, done.out


def test_the_worst_outcome_of_all_platforms_and_rules_counts(folder: Path) -> None:
    (folder / "policy.yaml").write_text(
        (TESTDATA.parent / "policies" / "sample.yaml").read_text()
        + "  - attestation: {type: vuln, signers: [release], mode: warn}\n"
        + "  - attestation: {id: scan, type: openvex, signers: [release]}\n"
    )
    expect = {"verdict": "unverified", "checks": {"attestation": "fail", "attestation/scan": "fail"}}
    write(folder, {"expect": expect}, policy="policy.yaml")
    assert run(folder).code == 0
    write(folder, {"expect": {"checks": {"attestation": "pass"}}}, policy="policy.yaml")
    assert run(folder).code == 1


@pytest.mark.parametrize(
    ("image", "verdict", "code"),
    [
        (None, "pass", 0),
        (HELLO, "pass", 0),
        (f"{HELLO}:1.2", "pass", 0),
        ("demo.example/other", "fail", 0),
        ("demo.example/other", "pass", 1),
        (f"{HELLO}@sha256:{'ab' * 32}", "unavailable", 0),
    ],
)
def test_the_image_is_judged_as_it_is_typed(folder: Path, image: str | None, verdict: str, code: int) -> None:
    typed = {} if image is None else {"image": image}
    write(folder, {**typed, "expect": {"verdict": verdict}})
    assert run(folder).code == code


def test_what_was_saved_brings_its_time_and_trust_root(folder: Path) -> None:
    saved = folder / "saved"
    arguments = (layout("demo"), *SAMPLE, "--at", "2026-11-02T00:00:00Z", "--save-evidence", str(saved))
    assert verify(folder, *arguments).code == 0
    policy = (TESTDATA.parent / "policies" / "sample.yaml").read_text()
    (folder / "policy.yaml").write_text(
        policy.replace("{type: spdx, ", "{type: spdx, effective-from: 2026-11-03, max-age: 1h, ")
    )
    case: dict[str, Any] = {"evidence": "saved", "at": "2026-11-04", "expect": {"verdict": "unverified"}}
    write(folder, case, policy="policy.yaml")
    assert run(folder).code == 0
    path = write(folder, {**case, "expect": {"verdict": "pass"}}, policy="policy.yaml")
    path.write_text(path.read_text().replace('"at": "2026-11-04", ', ""))
    assert run(folder).code == 0
    (saved / "trusted_root.json").unlink()
    assert run(folder).code == 1


def test_without_a_time_nothing_is_judged(folder: Path) -> None:
    path = write(folder, {"expect": {"verdict": "pass"}})
    path.write_text(path.read_text().replace('"at": "2026-11-24", ', ""))
    done = run(folder)
    assert (done.code, done.out) == (2, "")
    assert "a.test.yaml:1:32: the evidence of 'case 0' does not say when it was saved" in done.err
    assert "hint:  write the time to judge for: at: 2026-11-24T00:00:00Z" in done.err


@pytest.mark.parametrize("name", ["absent", "oci:demo"])
def test_evidence_that_is_not_there_is_said_so_without_a_time_too(folder: Path, name: str) -> None:
    path = write(folder, {"evidence": name, "expect": {"verdict": "pass"}})
    path.write_text(path.read_text().replace('"at": "2026-11-24", ', ""))
    done = run(folder)
    assert (done.code, done.out) == (2, "")
    assert "a.test.yaml:1:32: no directory" in done.err
    assert "hint:  save it with 'verify IMAGE --save-evidence DIRECTORY'" in done.err


def test_a_policy_that_is_not_there_is_said_with_the_test_file(folder: Path) -> None:
    path = write(folder, {"expect": {"verdict": "pass"}}, policy="polic.yaml")
    done = run(folder)
    assert (done.code, done.out) == (2, "")
    assert f"error: {path}: no file 'polic.yaml' is there for the policy" in done.err
    assert "hint:  its path is from the test file's folder" in done.err


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no evidence": ({"evidence": "absent"}, "a.test.yaml:1:32: no directory"),
    "no layout": ({"evidence": "."}, "is not an OCI layout"),
    "no trust root": ({"trusted-root": "absent.json"}, "cannot read the trusted root"),
    "a trust root that is none": ({"trusted-root": "a.test.yaml"}, "a.test.yaml:1:32"),
    "nothing expected": ({"expect": {}}, "cases[0].expect is empty"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_ends_with_2(folder: Path, name: str) -> None:
    case, words = WRONG[name]
    write(folder, {"expect": {"verdict": "pass"}, **case})
    done = run(folder)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_everything_is_read_before_anything_is_judged(folder: Path) -> None:
    write(folder, {"expect": {"verdict": "fail"}})
    (folder / "policy.yaml").write_text("version: 1\nnmae: x\n")
    write(folder, {"expect": {"verdict": "pass"}}, policy="policy.yaml", name="b.test.yaml")
    done = run(folder)
    assert (done.code, done.out) == (2, "")
    assert "policy.yaml:2:1: unknown key 'nmae' in the policy" in done.err
    assert "did you mean 'name'?" in done.err


def test_where_test_files_are_looked_for(folder: Path) -> None:
    good = {"expect": {"verdict": "pass"}}
    for place in (".hidden", "below/deeper"):
        (folder / place).mkdir(parents=True)
        shutil.copytree(folder / "demo", folder / place / "demo")
        write(folder / place, good)
    write(folder, good, name="a.test.yml")
    write(folder, good, name="other.yaml")
    done = run(folder)
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines() if "(policy" in line] == [
        f"{folder}/a.test.yml",
        f"{folder}/below/deeper/a.test.yaml",
    ]
    # One that is named need not be called so, and is run once.
    named = str(folder / "other.yaml")
    done = verify(folder, "policy", "test", named, named)
    assert (done.code, done.out.count("case 0")) == (0, 1)
    # Without a path, it is here.
    assert verify(folder, "policy", "test", cwd=folder).out.count("case 0") == 2


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_no_test_file_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    done = verify(tmp_path, "policy", "test", str(tmp_path / name))
    assert (done.code, done.out) == (2, "")
    assert ("no test file is below" if name == "empty" else "cannot read the test file") in done.err


def test_junit(folder: Path) -> None:
    write(
        folder,
        {"name": "<good>\x1b", "expect": {"verdict": "pass"}},
        {"name": "bad", "expect": {"verdict": "fail", "checks": {"signature": "fail"}}},
    )
    report = folder / "report.xml"
    assert run(folder, "--report", f"junit={report}").code == 1
    root = parse(report).getroot()
    assert root is not None
    (suite,) = root
    for element in (root, suite):
        assert (element.get("tests"), element.get("failures"), element.get("errors")) == ("2", "1", "0")
    assert suite.get("name") == f"{folder}/a.test.yaml"
    good, bad = suite
    assert good.attrib == {"name": r"<good>\x1b", "classname": "sample"}
    (failure,) = bad
    assert failure.get("message") == (
        "verdict: expected fail, found pass; check signature: expected fail, found pass"
    )
    assert "signed by release" in (failure.text or "")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("junit", "is not FORMAT=FILE"),
        ("junit=", "is not FORMAT=FILE"),
        ("xml=report.xml", "'xml' is not supported"),
    ],
)
def test_a_report_that_cannot_be_written(folder: Path, value: str, words: str) -> None:
    write(folder, {"expect": {"verdict": "pass"}})
    done = run(folder, "--report", value)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_a_report_into_nowhere(folder: Path) -> None:
    write(folder, {"expect": {"verdict": "pass"}})
    done = run(folder, "--report", "junit=no/such/folder.xml")
    assert (done.code, done.out) == (4, "")
    assert "cannot write no/such/folder.xml" in done.err
