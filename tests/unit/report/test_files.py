"""What was not judged in files: told in every format, an error where it is one, and never part of a pass."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from tests.unit.report.factory import files_of, report
from tests.unit.report.parsers import Tags, junit, markdown, policy_report, sarif
from tests.unit.report.test_github import commands
from verifier.errors import ReportError
from verifier.model.finding import Verdict
from verifier.model.report import FileOutcome, FileReport, Report
from verifier.report.formats import RENDERERS
from verifier.report.json_report import report_document, report_schema
from verifier.report.merge import merge_reports
from verifier.report.saved import read_report
from verifier.report.text_report import render_text
from verifier.report.view import Extras

_ERROR, _LIKE, _READ, _PLAIN = files_of()
LIKE = replace(_LIKE, path="infra/main.tf", message="for Terraform, which is not read")
PLAIN = replace(_PLAIN, path="package.json", message="neither of ours")
ERROR = replace(_ERROR, path="task.json", message="for ECS, which is not read", hint="judge what it deploys")


def made(*files: FileReport, verdict: Verdict = Verdict.PASS) -> Report:
    return replace(report(verdict=verdict), files=files)


def document(*files: FileReport, verdict: Verdict = Verdict.PASS) -> Any:
    return copy.deepcopy(report_document(made(*files, verdict=verdict)))


def rendered(kind: str, *files: FileReport) -> str:
    return RENDERERS[kind](document(*files), Extras())


def is_valid(root: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(report_schema()).is_valid(root))


def test_the_json_report_has_each_with_these_members() -> None:
    assert document(LIKE)["files"] == [
        {
            "path": "infra/main.tf",
            "outcome": "passedOver",
            "code": None,
            "message": "for Terraform, which is not read",
            "line": 7,
            "hint": "text",
            "imageLike": True,
        }
    ]
    assert document()["files"] == []
    assert "files" not in report_document(report())
    assert [file["outcome"] for file in document(*files_of())["files"]] == [
        "error",
        "passedOver",
        "read",
        "passedOver",
    ]


@pytest.mark.parametrize(
    ("verdict", "files", "said", "code"),
    [
        (Verdict.PASS, (LIKE, PLAIN), "pass", 0),
        (Verdict.PASS, (ERROR,), "unverified", 2),
        (Verdict.FAIL, (ERROR,), "fail", 2),
        (Verdict.UNAVAILABLE, (ERROR,), "unavailable", 2),
        (Verdict.UNAVAILABLE, (LIKE,), "unavailable", 4),
        (Verdict.ERROR, (ERROR,), "error", 5),
    ],
)
def test_an_error_in_files_is_exit_code_two_and_never_a_pass(
    verdict: Verdict, files: tuple[FileReport, ...], said: str, code: int
) -> None:
    root = document(*files, verdict=verdict)
    assert (root["verdict"], root["exitCode"]) == (said, code)
    assert is_valid(root)
    assert read_report(json.dumps(root).encode(), "x") == root


def test_a_saved_report_with_an_error_in_files_is_no_pass() -> None:
    root = document(ERROR)
    changes: tuple[dict[str, Any], ...] = (
        {"verdict": "pass", "exitCode": 0},
        {"verdict": "unverified", "exitCode": 3},
        {"files": []},
    )
    for change in changes:
        with pytest.raises(ReportError):
            read_report(json.dumps(root | change).encode(), "x")


def test_exit_code_two_needs_an_error_in_files() -> None:
    root = document(LIKE) | {"verdict": "unverified", "exitCode": 2}
    assert not is_valid(root)
    assert is_valid(document(ERROR))


def test_a_merged_report_has_the_files_of_all_once_and_errors_first() -> None:
    one, two, three = document(PLAIN, LIKE), document(LIKE, ERROR), report_document(report())
    merged = merge_reports([("1", one), ("2", two), ("3", three)])
    assert [file["path"] for file in merged["files"]] == ["task.json", "infra/main.tf", "package.json"]
    assert (merged["verdict"], merged["exitCode"]) == ("unverified", 2)
    assert is_valid(merged)
    assert "files" not in merge_reports([("3", three)])


def test_text_tells_how_many_and_what_looks_like_an_image() -> None:
    def text(verbosity: int, *files: FileReport) -> str:
        return render_text(made(*files), colour=False, width=100, verbosity=verbosity, ascii_only=True)

    usual = text(0, LIKE, PLAIN)
    assert "files      2 places in files were not judged, 1 with something like an image" in usual
    assert "infra/main.tf:7: for Terraform" in usual
    assert "package.json" not in usual
    assert "package.json: neither of ours" in text(1, LIKE, PLAIN)
    assert "not judged" not in text(0)
    assert "not judged" not in text(-1, LIKE)


def test_markdown_and_html_have_all_of_them() -> None:
    words = str(markdown(rendered("markdown", ERROR, LIKE, PLAIN)).texts)
    page = Tags(rendered("html", ERROR, LIKE, PLAIN)).text()
    for text in (words, page):
        assert "3 places in files were not judged, 2 with something like an image and 1 as errors" in text
        assert all(name in text for name in ("task.json", "infra/main.tf", "package.json"))
    assert "not judged" not in Tags(rendered("html")).text()


def test_sarif_has_errors_as_results_and_others_as_notifications() -> None:
    run = sarif(rendered("sarif", ERROR, LIKE, PLAIN))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("files", "error")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "task.json"},
        "region": {"startLine": 7},
    }
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [item["level"] for item in told] == ["warning", "note"]
    assert run["invocations"][0]["exitCode"] == 2
    assert "toolExecutionNotifications" not in sarif(rendered("sarif"))["invocations"][0]


def test_junit_has_errors_as_failures_and_others_as_skipped() -> None:
    root = junit(rendered("junit", ERROR, LIKE, PLAIN))
    assert root.get("failures") == "1"
    assert len(root.findall(".//skipped")) == 2
    assert junit(rendered("junit", LIKE)).get("failures") == "0"


def test_github_annotates_errors_and_what_looks_like_an_image() -> None:
    made = [
        (level, properties.get("file"))
        for level, properties, _ in commands(rendered("github", ERROR, LIKE, PLAIN))
    ]
    assert ("error", "task.json") in made
    assert ("warning", "infra/main.tf") in made
    assert not any(file == "package.json" for _, file in made)


def test_a_policy_report_has_each() -> None:
    results = policy_report(rendered("policy-report", ERROR, LIKE, PLAIN), "PolicyReport")["results"]
    assert [each["result"] for each in results if each["rule"] == "files"] == ["error", "warn", "skip"]


def test_an_outcome_has_the_name_that_the_contract_gives_it() -> None:
    assert [outcome.value for outcome in FileOutcome] == ["read", "error", "passedOver"]
