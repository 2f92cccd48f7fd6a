"""Exceptions: what they cover, until when, and what they never cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.unit.policy.factory import AMD64, image, signature
from tests.unit.policy.judging import AWAY, NOW, judge
from tests.unit.policy.several import by, day, on_platform, one, policy_of, said
from tests.unit.policy.test_clause import Finds
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.policy.clause import Clause
from verifier.policy.values import Judgement, Policy

A = one("a")
SIGNED = image(signature(AMD64, signer=by("a")))
THIN = "image-layers: {min: 9}"
END = day("2027-03-01")
TICK = timedelta(seconds=1)


def exception(
    rule: str, more: str = "", *, name: str = "known", expires: str = "2027-03-01", owner: str = "team-a"
) -> str:
    return (
        f"  - {{id: {name}, rule: {rule}, owner: {owner}, reason: a known flaw, ticket: T-7,"
        f" expires: {expires}{more}}}\n"
    )


def with_exceptions(rules: Sequence[str], *exceptions: str) -> Policy:
    return policy_of(*rules, signers=A, more="exceptions:\n" + "".join(exceptions))


def judged(
    rules: Sequence[str], *exceptions: str, evidence: ImageEvidence = SIGNED, now: datetime = NOW
) -> Judgement:
    return judge(evidence, policies=[with_exceptions(rules, *exceptions)], now=now)


RULES = ["signature: {}", THIN]


def test_a_finding_that_is_excepted_is_waived_and_shown() -> None:
    judgement = judged(RULES, exception("image-layers"))
    assert judgement.verdict is Verdict.PASS
    assert said(judgement) == [("signature", "pass"), ("image-layers", "waived")]
    finding = on_platform(judgement)[1]
    assert finding.message == (
        "the image has 0 layers, and at least 9 are wanted (waived until 2027-03-01T00:00:00Z by the"
        " exception 'known' of team-a, T-7: a known flaw)"
    )
    assert (finding.code, finding.hint) == ("PolicyError", None)
    assert judge(SIGNED, policies=[policy_of(*RULES, signers=A)]).verdict is Verdict.FAIL


def test_it_ends_at_its_date_and_the_finding_says_so() -> None:
    assert judged(RULES, exception("image-layers"), now=END - TICK).verdict is Verdict.PASS
    for now in (END, END + TICK):
        judgement = judged(RULES, exception("image-layers"), now=now)
        assert judgement.verdict is Verdict.FAIL
        assert on_platform(judgement)[1].message == (
            "the image has 0 layers, and at least 9 are wanted (the exception 'known' of team-a, T-7: a known"
            " flaw ended at 2027-03-01T00:00:00Z)"
        )


@pytest.mark.parametrize(("more", "days"), [("", 14), (", warn-before: 30d", 30), (", warn-before: 1w", 7)])
def test_its_end_is_warned_of(more: str, days: int) -> None:
    start = END - timedelta(days=days)
    assert said(judged(RULES, exception("image-layers", more), now=start - TICK))[1:] == [
        ("image-layers", "waived")
    ]
    for now in (start, END - TICK):
        judgement = judged(RULES, exception("image-layers", more), now=now)
        assert said(judgement)[1:] == [("image-layers", "waived"), ("image-layers", "warn")]
        warning = on_platform(judgement)[2]
        assert warning.message == (
            "the exception 'known' of team-a, T-7: a known flaw ends at 2027-03-01T00:00:00Z; what it covers"
            " fails from then on"
        )
        assert warning.hint == "mend what it covers, or have team-a extend it"
        assert judgement.verdict is Verdict.PASS


def test_the_longest_warning_there_is_does_not_leave_the_calendar() -> None:
    judgement = judged(RULES, exception("image-layers", ", warn-before: 999999w"))
    assert said(judgement)[1:] == [("image-layers", "waived"), ("image-layers", "warn")]


def test_of_two_the_one_that_lasts_longer_counts() -> None:
    long, short = exception("image-layers"), exception("image-layers", name="short", expires="2026-11-25")
    for pair in ((long, short), (short, long)):
        judgement = judged(RULES, *pair)
        assert said(judgement)[1:] == [("image-layers", "waived")]
        assert "'known'" in on_platform(judgement)[1].message
    ended = exception("image-layers", name="ended", expires="2026-01-01")
    assert judged(RULES, ended, long).verdict is Verdict.PASS
    assert judged(RULES, ended).verdict is Verdict.FAIL


def test_it_covers_its_rule_alone() -> None:
    rules = ["signature: {}", "image-layers: {min: 9, id: thin}", "image-layers: {min: 8}"]
    assert said(judged(rules, exception("image-layers/thin")))[1:] == [
        ("image-layers/thin", "waived"),
        ("image-layers", "fail"),
    ]
    assert [outcome for _, outcome in said(judged(rules, exception("image-layers")))[1:]] == ["waived"] * 2
    user = ["signature: {}", THIN, "image-user: {}"]
    assert said(judged(user, exception("image-user")))[1:] == [
        ("image-layers", "fail"),
        ("image-user", "waived"),
    ]


def test_missing_evidence_can_be_excepted() -> None:
    rules = ["signature: {}", "image-layers: {max: 9}"]
    assert judged(rules, exception("signature"), evidence=image()).verdict is Verdict.PASS
    assert judge(image(), policies=[policy_of(*rules, signers=A)]).verdict is Verdict.UNVERIFIED


def test_what_could_not_be_found_out_is_never_excepted() -> None:
    rules = ["signature: {}", "image-layers: {max: 9}"]
    judgement = judged(rules, exception("signature"), evidence=image(unreadable=[AWAY]))
    assert judgement.verdict is Verdict.UNAVAILABLE
    assert said(judgement)[0] == ("signature", "error")
    assert "known" not in on_platform(judgement)[0].message


def test_a_pass_stays_a_pass() -> None:
    judgement = judged(["signature: {}", "image-layers: {max: 9}"], exception("image-layers"))
    assert said(judgement) == [("signature", "pass"), ("image-layers", "pass")]


def test_warnings_can_be_excepted_too() -> None:
    rules = ["signature: {}", "image-layers: {min: 9, mode: warn}"]
    assert said(judged(rules, exception("image-layers")))[1] == ("image-layers", "waived")
    assert said(judged(rules, exception("image-layers"), now=END))[1] == ("image-layers", "warn")


def test_all_that_is_waived_is_no_pass() -> None:
    judgement = judged(["signature: {}"], exception("signature"), evidence=image())
    assert judgement.verdict is Verdict.FAIL
    assert said(judgement) == [("signature", "waived"), ("policy", "fail")]
    both = judged(RULES, exception("signature"), exception("image-layers", name="two"), evidence=image())
    assert both.verdict is Verdict.FAIL
    ended = ["signature: {}", "image-layers: {min: 9, until: 2026-01-01}"]
    assert judged(ended, exception("signature"), evidence=image()).verdict is Verdict.FAIL


IMAGES = [
    ("[ghcr.io/org/app]", True),
    ("['ghcr.io/org/*']", True),
    ("[ghcr.io/other, ghcr.io/org/app]", True),
    ("[ghcr.io/org/ap]", False),
    ("[ghcr.io/org/app/x]", False),
    ("[ghcr.io/org]", False),
    ("[org/app]", False),
    ("[hcr.io/org/app]", False),
    ("['ghcr.io/org/app-*']", False),
    ("['ghcr.io/*']", False),
]


@pytest.mark.parametrize(("images", "covered"), IMAGES)
def test_it_covers_whole_images_and_no_part_of_a_name(images: str, covered: bool) -> None:
    judgement = judged(RULES, exception("image-layers", f", images: {images}"))
    assert judgement.verdict is (Verdict.PASS if covered else Verdict.FAIL)


def test_the_image_must_be_the_one_that_is_judged() -> None:
    more = ", images: [ghcr.io/org/app]"
    for name in ("ghcr.io/org/app-evil", "ghcr.io/org/evil/app"):
        evidence = replace(SIGNED, name=name)
        assert judged(RULES, exception("image-layers", more), evidence=evidence).verdict is Verdict.FAIL


def finding(package: str | None = None, vulnerability: str | None = None) -> Finding:
    return Finding(
        rule="image-layers",
        policy="app",
        outcome=Outcome.FAIL,
        verdict=Verdict.FAIL,
        code="PolicyError",
        message="something",
        package=package,
        vulnerability=vulnerability,
    )


def outcome_of(given: Finding, *exceptions: str) -> str:
    """What becomes of a finding of the second rule."""
    policy = with_exceptions(RULES, *exceptions)
    rule = Finds((given,))
    clause = Clause(_as_layers(rule), waivers=policy.waivers)
    judgement = judge(SIGNED, policies=[replace(policy, rules=(policy.rules[0], clause))])
    return said(judgement)[1][1]


class _Layers(Finds):
    id = "image-layers"


def _as_layers(rule: Finds) -> Finds:
    return _Layers(rule.given)


BUSYBOX = "pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64"


@pytest.mark.parametrize(
    ("packages", "package", "covered"),
    [
        ("[pkg:apk/alpine/busybox]", BUSYBOX, True),
        ("['pkg:apk/alpine/*']", BUSYBOX, True),
        ("[pkg:apk/alpine/busybox@1.36.1-r2]", BUSYBOX, True),
        ("[pkg:apk/alpine/busybox@1.36.1-r1]", BUSYBOX, False),
        ("[pkg:apk/alpine/busybo]", BUSYBOX, False),
        ("[pkg:deb/debian/busybox]", BUSYBOX, False),
        ("[pkg:apk/alpine/busybox]", "busybox@1.36.1-r2", False),
        ("[pkg:apk/alpine/busybox]", None, False),
        ("[pkg:apk/alpine/busybox]", "not a package", False),
    ],
)
def test_it_can_be_for_some_packages(packages: str, package: str | None, covered: bool) -> None:
    more = f", packages: {packages}"
    assert outcome_of(finding(package), exception("image-layers", more)) == ("waived" if covered else "fail")
    assert outcome_of(finding(package), exception("image-layers")) == "waived"


@pytest.mark.parametrize(
    ("vulnerability", "covered"),
    [
        ("CVE-2026-1", True),
        ("GHSA-x CVE-2026-1", True),
        ("CVE-2026-12", False),
        ("CVE-2026-", False),
        ("cve-2026-1", False),
        ("", False),
        (None, False),
    ],
)
def test_it_can_be_for_some_vulnerabilities(vulnerability: str | None, covered: bool) -> None:
    more = ", vulnerabilities: [CVE-2026-1, CVE-2026-3]"
    given = finding(BUSYBOX, vulnerability)
    assert outcome_of(given, exception("image-layers", more)) == ("waived" if covered else "fail")


def test_all_that_narrows_it_must_fit() -> None:
    more = ", vulnerabilities: [CVE-1], packages: [pkg:apk/alpine/busybox], images: [ghcr.io/org/app]"
    given = finding(BUSYBOX, "CVE-1")
    assert outcome_of(given, exception("image-layers", more)) == "waived"
    assert outcome_of(replace(given, vulnerability="CVE-2"), exception("image-layers", more)) == "fail"
    assert (
        outcome_of(replace(given, package="pkg:apk/alpine/curl@1"), exception("image-layers", more)) == "fail"
    )
    assert outcome_of(given, exception("image-layers", more.replace("org/app", "org/x"))) == "fail"


EITHER = f"any-of: [[{THIN}], [attestation: {{type: slsa-provenance}}]]"


def test_of_alternatives_the_rule_within_or_the_whole_can_be_excepted() -> None:
    rules = ["signature: {}", EITHER]
    assert judge(SIGNED, policies=[policy_of(*rules, signers=A)]).verdict is Verdict.FAIL
    whole = judged(rules, exception("any-of"))
    assert said(whole)[1] == ("any-of", "waived")
    # A group of which everything is waived was not checked, so it does not hold.
    (_, within) = on_platform(judged(rules, exception("image-layers")))
    assert (within.rule, within.outcome, within.verdict) == ("any-of", Outcome.FAIL, Verdict.UNVERIFIED)
    part = EITHER.replace(THIN, f"{THIN}, image-layers: {{max: 9}}")
    assert said(judged(["signature: {}", part], exception("image-layers")))[1:] == [
        ("image-layers", "waived"),
        ("image-layers", "pass"),
    ]


def test_within_alternatives_the_end_is_warned_of_once() -> None:
    part = EITHER.replace(THIN, f"{THIN}, image-layers: {{max: 9}}")
    judgement = judged(["signature: {}", part], exception("image-layers", expires="2026-11-30"))
    assert said(judgement)[1:] == [
        ("image-layers", "waived"),
        ("image-layers", "warn"),
        ("image-layers", "pass"),
    ]


@pytest.mark.parametrize(
    ("item", "said_"),
    [
        (
            exception("image-user"),
            "the exception 'known' is for 'image-user', which is no rule of the policy",
        ),
        (exception("image-layer"), "is for 'image-layer', which is no rule of the policy"),
        (exception("image-layers/thin"), "is for 'image-layers/thin', which is no rule of the policy"),
        (exception("'*'"), "which is no rule of the policy"),
        (exception("policy"), "which is no rule of the policy"),
        (exception("image-layers", ", images: ['ghcr.io/org/app*']"), "siblings"),
        (exception("image-layers", ", images: ['ghcr.io/org/app:1']"), "has a tag, and tags can be moved"),
        (exception("image-layers", f", images: ['ghcr.io/org/app@{AMD64}']"), "has a digest"),
        (exception("image-layers", ", images: []"), "is empty"),
        (exception("image-layers", ", packages: [busybox]"), r"exceptions\[0\]\.packages\[0\]"),
        (exception("image-layers", ", packages: []"), "is empty"),
        (exception("image-layers", ", vulnerabilities: []"), "is empty"),
        (exception("image-layers", ", warn-before: 3y"), "not a duration"),
        (exception("image-layers", ", expire: 2027-01-01"), "unknown key 'expire'"),
        (exception("image-layers", expires="never"), "not a time: 'never'"),
        (exception("image-layers", expires="2027-02-30"), "not a time"),
        (exception("image-layers", owner="' '"), "owner: it is blank"),
        (exception("image-layers", owner="''"), "owner is empty"),
        (exception("image-layers").replace("ticket: T-7,", ""), "lacks 'ticket'"),
        (exception("image-layers").replace("expires: 2027-03-01", "images: [a]"), "lacks 'expires'"),
        (exception("image-layers") * 2, "two exceptions are called 'known'"),
    ],
)
def test_wrong_exceptions_are_errors_at_load(item: str, said_: str) -> None:
    with pytest.raises(PolicyError, match=said_) as caught:
        with_exceptions(RULES, item)
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:")


def test_a_misspelt_rule_has_a_suggestion() -> None:
    with pytest.raises(PolicyError) as caught:
        with_exceptions(RULES, exception("image-layer"))
    assert caught.value.hint == "did you mean 'image-layers'?"
