"""Reviews are decided by all that an object would have run, and by nothing that its author claims."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.kubernetes_schema import admission_review, places_of
from tests.webhook_server import pod, review
from verifier.limits import REVIEW_IMAGES, WARNING_LENGTH, WARNINGS_LENGTH
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Verdict
from verifier.model.finding import Outcome as CheckOutcome
from verifier.model.platform import Platform
from verifier.model.report import ImageReport
from verifier.webhook.answer import Answer, Outcome, document
from verifier.webhook.images import read_images
from verifier.webhook.interface import Judged, NamedImage
from verifier.webhook.request import MalformedReviewError, read_review
from verifier.webhook.review import Grounds, Question, assess, conclude, refuse, settle
from verifier.webhook.rules import BreakGlass, Exemption, Rules

NOW = datetime(2026, 11, 2, tzinfo=UTC)
IMAGES = read_images(None)
GROUNDS = Grounds("d1", "sha256:policies", "sha256:root")
DIGEST = Digest.of(b"signed")
GOOD, BAD = "ghcr.io/org/app:1", "ghcr.io/org/evil:1"

# Where the pod specification of each kind is: the API reference of Kubernetes.
ROOTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("v1", "Pod"): ("spec",),
    ("v1", "PodTemplate"): ("template", "spec"),
    ("v1", "ReplicationController"): ("spec", "template", "spec"),
    ("apps/v1", "Deployment"): ("spec", "template", "spec"),
    ("apps/v1", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps/v1", "StatefulSet"): ("spec", "template", "spec"),
    ("apps/v1", "DaemonSet"): ("spec", "template", "spec"),
    ("batch/v1", "Job"): ("spec", "template", "spec"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}
# Every field of a pod specification that names an image, by Kubernetes' own OpenAPI document. The image of
# an RBD volume is the name of a block device.
FIELDS = [
    place
    for place in places_of("io.k8s.api.core.v1.PodSpec", "image", "reference")
    if place != ("volumes", 0, "rbd", "image")
]


def report(text: str, verdict: Verdict, *findings: Finding) -> ImageReport:
    return ImageReport(text, verdict, digest=DIGEST, resolved=f"x@{DIGEST}", checks=findings)


def failing(text: str) -> ImageReport:
    finding = Finding(
        rule="signature",
        policy="app",
        outcome=CheckOutcome.FAIL,
        verdict=Verdict.UNVERIFIED,
        code="SignatureError",
        message="no image signature was found",
        hint="was the image signed?",
    )
    return report(text, Verdict.UNVERIFIED, finding)


def decided(asked: Mapping[str, Any], rules: Rules | None = None, *, pin: bool = False) -> Answer:
    """The answer where every image passes but those that have ``evil`` in their names."""
    chosen = rules or Rules()
    request = read_review(json.dumps(asked).encode())
    question = assess(request, chosen, IMAGES, NOW)
    if isinstance(question, Question):
        judged: Judged = {
            text: failing(text) if "evil" in text else report(text, Verdict.PASS)
            for text in question.references
        }
        question = conclude(request, question, judged, IMAGES, pin=pin)
    return settle(request, chosen, question, GROUNDS)


def workload(version: str, kind: str, specification: Mapping[str, Any]) -> dict[str, Any]:
    thing: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": {"name": "web"}}
    inner: Any = specification
    for step in reversed(ROOTS[version, kind]):
        inner = {step: inner}
    return {**thing, **inner}


def with_image(place: tuple[str | int, ...], image: str) -> dict[str, Any]:
    """A pod specification with good images in every list, and ``image`` at ``place``."""
    specification: dict[str, Any] = {"containers": [{"name": "c", "image": GOOD}]}
    top = str(place[0])
    if top == "volumes":
        specification["volumes"] = [{"name": "v", "image": {"reference": image}}]
    else:
        specification[top] = [{"name": "x", "image": image}]
    return specification


def test_kubernetes_names_images_in_four_fields_of_a_pod() -> None:
    assert sorted(str(place[0]) for place in FIELDS) == [
        "containers",
        "ephemeralContainers",
        "initContainers",
        "volumes",
    ]


@pytest.mark.parametrize(("version", "kind"), ROOTS)
@pytest.mark.parametrize("place", FIELDS)
def test_an_unsigned_image_denies_in_every_field_of_every_kind(
    version: str, kind: str, place: tuple[str | int, ...]
) -> None:
    denied = decided(review(workload(version, kind, with_image(place, BAD))))
    assert (denied.outcome, denied.code) == (Outcome.DENIED, 403)
    steps = (*ROOTS[version, kind], *place)
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
    assert f"{field}: {BAD}" in denied.message
    assert decided(review(workload(version, kind, with_image(place, GOOD)))).outcome is Outcome.ALLOWED


@pytest.mark.parametrize("image", [GOOD, BAD])
def test_a_list_is_denied_whatever_is_in_it(image: str) -> None:
    # No API server sends one.
    inside = workload("apps/v1", "Deployment", with_image(("containers", 0), image))
    for thing in (
        {"apiVersion": "v1", "kind": "List", "items": [inside]},
        {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [inside]},
    ):
        assert decided(review(thing)).outcome is Outcome.DENIED


def test_all_bad_images_are_named() -> None:
    thing = pod(BAD, initContainers=[{"name": "i", "image": "ghcr.io/org/evil:2"}])
    message = decided(review(thing)).message
    assert "spec.containers[0].image: ghcr.io/org/evil:1" in message
    assert "spec.initContainers[0].image: ghcr.io/org/evil:2" in message
    assert "no image signature was found [SignatureError, policy app, rule signature]" in message
    assert "hint: was the image signed?" in message


@pytest.mark.parametrize(
    "thing",
    [
        {"apiVersion": "example.com/v1", "kind": "App", "spec": {"template": {"spec": {"containers": [{}]}}}},
        {"apiVersion": "example.com/v1", "kind": "App", "spec": {"image": "ghcr.io/org/app:1"}},
        {"apiVersion": "example.com/v1", "kind": "App", "spec": {}},
        {"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 3}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": 7}]}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": ""}]}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": {"name": "a", "image": GOOD}}},
        {"apiVersion": "v1", "kind": "Pod"},
    ],
)
def test_what_is_not_known_to_be_good_is_denied(thing: Mapping[str, Any]) -> None:
    assert decided(review(thing)).outcome is Outcome.DENIED


def test_a_kind_may_be_ignored_by_the_configuration_alone() -> None:
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 3}}
    assert (
        decided(review(scale), Rules(ignored_kinds=frozenset({"autoscaling/Scale"}))).outcome
        is Outcome.EXEMPT
    )
    assert decided(review(scale), Rules(ignored_kinds=frozenset({"Scale"}))).outcome is Outcome.DENIED


def test_too_many_images_are_denied() -> None:
    def many(count: int) -> dict[str, Any]:
        return pod(GOOD, initContainers=[{"name": str(n), "image": f"{GOOD}.{n}"} for n in range(count)])

    assert decided(review(many(REVIEW_IMAGES))).outcome is Outcome.DENIED
    assert decided(review(many(REVIEW_IMAGES - 1))).outcome is Outcome.ALLOWED


# --- what must not be a way past ---


def scaled(image: str, replicas: int) -> dict[str, Any]:
    thing = workload("apps/v1", "Deployment", {"containers": [{"name": "c", "image": image}]})
    thing["spec"]["replicas"] = replicas
    return thing


def test_a_scale_down_that_changes_the_image_is_denied() -> None:
    asked = review(scaled(BAD, 2), "UPDATE", oldObject=scaled(GOOD, 3))
    assert decided(asked).outcome is Outcome.DENIED
    assert decided(review(scaled(GOOD, 2), "UPDATE", oldObject=scaled(GOOD, 3))).outcome is Outcome.ALLOWED


def test_an_image_that_was_there_before_is_judged_all_the_same() -> None:
    asked = review(scaled(BAD, 2), "UPDATE", oldObject=scaled(BAD, 3))
    assert decided(asked).outcome is Outcome.DENIED


def test_deleting_is_let_through() -> None:
    assert decided(review(None, "DELETE", oldObject=pod(BAD))).outcome is Outcome.ALLOWED


@pytest.mark.parametrize("operation", ["CONNECT", "", "delete", "PATCH"])
def test_no_other_operation_is(operation: str) -> None:
    assert decided(review(pod(GOOD), operation)).outcome is Outcome.DENIED


def test_an_object_that_says_it_is_being_deleted_is_judged() -> None:
    thing = pod(BAD)
    thing["metadata"] |= {"deletionTimestamp": "2026-11-01T00:00:00Z", "finalizers": ["a/b"]}
    assert decided(review(thing)).outcome is Outcome.DENIED
    assert decided(review(thing, "UPDATE", oldObject=pod(BAD))).outcome is Outcome.DENIED


def test_finalizers_of_an_object_that_is_being_deleted_can_be_taken_away() -> None:
    stored = pod(BAD)
    stored["metadata"] |= {"deletionTimestamp": "2026-11-01T00:00:00Z", "finalizers": ["a/b"]}
    freed = copy.deepcopy(stored)
    freed["metadata"]["finalizers"] = []
    assert decided(review(freed, "UPDATE", oldObject=stored)).outcome is Outcome.ALLOWED
    freed["spec"]["containers"][0]["image"] = "ghcr.io/org/evil:2"
    assert decided(review(freed, "UPDATE", oldObject=stored)).outcome is Outcome.DENIED


@pytest.mark.parametrize(
    "metadata",
    [
        {"annotations": {"kyverno.io/verify-images": '{"ghcr.io/org/evil:1": true}'}},
        {"annotations": {"verify.example/outcome": "pass"}},
        {"labels": {"verify": "skip"}},
        {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "1"}]},
        {"namespace": "kube-system"},
    ],
)
def test_what_the_object_says_of_itself_counts_for_nothing(metadata: Mapping[str, Any]) -> None:
    thing = pod(BAD)
    thing["metadata"] |= metadata
    asked = review(thing)
    asked["request"]["namespace"] = "default"
    rules = Rules(exemptions=(Exemption("system", "runs the cluster", frozenset({"kube-system"})),))
    assert decided(asked, rules).outcome is Outcome.DENIED


def test_subresources_are_judged_as_the_object_that_they_hold() -> None:
    for subresource in ("ephemeralcontainers", "status", "resize"):
        thing = pod(GOOD, ephemeralContainers=[{"name": "debug", "image": BAD}])
        assert decided(review(thing, "UPDATE", oldObject=pod(GOOD), subResource=subresource)).outcome is (
            Outcome.DENIED
        )


def test_a_dry_run_is_decided_alike() -> None:
    assert decided(review(pod(BAD), dryRun=True)).outcome is Outcome.DENIED
    assert decided(review(pod(GOOD), dryRun=True)).outcome is Outcome.ALLOWED


# --- exemptions ---


@pytest.mark.parametrize(
    ("exemption", "outcome"),
    [
        (Exemption("a", "r", frozenset({"default"})), Outcome.EXEMPT),
        (Exemption("a", "r", frozenset({"other"})), Outcome.DENIED),
        (Exemption("a", "r", frozenset({"default"}), kinds=frozenset({"Pod"})), Outcome.EXEMPT),
        (Exemption("a", "r", frozenset({"default"}), kinds=frozenset({"Job"})), Outcome.DENIED),
        (Exemption("a", "r", frozenset({"default"}), names=("web",)), Outcome.EXEMPT),
        (Exemption("a", "r", frozenset({"default"}), names=("we*",)), Outcome.EXEMPT),
        (Exemption("a", "r", frozenset({"default"}), names=("we",)), Outcome.DENIED),
        (
            Exemption("a", "r", frozenset({"default"}), until=datetime(2026, 11, 3, tzinfo=UTC)),
            Outcome.EXEMPT,
        ),
        (Exemption("a", "r", frozenset({"default"}), until=NOW), Outcome.DENIED),
    ],
)
def test_exemptions_cover_what_they_name(exemption: Exemption, outcome: Outcome) -> None:
    answer = decided(review(pod(BAD)), Rules(exemptions=(exemption,)))
    assert answer.outcome is outcome
    if outcome is Outcome.EXEMPT:
        assert answer.audit["exemption"] == "a: r"
        assert answer.warnings == ("not verified: exempt by a: r",)


def test_a_name_that_is_to_be_made_up_counts_by_its_beginning() -> None:
    rules = Rules(exemptions=(Exemption("a", "r", frozenset({"default"}), names=("legacy-*",)),))
    for beginning, outcome in (("legacy-", Outcome.EXEMPT), ("legac", Outcome.DENIED)):
        thing = pod(BAD)
        thing["metadata"] = {"generateName": beginning}
        assert decided(review(thing), rules).outcome is outcome


# --- break-glass ---

GLASS = Rules(break_glass=BreakGlass("verify/why", frozenset({"ops@example.com"}), frozenset({"oncall"})))


def breaking(user: str, groups: list[str], reason: object) -> Answer:
    thing = pod(BAD)
    thing["metadata"]["annotations"] = {"verify/why": reason}
    return decided(review(thing, userInfo={"username": user, "groups": groups}), GLASS)


@pytest.mark.parametrize(
    ("user", "groups", "reason", "outcome"),
    [
        ("ops@example.com", [], "registry lost, INC-7", Outcome.BREAK_GLASS),
        ("someone", ["oncall"], "registry lost, INC-7", Outcome.BREAK_GLASS),
        ("someone", ["other"], "registry lost, INC-7", Outcome.DENIED),
        ("ops@example.com", [], "because", Outcome.DENIED),
        ("ops@example.com", [], "          ", Outcome.DENIED),
        ("ops@example.com", [], 1234567890123, Outcome.DENIED),
        ("OPS@example.com", [], "registry lost, INC-7", Outcome.DENIED),
    ],
)
def test_only_who_may_breaks_the_glass(
    user: str, groups: list[str], reason: object, outcome: Outcome
) -> None:
    answer = breaking(user, groups, reason)
    assert answer.outcome is outcome
    if outcome is Outcome.BREAK_GLASS:
        assert answer.audit["break-glass"] == f"{user}: {reason}"
        assert answer.audit["outcome"] == "break-glass"
        assert "ghcr.io/org/evil:1" in answer.audit["denied"]
        assert answer.warnings[0].startswith("break-glass: let through unverified by")


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ("registry lost, INC-7", Outcome.DENIED),
        ("another one, INC-5", Outcome.BREAK_GLASS),
        (None, Outcome.BREAK_GLASS),
    ],
)
def test_a_reason_that_is_stored_already_opens_nothing(before: str | None, outcome: Outcome) -> None:
    old, new = pod(GOOD), pod(BAD)
    old["metadata"]["annotations"] = {} if before is None else {"verify/why": before}
    new["metadata"]["annotations"] = {"verify/why": "registry lost, INC-7"}
    user = {"username": "ops@example.com", "groups": []}
    asked = review(new, operation="UPDATE", oldObject=old, userInfo=user)
    assert decided(asked, GLASS).outcome is outcome


def test_the_glass_stays_whole_where_the_images_pass() -> None:
    thing = pod(GOOD)
    thing["metadata"]["annotations"] = {"verify/why": "registry lost, INC-7"}
    user = {"username": "ops@example.com", "groups": []}
    assert decided(review(thing, userInfo=user), GLASS).outcome is Outcome.ALLOWED


# --- audit mode ---


def test_audit_mode_allows_and_says_what_it_would_have_denied() -> None:
    for rules in (Rules(audit=True), Rules(audit_namespaces=frozenset({"default"}))):
        answer = decided(review(pod(BAD)), rules)
        assert (answer.outcome, answer.allowed) == (Outcome.AUDITED, True)
        assert answer.warnings[0].startswith("would be denied: Pod default/web: the image may not run")
        assert "evil" in answer.audit["denied"]
    assert decided(review(pod(BAD)), Rules(audit_namespaces=frozenset({"x"}))).outcome is Outcome.DENIED


# --- judgements ---


def concluded(*judged: tuple[str, ImageReport | None], pin: bool = False) -> Answer:
    first, *rest = judged
    thing = pod(
        first[0], initContainers=[{"name": f"i{n}", "image": text} for n, (text, _) in enumerate(rest)]
    )
    request = read_review(json.dumps(review(thing)).encode())
    question = assess(request, Rules(), IMAGES, NOW)
    assert isinstance(question, Question)
    return conclude(request, question, dict(judged), IMAGES, pin=pin)


@pytest.mark.parametrize(
    ("verdicts", "outcome", "code"),
    [
        ([Verdict.PASS, Verdict.PASS], Outcome.ALLOWED, 200),
        ([Verdict.PASS, Verdict.FAIL], Outcome.DENIED, 403),
        ([Verdict.PASS, Verdict.UNVERIFIED], Outcome.DENIED, 403),
        ([Verdict.PASS, Verdict.UNAVAILABLE], Outcome.UNAVAILABLE, 503),
        ([Verdict.PASS, Verdict.ERROR], Outcome.ERROR, 500),
        ([Verdict.PASS, None], Outcome.UNFINISHED, 504),
        ([Verdict.UNAVAILABLE, None], Outcome.UNFINISHED, 504),
        ([Verdict.FAIL, None, Verdict.UNAVAILABLE], Outcome.DENIED, 403),
    ],
)
def test_the_worst_judgement_decides(verdicts: list[Verdict | None], outcome: Outcome, code: int) -> None:
    judged = [
        (f"ghcr.io/org/{n}:1", None if verdict is None else report("x", verdict))
        for n, verdict in enumerate(verdicts)
    ]
    answer = concluded(*judged)
    assert (answer.outcome, answer.code) == (outcome, code)


def test_an_image_without_a_judgement_is_not_finished() -> None:
    answer = concluded((GOOD, None))
    assert f"spec.containers[0].image: {GOOD}" in answer.message
    assert "not finished in time" in answer.message


def test_warnings_of_policies_are_passed_on() -> None:
    finding = Finding(
        rule="licenses",
        policy="app",
        outcome=CheckOutcome.WARN,
        verdict=Verdict.PASS,
        code="LicenseError",
        message="GPL-3.0 is denied",
    )
    answer = concluded((GOOD, report(GOOD, Verdict.PASS, finding)))
    assert answer.warnings == (f"LicenseError: {GOOD}: GPL-3.0 is denied",)


# --- platforms ---


@pytest.mark.parametrize(
    ("more", "usual", "asked"),
    [
        ({}, (), ()),
        ({}, ("linux/amd64",), ("linux/amd64",)),
        ({"nodeSelector": {"kubernetes.io/arch": "arm64"}}, (), ("linux/arm64",)),
        ({"nodeSelector": {"kubernetes.io/arch": "arm64"}}, ("linux/amd64",), ("linux/arm64",)),
        ({"nodeSelector": {"disk": "ssd"}}, (), ()),
    ],
)
def test_the_platforms_of_a_pod_are_those_of_its_nodes(
    more: Mapping[str, Any], usual: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    request = read_review(json.dumps(review(pod(GOOD, **more))).encode())
    question = assess(request, Rules(), IMAGES, NOW)
    assert isinstance(question, Question)
    given = tuple(map(Platform.parse, usual))
    assert question.asked(given) == {GOOD: tuple(map(Platform.parse, asked))}


def test_where_one_pod_does_not_say_where_it_runs_the_image_runs_everywhere() -> None:
    arm, usual = (Platform.parse("linux/arm64"),), (Platform.parse("linux/s390x"),)
    question = Question((NamedImage(GOOD, GOOD, ("a",), arm), NamedImage(GOOD, GOOD, ("b",))))
    assert question.asked(()) == {GOOD: ()}
    assert question.asked(usual) == {GOOD: (*arm, *usual)}


# --- patches ---


def patch_of(answer: Answer) -> list[dict[str, str]]:
    response = document("u", answer)["response"]
    assert response["patchType"] == "JSONPatch"
    operations: list[dict[str, str]] = json.loads(base64.b64decode(response["patch"], validate=True))
    return operations


def test_tags_get_the_verified_digest_behind_them_where_they_still_stand() -> None:
    answer = decided(
        review(pod(GOOD, volumes=[{"name": "v", "image": {"reference": "ghcr.io/org/data"}}])), pin=True
    )
    assert patch_of(answer) == [
        {"op": "test", "path": "/spec/containers/0/image", "value": GOOD},
        {"op": "replace", "path": "/spec/containers/0/image", "value": f"{GOOD}@{DIGEST}"},
        {"op": "test", "path": "/spec/volumes/0/image/reference", "value": "ghcr.io/org/data"},
        {"op": "replace", "path": "/spec/volumes/0/image/reference", "value": f"ghcr.io/org/data@{DIGEST}"},
    ]


def test_nothing_is_patched_where_it_is_not_asked_for_denied_or_pinned() -> None:
    pinned = f"ghcr.io/org/app:1@{DIGEST}"
    for answer in (
        decided(review(pod(GOOD))),
        decided(review(pod(BAD)), pin=True),
        decided(review(pod(pinned)), pin=True),
    ):
        assert "patch" not in document("u", answer)["response"]


def test_in_audit_mode_only_what_passed_is_pinned() -> None:
    thing = pod(GOOD, initContainers=[{"name": "i", "image": BAD}])
    answer = decided(review(thing), Rules(audit=True), pin=True)
    assert [operation["path"] for operation in patch_of(answer)] == ["/spec/containers/0/image"] * 2


def test_an_update_pins_only_what_it_changes() -> None:
    job = workload("batch/v1", "Job", {"containers": [{"name": "c", "image": GOOD}]})
    assert decided(review(job, "UPDATE", oldObject=job), pin=True).patch == ()
    changed = copy.deepcopy(job)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "ghcr.io/org/app:2"
    (replacement,) = decided(review(changed, "UPDATE", oldObject=job), pin=True).patch
    assert replacement.value == f"ghcr.io/org/app:2@{DIGEST}"


# --- documents ---


def require_known(given: Any, known: Any, at: str = "$") -> None:
    """Every field is one that Kubernetes has, and of its kind."""
    assert type(given) is type(known), at
    if isinstance(given, dict):
        for key, value in given.items():
            if at.endswith("auditAnnotations"):
                assert isinstance(value, str)
            else:
                assert key in known, f"{at}.{key}"
                require_known(value, known[key], f"{at}.{key}")
    elif isinstance(given, list):
        for item in given:
            require_known(item, known[0], f"{at}[]")


@pytest.mark.parametrize(
    "answer",
    [
        decided(review(pod(GOOD)), pin=True),
        decided(review(pod(BAD))),
        decided(review(pod(BAD)), Rules(audit=True)),
        concluded((GOOD, None)),
    ],
)
def test_answers_hold_only_what_kubernetes_knows(answer: Answer) -> None:
    made = document("705ab4f5", answer)
    require_known(made, admission_review())
    assert made["apiVersion"] == "admission.k8s.io/v1"
    assert made["response"]["uid"] == "705ab4f5"
    assert made["response"]["allowed"] is answer.allowed
    assert ("status" in made["response"]) is not answer.allowed


def test_hostile_text_is_harmless_and_cut() -> None:
    finding = Finding(
        rule="x",
        policy="p",
        outcome=CheckOutcome.FAIL,
        verdict=Verdict.FAIL,
        code="C",
        message="\x1b[2J\r\u202eevil" * 2000,
    )
    answer = concluded((GOOD, report(GOOD, Verdict.FAIL, finding)))
    message = document("u", answer)["response"]["status"]["message"]
    assert len(message) <= 4096
    assert all(character.isprintable() or character == "\n" for character in message)
    audited = decided(review(pod(BAD)), Rules(audit=True))
    long = Answer(
        Outcome.ALLOWED, "", tuple(f"{n} \x07{'wörd ' * 60}" for n in range(100)), {"a": "x\n" * 5000}
    )
    for shown in (audited, long):
        response = document("u", shown)["response"]
        assert all(len(warning) <= WARNING_LENGTH for warning in response["warnings"])
        assert sum(len(warning.encode()) for warning in response["warnings"]) <= WARNINGS_LENGTH
        assert all(warning.isprintable() for warning in response["warnings"])
        assert all(len(text) <= 2048 and text.isprintable() for text in response["auditAnnotations"].values())


# --- malformed ---

UID = "705ab4f5-6393-11e8-b7cc-42010a800002"


def changed(**fields: Any) -> bytes:
    asked = review(pod(GOOD))
    asked["request"] |= fields
    return json.dumps(asked).encode()


def without(*keys: str) -> bytes:
    asked = review(pod(GOOD))
    return json.dumps({key: value for key, value in asked.items() if key not in keys}).encode()


@pytest.mark.parametrize(
    ("raw", "uid"),
    [
        (b"", ""),
        (b"null", ""),
        (b"[]", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b'\xef\xbb\xbf{"a": 1}', ""),
        (b"[" * 100_000, ""),
        (without("request"), ""),
        (b'{"request": null}', ""),
        (b'{"request": []}', ""),
        (changed(uid=None), ""),
        (changed(uid=7), ""),
        (changed(uid=""), ""),
        (changed(uid="a\nb"), ""),
        (changed(uid="x" * 2000), ""),
        (json.dumps(review(pod(GOOD))).replace('"uid"', '"uid": "other", "uid"').encode(), ""),
        (json.dumps(review(pod(GOOD))).replace('"image"', '"image": "x", "image"').encode(), ""),
        (without("apiVersion"), UID),
        (without("kind"), UID),
        (json.dumps({**review(pod(GOOD)), "apiVersion": "admission.k8s.io/v1beta1"}).encode(), UID),
        (json.dumps({**review(pod(GOOD)), "apiVersion": "admission.k8s.io/v9"}).encode(), UID),
        (changed(kind={"group": "apps", "version": "v1", "kind": "Deployment"}), UID),
        (changed(kind={"group": "", "version": "v2", "kind": "Pod"}), UID),
        (changed(kind=None), UID),
        (changed(kind=[]), UID),
        (changed(object=[pod(GOOD)]), UID),
        (changed(object="x"), UID),
        (changed(oldObject=[]), UID),
        (changed(operation=["CREATE"]), UID),
        (changed(namespace={"a": 1}), UID),
        (changed(userInfo="admin"), UID),
        (changed(userInfo={"username": "x", "groups": "y"}), UID),
        (changed(dryRun="no"), UID),
    ],
)
def test_malformed_reviews_are_refused_with_the_uid_that_they_have(raw: bytes, uid: str) -> None:
    with pytest.raises(MalformedReviewError) as caught:
        read_review(raw)
    assert caught.value.uid == uid
    answer = refuse(caught.value, Rules())
    assert (answer.outcome, answer.code) == (Outcome.MALFORMED, 400)


def test_no_object_to_create_is_malformed() -> None:
    asked = review(pod(GOOD))
    asked["request"]["object"] = None
    assert decided(asked).outcome is Outcome.MALFORMED
