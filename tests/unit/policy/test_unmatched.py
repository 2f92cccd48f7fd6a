"""Images that no policy is about, and policies that are about an image by its tag."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.unit.policy.factory import AMD64, decoded, image, signature
from tests.unit.policy.judging import NOW, judge
from tests.unit.policy.several import by, on_platform, one, policy_of, said
from verifier.errors import PolicyError
from verifier.model.finding import Outcome, Verdict
from verifier.policy.evaluator import evaluate
from verifier.policy.image_checks import Asked
from verifier.policy.values import Policy

SIGNED = image(signature(AMD64, signer=by("a")))
OTHER = replace(SIGNED, name="ghcr.io/elsewhere/app")


def policy(*patterns: str, head: str = "", name: str = "app") -> Policy:
    images = f"images: [{', '.join(map(repr, patterns))}]\n"
    made = policy_of("signature: {}", signers=one("a"), head=head, images=images)
    return replace(made, name=name)


STRICT = policy("ghcr.io/org/**", name="strict")
LAX = policy("ghcr.io/org/**", head="unmatched-images: warn\n", name="lax")
SAID = policy("ghcr.io/org/**", head="unmatched-images: fail\n", name="said")


def test_an_image_that_no_policy_is_about_fails() -> None:
    for given in ([STRICT], [SAID], [STRICT, SAID], [STRICT, LAX], [LAX, STRICT], [LAX, SAID]):
        judgement = judge(OTHER, policies=given)
        assert judgement.verdict is Verdict.FAIL
        (check,) = judgement.checks
        assert (check.outcome, check.verdict, check.code) == (Outcome.FAIL, Verdict.FAIL, "PolicyError")
        assert check.message.startswith(
            "no policy is about ghcr.io/elsewhere/app; they are about ghcr.io/org/**"
        )
        assert check.hint == "add the image to a policy's images, or give another policy with --policy"
        assert [platform.verdict for platform in judgement.platforms] == [Verdict.FAIL]


def test_it_is_a_warning_where_every_policy_says_so() -> None:
    for given in ([LAX], [LAX, replace(LAX, name="lax2")]):
        judgement = judge(OTHER, policies=given)
        assert judgement.verdict is Verdict.PASS
        (check,) = judgement.checks
        assert (check.outcome, check.verdict) == (Outcome.WARN, Verdict.PASS)
        assert check.message.startswith("NOT JUDGED: no policy is about ghcr.io/elsewhere/app")
        assert check.message.endswith("(unmatched-images: warn)")
        assert judgement.platforms[0].checks == ()
        assert judgement.accepted == ()


def test_where_one_policy_is_about_the_image_it_judges() -> None:
    """What becomes of other images says nothing of this one."""
    unsigned = image()
    elsewhere = policy("ghcr.io/elsewhere/**", head="unmatched-images: warn\n")
    for given in itertools.permutations([LAX, elsewhere]):
        assert judge(unsigned, policies=given).verdict is Verdict.UNVERIFIED
        assert judge(SIGNED, policies=given).verdict is Verdict.PASS


def test_no_policy_at_all_is_no_pass() -> None:
    asked = Asked(name=SIGNED.name, claimed=SIGNED.name, tag=None, now=NOW)
    judgement = evaluate([], SIGNED, asked=asked, decode=decoded, validate=lambda _: ())
    assert judgement.verdict is Verdict.FAIL
    assert judgement.checks[0].message.endswith("they are about nothing")


def test_a_layout_is_judged_by_every_policy() -> None:
    for given in ([LAX], [STRICT]):
        assert judge(OTHER, policies=given, name_matters=False).verdict is Verdict.PASS
        unsigned = replace(image(), name="oci:layout")
        assert judge(unsigned, policies=given, name_matters=False).verdict is Verdict.UNVERIFIED


TAGGED = policy("ghcr.io/org/app:1.*")


@pytest.mark.parametrize(
    ("tag", "about"),
    [
        ("1.0", True),
        ("1.", True),
        ("1.2-rc", True),
        ("1", False),
        ("2.0", False),
        ("latest", False),
        (None, True),
    ],
)
def test_a_tag_that_was_typed_must_fit(tag: str | None, about: bool) -> None:
    judgement = judge(SIGNED, policies=[TAGGED], tag=tag)
    assert judgement.verdict is (Verdict.PASS if about else Verdict.FAIL)
    unsigned = judge(image(), policies=[TAGGED], tag=tag)
    assert unsigned.verdict is (Verdict.UNVERIFIED if about else Verdict.FAIL)


@pytest.mark.parametrize(
    ("tag", "words"), [("1.0", "by the tag 1.0"), (None, "by its digest, whatever its tag")]
)
def test_a_match_by_tag_is_reported_as_advisory(tag: str | None, words: str) -> None:
    judgement = judge(SIGNED, policies=[TAGGED], tag=tag)
    (check,) = judgement.checks
    assert (check.rule, check.outcome, check.policy) == ("images", Outcome.PASS, "app")
    assert check.message == f"the policy is about the image {words}: advisory, since tags can be moved"


def test_a_match_by_name_is_not_advisory() -> None:
    for patterns in (["ghcr.io/org/app"], ["ghcr.io/org/app:1.*", "ghcr.io/org/**"]):
        assert judge(SIGNED, policies=[policy(*patterns)], tag="1.0").checks == ()
    elsewhere = policy("ghcr.io/org/app:1.*", "ghcr.io/other/**")
    assert len(judge(SIGNED, policies=[elsewhere], tag="1.0").checks) == 1


def test_the_advice_is_no_check_of_the_image() -> None:
    """It is a pass, and must not stand for a rule that holds."""
    judgement = judge(image(), policies=[TAGGED], tag="1.0")
    assert said(judgement) == [("signature", "fail")]
    assert judgement.verdict is Verdict.UNVERIFIED


def test_policies_for_tags_add_up_with_others() -> None:
    strict = replace(policy("ghcr.io/org/app:prod"), name="prod")
    for given in itertools.permutations([TAGGED, strict]):
        assert {f.policy for f in on_platform(judge(SIGNED, policies=given, tag="prod"))} == {"prod"}
        assert {f.policy for f in on_platform(judge(SIGNED, policies=given, tag="1.1"))} == {"app"}
        assert {f.policy for f in on_platform(judge(SIGNED, policies=given, tag=None))} == {"app", "prod"}
        assert judge(SIGNED, policies=given, tag="dev").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "pattern",
    [
        "ghcr.io/org/app:",
        "ghcr.io/org/app:a b",
        "ghcr.io/org/app:a/b",
        f"ghcr.io/org/app:{'x' * 129}",
        f"ghcr.io/org/app@{AMD64}",
        f"ghcr.io/org/app:1@{AMD64}",
        "ghcr.io/org/app:1:2",
    ],
)
def test_wrong_tags_are_errors_at_load(pattern: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(pattern)
    assert caught.value.place == "policy.yaml:3:10"


def test_another_word_for_unmatched_images_is_an_error() -> None:
    with pytest.raises(PolicyError, match="unmatched-images cannot be 'pass'"):
        policy("ghcr.io/org/**", head="unmatched-images: pass\n")
