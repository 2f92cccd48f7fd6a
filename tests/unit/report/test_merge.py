"""Several reports in one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.unit.report.factory import BLOB, INDEX, report, unavailable
from verifier.errors import ReportError
from verifier.model.finding import Verdict
from verifier.report.json_report import report_document
from verifier.report.merge import merge_reports
from verifier.report.saved import read_report

PLACE = {"file": "a.yaml", "line": 1, "column": 2, "object": "Pod a", "field": "image"}


def document(text: str = "text", verdict: Verdict = Verdict.PASS) -> Any:
    return copy.deepcopy(report_document(report(text, verdict)))


def merged(*documents: Any) -> Any:
    made = merge_reports([(f"{number}.json", one) for number, one in enumerate(documents)])
    return read_report(json.dumps(made).encode(), "merged")


def with_root(made: Any, root: Any) -> Any:
    made["trustRoot"] = root
    return made


def test_all_images_stand_in_it_in_order() -> None:
    made = merged(document("a"), document("b"), document("c"))
    assert [image["reference"] for image in made["images"]] == ["a", "b", "c"]
    assert (made["verdict"], made["exitCode"]) == ("pass", 0)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_is_the_worst(verdict: Verdict) -> None:
    root = document()["trustRoot"]
    made = merged(document("a"), with_root(document("b", verdict), root), document("c"))
    assert (made["verdict"], made["exitCode"]) == (str(verdict), int(verdict))


def test_one_report_stays_what_it_is() -> None:
    assert merged(document()) == document()


def test_the_time_is_the_earliest() -> None:
    later, earlier = document("a"), document("b")
    later["evaluatedAt"], earlier["evaluatedAt"] = "2026-11-01T12:00:00Z", "2026-11-01T11:59:59.5Z"
    assert merged(later, earlier)["evaluatedAt"] == "2026-11-01T11:59:59.5Z"


def test_different_trust_roots_are_refused_and_named() -> None:
    one, other = document("a"), document("a")
    other["trustRoot"] = {"source": "b", "digest": str(INDEX)}
    with pytest.raises(
        ReportError, match=r"0\.json and 1\.json were made with different trust roots"
    ) as caught:
        merged(one, other)
    assert caught.value.hint
    assert merged(one, with_root(other, {"source": "b", "digest": str(BLOB)}))["trustRoot"]["digest"] == str(
        BLOB
    )


def test_a_report_without_a_trust_root_leaves_that_of_the_others() -> None:
    made = merged(copy.deepcopy(report_document(unavailable())), document())
    assert made["trustRoot"] == document()["trustRoot"]
    assert made["verdict"] == "unavailable"
    assert merged(copy.deepcopy(report_document(unavailable())))["trustRoot"] is None


def test_policies_stand_once_and_two_of_one_name_that_differ_twice() -> None:
    other = document("b")
    other["policies"][0]["digest"] = str(INDEX)
    digests = [policy["digest"] for policy in merged(document("a"), document("a"), other)["policies"]]
    assert digests == [str(BLOB), str(INDEX)]


def test_what_is_said_twice_of_one_image_stands_once_with_every_place() -> None:
    one, other = document("a"), document("a")
    one["images"][0]["namedAt"] = [PLACE]
    other["images"][0]["namedAt"] = [PLACE, PLACE | {"file": "b.yaml"}]
    (image,) = merged(one, other, document("a"))["images"]
    assert [place["file"] for place in image["namedAt"]] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("order", [1, -1])
def test_where_two_differ_about_an_image_both_stand_and_the_worst_counts(order: int) -> None:
    documents = [document("a"), document("a", Verdict.FAIL)][::order]
    made = merged(*documents)
    assert len(made["images"]) == 2
    assert made["verdict"] == "fail"


def test_what_is_merged_does_not_change() -> None:
    one = document("a")
    one["images"][0]["namedAt"] = [PLACE]
    before = copy.deepcopy(one)
    other = copy.deepcopy(one)
    other["images"][0]["namedAt"] = [PLACE | {"file": "b.yaml"}]
    merged(one, other)
    assert one == before


def test_different_versions_are_told() -> None:
    one, other = document("a"), document("b")
    other["tool"]["version"] = "0.0.1"
    said: list[str] = []
    merge_reports([("1", one), ("2", other)], warn=said.append)
    assert len(said) == 1
    merge_reports([("1", one), ("2", document("b"))], warn=said.append)
    assert len(said) == 1


def test_nothing_is_no_report() -> None:
    with pytest.raises(ReportError):
        merge_reports([])
    empty = document()
    empty.update(images=[], verdict="unverified", exitCode=3)
    assert merged(empty, empty)["verdict"] == "unverified"
