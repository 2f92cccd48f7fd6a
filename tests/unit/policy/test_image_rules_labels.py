"""Which labels an image must have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence

RULE = "image-labels"
SOURCE = "org.opencontainers.image.source"


def labelled(**labels: Any) -> ImageEvidence:
    return configured({"Labels": labels})


def test_an_exact_value_is_compared_exactly() -> None:
    options = {"require": {"a": "x.y"}}
    assert passes(RULE, options, labelled(a="x.y")) == "the image's labels are as they should be"
    for value in ("x-y", "x.y ", "X.y", "", "ax.y"):
        assert refused(RULE, options, labelled(a=value)) == [
            f"the image's label a is {value!r}, wanted is x.y"
        ]
    assert refused(RULE, options, labelled(A="x.y")) == ["the image has no label a"]


def test_a_pattern_must_match_the_whole_value() -> None:
    options = {"require": {"rev": {"pattern": "[0-9a-f]{4}"}}}
    assert passes(RULE, options, labelled(rev="00ff"))
    for value in ("00ff0", "x00ff", "00ff\n", "00fg", ""):
        (message,) = refused(RULE, options, labelled(rev=value))
        assert message.endswith("wanted is pattern [0-9a-f]{4}")
        assert "\n" not in message


def test_any_value_is_one_that_is_not_blank() -> None:
    options = {"require": {"a": True}}
    assert passes(RULE, options, labelled(a="x"))
    for value in ("", " ", "\t\n"):
        assert refused(RULE, options, labelled(a=value)) == ["the image's label a is empty"]
    assert refused(RULE, options, labelled()) == ["the image has no label a"]


def test_a_value_with_half_a_character_matches_no_pattern() -> None:
    assert refused(RULE, {"require": {"a": {"pattern": ".+"}}}, labelled(a="\ud800"))


@pytest.mark.parametrize("execution", [{}, {"Labels": None}, {"Labels": {}}])
def test_no_labels_have_none(execution: dict[str, Any]) -> None:
    assert refused(RULE, {"require": {"a": True}}, configured(execution)) == ["the image has no label a"]
    assert passes(RULE, {"deny": ["a"]}, configured(execution))


def test_labels_can_be_denied_whatever_they_say() -> None:
    for value in ("", "x"):
        assert refused(RULE, {"deny": ["a"]}, labelled(a=value)) == [
            "the image has the label a, which is denied"
        ]
    assert passes(RULE, {"deny": ["a"]}, labelled(A="x", ab="x"))


def test_every_label_is_reported() -> None:
    options = {"require": {"a": "1", "b": True}, "deny": ["c"]}
    findings = found(RULE, options, labelled(a="2", c=""))
    assert [finding.message for finding in findings] == [
        "the image's label a is '2', wanted is 1",
        "the image has no label b",
        "the image has the label c, which is denied",
    ]
    assert {finding.element for finding in findings} == {"$.config.Labels"}


@pytest.mark.parametrize("labels", [["a=x"], "a=x", {"a": 1}, {"a": None}, {"a": "x", "b": True}])
def test_labels_that_are_no_texts_cannot_be_judged(labels: Any) -> None:
    for options in ({"require": {"a": True}}, {"deny": ["z"]}):
        assert refused(RULE, options, configured({"Labels": labels}), "PlatformError")


def test_labels_in_another_case_cannot_be_judged() -> None:
    evidence = configured({"Labels": {"a": "x"}, "labels": {"z": "x"}})
    (message,) = refused(RULE, {"deny": ["z"]}, evidence, "PlatformError")
    assert "'labels' beside 'Labels'" in message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", "it asks for nothing"),
        ("{require: {}}", "is empty"),
        ("{deny: []}", "is empty"),
        ("{require: {a: false}}", "a label is required or denied"),
        ("{require: {a: 1}}", "require.a"),
        ("{require: {a: ' '}}", r"^policy\.yaml:8:\d+: .*it is blank"),
        ("{require: {a: '${REV}'}}", "looks like a variable"),
        ("{require: {a: 'x*'}}", "compared exactly"),
        ("{require: {a: {pattern: '('}}}", "no RE2 expression"),
        ("{require: {a: {pattern: '.*'}}}", "the pattern matches an empty label"),
        ("{require: {a: {patern: 'x'}}}", "unknown key 'patern'"),
        ("{require: {a: true}, deny: [a]}", "'a' is required too"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    options = {"require": {SOURCE: "https://x", "rev": {"pattern": "a+"}, "c": True}, "deny": ["d"]}
    assert asked(RULE, options) == (
        f"the image has the labels {SOURCE}=https://x, rev=pattern a+, c and it has no label d"
    )
