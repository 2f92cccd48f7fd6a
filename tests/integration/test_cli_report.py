"""``verify report``, and reports in every format from one run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.integration.cli import SAMPLE, TRUST, Done, layout, verify
from tests.unit.report.parsers import Tags, junit, markdown, policy_report, sarif, statements

AT = ("--at", "2026-11-24T00:00:00Z")
DEMO = (layout("demo"), *SAMPLE, *AT)
REFUSED = (layout("wrong-signer"), *SAMPLE, *AT)
FILES = (
    "json",
    "sarif",
    "junit",
    "markdown",
    "html",
    "vsa",
    "github",
    "policy-report",
    "openreports",
    "text",
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of a pass and of a refusal, in every format."""
    folder = tmp_path_factory.mktemp("saved")
    for name, arguments, code in (("good", DEMO, 0), ("bad", REFUSED, 3)):
        reports = [word for kind in FILES for word in ("--report", f"{kind}={folder / name}.{kind}")]
        assert verify(folder, *arguments, *reports).code == code
    return folder


def test_one_run_writes_every_format(saved: Path) -> None:
    for name, passes in (("good", True), ("bad", False)):
        text = {kind: (saved / f"{name}.{kind}").read_text("utf-8") for kind in FILES}
        assert (sarif(text["sarif"])["results"] == []) is passes
        assert (junit(text["junit"]).get("failures") == "0") is passes
        assert ("✅ verify: pass" in markdown(text["markdown"]).text()) is passes
        assert ("Every image passes." in Tags(text["html"]).text()) is passes
        results = {item["predicate"]["verificationResult"] for item in statements(text["vsa"])}
        assert results == {"PASSED" if passes else "FAILED"}
        assert ("::error" in text["github"]) is not passes
        assert (policy_report(text["policy-report"], "PolicyReport")["summary"]["fail"] == 0) is passes
        assert (policy_report(text["openreports"], "Report")["summary"]["fail"] == 0) is passes
        assert text["text"].startswith("PASS" if passes else "UNVERIFIED")


def test_the_page_of_a_run_lists_the_packages(saved: Path) -> None:
    page = Tags((saved / "good.html").read_text("utf-8"))
    assert "zlib" in page.text()
    assert len(page.of("input")) == 3


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "html"])
@pytest.mark.parametrize("name", ["good", "bad"])
def test_a_saved_report_gives_what_the_run_gave(saved: Path, kind: str, name: str) -> None:
    done = verify(saved, "report", "show", f"{name}.json", "-o", kind)
    assert (done.code, done.err) == (0, "")
    assert done.out == (saved / f"{name}.{kind}").read_text("utf-8")


def test_standard_output_and_files_come_from_one_reading(saved: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = verify(saved, "report", "show", "bad.json", "--report", f"html={page}", "-o", "github")
    assert done.code == 0
    assert done.out == (saved / "bad.github").read_text("utf-8")
    assert "There is no acceptable evidence." in Tags(page.read_text("utf-8")).text()


@pytest.mark.parametrize(("name", "code"), [("good", 0), ("bad", 3)])
def test_the_exit_code_is_that_of_the_report_where_it_is_asked_for(saved: Path, name: str, code: int) -> None:
    assert verify(saved, "report", "show", f"{name}.json").code == 0
    assert verify(saved, "report", "show", f"{name}.json", "--exit-code").code == code
    assert verify(saved, "report", "show", f"{name}.json", env={"VERIFY_EXIT_CODE": "1"}).code == code


def test_it_reads_standard_input(saved: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "report", "show", "-"],
        check=False,
        capture_output=True,
        input=(saved / "good.json").read_bytes(),
        env={"HOME": str(saved), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
    )
    assert done.returncode == 0
    assert done.stdout.decode() == (saved / "good.text").read_text("utf-8")


def refused(done: Done, *said: str) -> None:
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    for words in said:
        assert words in done.err


def test_what_is_no_report_is_a_usage_error(saved: Path, tmp_path: Path) -> None:
    document: Any = json.loads((saved / "bad.json").read_text("utf-8"))
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document | {"verdict": "pass", "exitCode": 0}))
    refused(verify(saved, "report", "show", str(forged)), "no report that verify wrote", "$.verdict")
    refused(verify(saved, "report", "show", "good.sarif"), "is no report", "hint:")
    refused(verify(saved, "report", "show", "missing.json"), "cannot read the report missing.json")
    refused(verify(saved, "report", "show", "."), "cannot read the report")
    refused(verify(saved, "report", "show", "good.json", "-o", "pdf"), "'pdf' is not supported")
    assert verify(saved, "report", "show", "good.json").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "pdf"), "known are text, json"),
        (("--report", "pdf=x"), "known are text, json"),
        (
            ("--report", "sarif=a.sarif", "--report", "json=a.sarif"),
            "two reports would be written to one file",
        ),
        (("--verifier-id", "somebody"), "is no URI"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_judged(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused(verify(tmp_path, layout("demo"), *SAMPLE, *arguments), said)
    assert list(tmp_path.iterdir()) == []


def test_who_verified_stands_in_the_summary(saved: Path) -> None:
    done = verify(saved, *DEMO, "-o", "vsa", "--verifier-id", "https://ci.example.com/verify")
    (statement,) = statements(done.out)
    assert statement["predicate"]["verifier"] == {"id": "https://ci.example.com/verify"}


def test_reports_are_merged_with_the_worst_verdict(saved: Path) -> None:
    done = verify(saved, "report", "merge", "good.json", "bad.json", "good.json", "-o", "json", "--exit-code")
    assert (done.code, done.err) == (3, "")
    assert done.report["verdict"] == "unverified"
    assert [image["verdict"] for image in done.report["images"]] == ["pass", "unverified"]
    (saved / "both.json").write_text(done.out)
    assert verify(saved, "report", "show", "both.json", "--exit-code").code == 3
    assert verify(saved, "report", "merge", "good.json", "good.json", "--exit-code").code == 0


def test_reports_under_different_trust_roots_are_not_merged(saved: Path, tmp_path: Path) -> None:
    document: Any = json.loads((saved / "good.json").read_text("utf-8"))
    document["trustRoot"]["digest"] = f"sha256:{'0' * 64}"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    refused(
        verify(saved, "report", "merge", "good.json", str(other)), "different trust roots", "--trusted-root"
    )


def test_a_file_that_cannot_be_written_is_no_success(saved: Path) -> None:
    done = verify(saved, "report", "show", "good.json", "--report", f"html={saved}")
    assert done.code == 4
    assert done.out == ""


def test_annotations_are_commands_on_standard_output_and_nothing_else_is(tmp_path: Path) -> None:
    signer = ("--certificate-identity", "::error::x", "--certificate-oidc-issuer", "##[error]y")
    made = verify(tmp_path, layout("demo"), *signer, *TRUST, "-o", "github")
    assert [line.startswith("::") for line in made.out.splitlines()] == [False, True]
    assert "##[" not in made.out
    text = verify(tmp_path, layout("demo"), *signer, *TRUST)
    assert not any(line.lstrip().startswith("::") for line in text.out.splitlines())
