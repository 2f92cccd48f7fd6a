"""Whatever is sent, the answer is a document of Kubernetes' limits, and nothing escapes."""

from __future__ import annotations

import contextlib
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import values as json_values
from tests.webhook_server import pod, review
from verifier.errors import ManifestError
from verifier.limits import REVIEW_MESSAGE_LENGTH, WARNING_LENGTH, WARNINGS_LENGTH
from verifier.webhook.answer import Answer, Outcome, document
from verifier.webhook.images import read_images
from verifier.webhook.request import MalformedReviewError, read_review
from verifier.webhook.review import Grounds, Question, assess, conclude, settle
from verifier.webhook.rules import BreakGlass, Exemption, Rules

IMAGES = read_images(None)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
RULES = Rules(
    audit_namespaces=frozenset({"audit"}),
    exemptions=(Exemption("a", "r", frozenset({"exempt"}), names=("x*",)),),
    break_glass=BreakGlass("why", frozenset({"ops"}), frozenset({"oncall"})),
)
KINDS = st.sampled_from(
    [("v1", "Pod"), ("apps/v1", "Deployment"), ("batch/v1", "CronJob"), ("example.com/v1", "App")]
)


def has_control(text: str) -> bool:
    """Whether the API server would drop it: k8s.io/apimachinery, pkg/util/net/http.go, NewWarningHeader."""
    return any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(MalformedReviewError):
        read_review(raw)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "object", "oldObject", "userInfo", "uid", "operation"]), json_values
    )
)
def test_requests_are_read_or_refused(fields: dict[str, Any]) -> None:
    asked = review(pod("ghcr.io/org/app:1"))
    asked["request"] |= fields
    with contextlib.suppress(MalformedReviewError):
        read_review(json.dumps(asked).encode())


@given(KINDS, json_values, json_values)
def test_objects_name_images_or_are_refused(kind: tuple[str, str], spec: Any, template: Any) -> None:
    thing = {"apiVersion": kind[0], "kind": kind[1], "spec": spec, "template": template}
    with contextlib.suppress(ManifestError):
        for image in IMAGES.named_in(thing):
            value: Any = thing
            for step in image.path:
                value = value[step]
            assert value == image.text


@given(
    KINDS,
    json_values,
    st.sampled_from(["CREATE", "UPDATE", "DELETE", "CONNECT", ""]),
    st.sampled_from(["default", "exempt", "audit", ""]),
    json_values,
)
def test_without_a_judgement_nothing_is_allowed_that_is_not_let_through_by_name(
    kind: tuple[str, str], spec: Any, operation: str, namespace: str, metadata: Any
) -> None:
    thing = {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, "spec": spec}
    asked = review({**thing, "metadata": {}}, operation)
    asked["request"] |= {"object": thing, "namespace": namespace}
    try:
        request = read_review(json.dumps(asked).encode())
    except MalformedReviewError:
        return  # such as an integer beyond 64 bits
    answer = assess(request, RULES, IMAGES, NOW)
    if isinstance(answer, Question):
        answer = conclude(request, answer, {}, IMAGES, pin=True)
        assert answer.outcome is Outcome.UNFINISHED
    answer = settle(request, RULES, answer, Grounds("d", "p", "r"))
    let_through = operation == "DELETE" or answer.outcome in {Outcome.EXEMPT, Outcome.AUDITED}
    assert answer.allowed is let_through
    assert (answer.outcome is Outcome.AUDITED) <= (namespace == "audit")
    assert (answer.outcome is Outcome.EXEMPT) <= (namespace == "exempt")


@given(st.text(), st.lists(st.text(), max_size=20), st.dictionaries(st.text(max_size=20), st.text()))
def test_answers_keep_to_the_limits(message: str, warnings: list[str], audit: dict[str, str]) -> None:
    for outcome in (Outcome.ALLOWED, Outcome.DENIED):
        made = document("u", Answer(outcome, message, tuple(warnings), audit))
        json.dumps(made).encode("ascii")
        response = made["response"]
        if not response["allowed"]:
            assert len(response["status"]["message"]) <= REVIEW_MESSAGE_LENGTH
        given_back = response.get("warnings", [])
        assert all(len(text) <= WARNING_LENGTH and not has_control(text) for text in given_back)
        assert sum(len(text.encode()) for text in given_back) <= WARNINGS_LENGTH
