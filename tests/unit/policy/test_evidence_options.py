"""Which attestations a rule looks into, which of them count, and how many there must be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.factory import AMD64, ARM64, INDEX, MALLORY, SPDX, attestation, decoded, image
from tests.unit.policy.judging import AWAY, NOW, judge
from tests.unit.policy.several import by, on_platform, one, policy_of
from verifier.errors import PolicyError
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.statement import Statement
from verifier.model.verified import LogEntry, Proof, Signer, VerifiedStatement
from verifier.policy.document import read_policy

REVIEW = "https://example.com/review/v1"
A, AB = one("a"), one("a") + one("b")


def review(
    predicate: Any = None,
    *,
    about: Sequence[Digest] = (AMD64,),
    signer: Signer | None = None,
    days: float | None = 1,
    proof: Proof | None = None,
    stored: str = "",
) -> VerifiedStatement:
    """A review of so many days ago; ``stored`` makes another blob of the same statement."""
    payload = json.dumps(predicate).encode()
    made = attestation(REVIEW, *about, signer=signer or by("a"), name=f"{days}{stored}{predicate}{proof}")
    assert isinstance(made.content, Statement)
    return replace(
        made,
        content=replace(made.content, predicate=predicate, payload=payload),
        signed_at=None if days is None else NOW - timedelta(days=days),
        log=None if proof is None else LogEntry("dsse/0.0.1", 1, "ab", proof),
    )


def judged(options: str, evidence: ImageEvidence, *, signers: str = A) -> list[Finding]:
    """What the rule finds on the first platform."""
    policy = policy_of(f"attestation: {{type: '{REVIEW}'{options}}}", signers=signers)
    return list(judge(evidence, policies=[policy]).platforms[0].checks)


def passes(options: str, *statements: VerifiedStatement, signers: str = A) -> bool:
    findings = judged(options, image(*statements), signers=signers)
    assert all(f.outcome is Outcome.PASS for f in findings) or any(
        f.outcome is Outcome.FAIL for f in findings
    )
    return findings[0].outcome is Outcome.PASS


# --- select ---

APPROVED = ", schema: {required: [ok], properties: {ok: {const: true}}}"
GOOD, BAD = {"ok": True}, {"ok": False}
SELECTED = [
    # select, the predicates from old to new, whether it passes
    ("any", [GOOD], True),
    ("any", [BAD], False),
    ("any", [GOOD, BAD], True),
    ("any", [BAD, GOOD], True),
    ("any", [BAD, BAD], False),
    ("all", [GOOD], True),
    ("all", [GOOD, GOOD], True),
    ("all", [GOOD, BAD], False),
    ("all", [BAD, GOOD], False),
    ("latest", [GOOD, BAD], False),
    ("latest", [BAD, GOOD], True),
    ("latest", [BAD, BAD, GOOD], True),
    ("latest", [GOOD, GOOD, BAD], False),
]


@pytest.mark.parametrize(("select", "predicates", "expected"), SELECTED)
def test_which_of_them_must_fit(select: str, predicates: list[Any], expected: bool) -> None:
    statements = [review(predicate, days=30 - day) for day, predicate in enumerate(predicates)]
    for order in itertools.permutations(statements):
        assert passes(f", select: {select}{APPROVED}", *order) is expected


def test_without_a_word_every_attestation_must_fit_the_schema() -> None:
    assert not passes(APPROVED, review(GOOD, days=9), review(BAD))
    assert not passes(APPROVED, review(GOOD), review(BAD, days=9))
    assert passes(APPROVED, review(GOOD), review(GOOD, days=9))
    assert passes(f", select: any{APPROVED}", review(GOOD, days=9), review(BAD))


def test_without_a_schema_any_attestation_will_do() -> None:
    assert passes("", review(GOOD), review(BAD))
    assert passes("", review(BAD))


@pytest.mark.parametrize("select", ["any", "all", "latest"])
def test_nothing_is_never_enough(select: str) -> None:
    for statements in ([], [review(GOOD, signer=MALLORY)], [review(GOOD, about=(ARM64,))]):
        assert not passes(f", select: {select}{APPROVED}", *statements)


@pytest.mark.parametrize("select", ["any", "all", "latest"])
def test_strangers_decide_nothing(select: str) -> None:
    good, bad = review(GOOD, days=5), review(BAD, days=5)
    for predicate in (GOOD, BAD):
        stranger = review(predicate, signer=MALLORY, days=1)
        assert passes(f", select: {select}{APPROVED}", good, stranger)
        assert not passes(f", select: {select}{APPROVED}", bad, stranger)


def test_of_several_latest_ones_all_must_fit() -> None:
    assert not passes(f", select: latest{APPROVED}", review(GOOD), review(BAD))
    assert passes(f", select: latest{APPROVED}", review(GOOD), review(GOOD, stored="again"))


def test_what_has_no_time_may_be_the_latest() -> None:
    assert not passes(f", select: latest{APPROVED}", review(BAD, days=None), review(GOOD, days=400))
    assert passes(
        f", select: latest, max-age: 500d{APPROVED}", review(BAD, days=None), review(GOOD, days=400)
    )
    assert passes(f", select: latest{APPROVED}", review(GOOD, days=None), review(GOOD, days=400))
    assert not passes(f", select: latest{APPROVED}", review(GOOD, days=None), review(BAD, days=400))


def test_of_a_quorum_the_latest_of_each_must_fit() -> None:
    options = f", signers: {{all-of: [a, b]}}, select: latest{APPROVED}"
    old, new = review(BAD, days=9), review(GOOD, days=8)
    other = review(GOOD, signer=by("b"), days=1)
    assert passes(options, old, new, other, signers=AB)
    assert not passes(options, old, other, signers=AB)
    assert not passes(options, old, new, signers=AB)


def test_any_of_a_quorum_must_each_fit() -> None:
    options = f", signers: {{all-of: [a, b]}}, select: any{APPROVED}"
    good, bad = review(GOOD, signer=by("b")), review(BAD, signer=by("b"))
    assert passes(options, review(GOOD), good, signers=AB)
    assert not passes(options, review(GOOD), bad, signers=AB)
    assert passes(options, review(GOOD), bad, good, signers=AB)


def test_an_sbom_that_says_nothing_is_a_problem_of_its_own() -> None:
    good, empty = (attestation(SPDX, AMD64, signer=by("a"), name=name) for name in ("good", "empty"))

    def decode(statement: VerifiedStatement):  # type: ignore[no-untyped-def]
        return decoded(statement, packages=1 if statement.evidence == good.evidence else 0)

    for select, verdict in (("any", Verdict.PASS), ("all", Verdict.UNVERIFIED)):
        policy = policy_of(f"attestation: {{type: spdx, select: {select}}}", signers=A)
        judgement = judge(image(good, empty), policies=[policy], decode=decode)
        assert judgement.verdict is verdict
        assert judge(image(good), policies=[policy], decode=decode).verdict is Verdict.PASS


def test_where_not_all_could_be_read_any_may_lie_there() -> None:
    options = f", select: %s{APPROVED}"
    for select, outcomes in (
        ("any", {Outcome.ERROR}),
        ("all", {Outcome.FAIL}),
        ("latest", {Outcome.FAIL, Outcome.ERROR}),
    ):
        findings = judged(options % select, image(review(BAD), unreadable=[AWAY]))
        assert {finding.outcome for finding in findings} == outcomes
    assert judged(options % "any", image(review(GOOD), unreadable=[AWAY]))[0].outcome is Outcome.PASS
    (missing,) = judged(options % "all", image(unreadable=[AWAY]))
    assert missing.verdict is Verdict.UNAVAILABLE


# --- max-age ---


def test_what_is_older_does_not_count() -> None:
    assert passes(", max-age: 30d", review(days=30))
    assert not passes(", max-age: 30d", review(days=30.001))
    assert passes(", max-age: 30d", review(days=90), review(days=1))
    assert not passes(", max-age: 30d", review(days=None))
    assert passes("", review(days=None), review(days=9999))


def test_it_says_why_it_does_not_count() -> None:
    (finding,) = judged(", max-age: 30d", image(review(days=31), review(days=None)))
    assert (finding.outcome, finding.verdict, finding.code) == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "StatementError",
    )
    assert finding.message == (
        f"no acceptable attestation of type {REVIEW}: one has no trusted time, so that its age is not known;"
        " one is older than 30 days: signed at 2026-10-24T00:00:00Z"
    )
    assert finding.hint == "have it attested anew, or by whoever is missing"


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("36h", 36), ("3d", 72), ("2w", 336)])
def test_ages_have_units(text: str, hours: float) -> None:
    assert passes(f", max-age: {text}", review(days=hours / 24))
    assert not passes(f", max-age: {text}", review(days=(hours + 0.1) / 24))


def test_an_old_bad_one_does_not_count_against_a_new_good_one() -> None:
    assert passes(f", select: all, max-age: 30d{APPROVED}", review(BAD, days=31), review(GOOD))
    assert not passes(f", select: all, max-age: 30d{APPROVED}", review(BAD, days=29), review(GOOD))


# --- proof ---


@pytest.mark.parametrize(
    ("option", "none", "promise", "inclusion"),
    [
        ("", True, True, True),
        (", proof: promise", False, True, True),
        (", proof: inclusion-proof", False, False, True),
    ],
)
def test_how_the_log_must_prove_it(option: str, none: bool, promise: bool, inclusion: bool) -> None:
    assert passes(option, review()) is none
    assert passes(option, review(proof=Proof.PROMISE)) is promise
    assert passes(option, review(proof=Proof.INCLUSION)) is inclusion


def test_it_says_which_proof_is_missing() -> None:
    (finding,) = judged(", proof: inclusion-proof", image(review(proof=Proof.PROMISE)))
    assert finding.message.endswith("one is logged with a promise, and no proof of inclusion")
    (finding,) = judged(", proof: promise", image(review()))
    assert finding.message.endswith("one has no log entry")


# --- minimum ---


def test_there_must_be_so_many_different_ones() -> None:
    two = [review({"n": number}) for number in range(2)]
    assert passes(", minimum: 2", *two)
    (finding,) = judged(", minimum: 2", image(two[0]))
    assert finding.message.endswith("2 different ones are wanted, 1 count")
    assert passes(", minimum: 2", review({"n": 1}), review({"n": 1}, signer=by("b")), signers=AB)


def test_what_is_stored_or_said_twice_is_one() -> None:
    """Anybody who can write to the registry can store an attestation again in another wrapping."""
    again = [review(GOOD), review(GOOD, stored="elsewhere"), review(GOOD, days=2)]
    assert len({statement.evidence for statement in again}) == 3
    for select in ("any", "all"):
        assert not passes(f", minimum: 2, select: {select}", *again)
        assert passes(f", minimum: 2, select: {select}", *again, review({"ok": 1}))


def test_those_that_do_not_count_are_not_counted() -> None:
    assert not passes(", minimum: 2, max-age: 30d", review({"n": 1}), review({"n": 2}, days=31))
    assert not passes(f", minimum: 2, select: any{APPROVED}", review(GOOD), review(BAD))
    assert not passes(", minimum: 2", review({"n": 1}), review({"n": 2}, signer=MALLORY))
    assert passes(", minimum: 2, max-age: 32d", review({"n": 1}), review({"n": 2}, days=31))


# --- on ---


@pytest.mark.parametrize(
    ("option", "platform", "index"),
    [
        ("", True, True),
        (", on: either", True, True),
        (", on: platform", True, False),
        (", on: index", False, True),
    ],
)
def test_what_it_must_be_about(option: str, platform: bool, index: bool) -> None:
    assert passes(option, review(about=(AMD64,))) is platform
    assert passes(option, review(about=(INDEX,))) is index
    assert not passes(option, review(about=(ARM64,)))
    assert passes(option, review(about=(AMD64, INDEX)))


@pytest.mark.parametrize("on", ["platform", "index", "either"])
def test_an_image_that_is_no_index_is_both(on: str) -> None:
    (finding,) = judged(f", on: {on}", image(review(), index=False))
    assert finding.outcome is Outcome.PASS


# --- the schema ---


def test_what_does_not_fit_is_named_by_its_place() -> None:
    evidence = image(review({"ok": False, "by": 1}))
    schema = ", schema: {properties: {ok: {const: true}, by: {type: string}}}"
    findings = judged(schema, evidence)
    assert {(f.outcome, f.verdict, f.code) for f in findings} == {(Outcome.FAIL, Verdict.FAIL, "PolicyError")}
    assert sorted((f.element, f.message.partition(": $")[2]) for f in findings) == [
        ("$.by", ".by: 1 is not of type 'string'"),
        ("$.ok", ".ok: True was expected"),
    ]
    assert passes(schema, review({"ok": True, "by": "me"}))


@pytest.mark.parametrize("predicate", [None, {}, [], "", "{", 0])
def test_a_predicate_of_another_kind_does_not_fit(predicate: Any) -> None:
    assert not passes(", schema: {type: object, required: [ok]}", review(predicate))


def test_a_predicate_in_text_or_in_cosigns_wrapping_is_unwrapped() -> None:
    for predicate in ('{"ok": true}', {"Data": '{"ok": true}', "Timestamp": "x"}, {"Data": GOOD}):
        assert passes(APPROVED, review(predicate))
    assert not passes(APPROVED, review({"Data": '{"ok": false}', "Timestamp": "x"}))


def test_local_references_lead_within_the_schema() -> None:
    schema = ", schema: {$defs: {yes: {const: true}}, properties: {ok: {$ref: '#/$defs/yes'}}}"
    assert passes(schema, review(GOOD))
    assert not passes(schema, review(BAD))


def test_hostile_text_in_a_predicate_takes_linear_time() -> None:
    schema = ", schema: {patternProperties: {'^(a+)+$': {}}, additionalProperties: false}"
    assert not passes(schema, review({"a" * 100_000 + "!": 1}))
    assert passes(schema, review({"a" * 100_000: 1}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (", schema: {$ref: 'https://example.com/s.json'}", r"\$ref leads to no schema inside this one"),
        (", schema: {$ref: 'other.json#/x'}", r"\$ref leads to no schema inside this one"),
        (", schema: {items: {uniqueItems: true}}", "uniqueItems takes more than linear time"),
        (", schema: {properties: {a: {pattern: '(?<=x)'}}}", "no RE2 expression"),
        (", schema: {type: objekt}", "no JSON Schema"),
        (", schema: {requires: [a]}", "the keyword 'requires' is none that is supported"),
        (", schema: {}", "a schema that asks for nothing"),
        (", schema: true", "must be a mapping"),
        (", schema-file: s.json", "cannot name files"),
        (", select: newest", "cannot be 'newest'"),
        (", select: [any]", "select cannot be|must be"),
        (", max-age: 30", "must be text"),
        (", max-age: 30 days", "is longer than 7 characters|not a duration"),
        (", max-age: 0d", "not a duration: '0d'"),
        (", max-age: -1d", "not a duration: '-1d'"),
        (", proof: none", "cannot be 'none'"),
        (", minimum: 0", "must be at least 1"),
        (", minimum: 101", "must be at most 100"),
        (", minimum: '2'", "must be a whole number"),
        (", on: layer", "cannot be 'layer'"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        judged(options, image())
    assert caught.value.place is not None
    assert caught.value.place.startswith("policy.yaml:7:")


def test_a_rule_that_denies_takes_no_any() -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of("licenses: {allow: [MIT], select: any}", signers=A)
    assert "select" in caught.value.message


def test_a_schema_may_lie_in_a_file_beside_the_policy(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (tmp_path / "outside.json").write_text('{"required": ["ok"]}')
    (folder / "review.json").write_text('{"required": ["ok"]}')
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    path = folder / "policy.yaml"
    text = (
        "version: 1\nname: app\nimages: [ghcr.io/org/app]\nsigners:\n"
        f"{A}require:\n  - attestation: {{type: '{REVIEW}', schema-file: '%s'}}\n"
    )
    path.write_text(text % "review.json")
    policy = read_policy(path)
    assert judge(image(review(GOOD)), policies=[policy]).verdict is Verdict.PASS
    assert judge(image(review({})), policies=[policy]).verdict is Verdict.FAIL
    for name, said in (
        ("../outside.json", "lies outside the policy's folder"),
        ("link.json", "lies outside the policy's folder"),
        (str(tmp_path / "outside.json"), "lies outside the policy's folder"),
        ("absent.json", "cannot read"),
        (".", "is not a file"),
    ):
        path.write_text(text % name)
        with pytest.raises(PolicyError, match=said) as caught:
            read_policy(path)
        assert caught.value.place is not None
        assert caught.value.place.startswith(f"{path}:7:")


def test_it_says_what_it_asks() -> None:
    options = f", on: index, signers: {{all-of: [a, b]}}, max-age: 12h, proof: promise, minimum: 2{APPROVED}"
    policy = policy_of(f"attestation: {{type: vuln{options}}}", signers=AB)
    assert policy.rules[0].rule.asks() == (
        "there is an attestation of type vuln about the index 2 times by a and b, not more than 12 hours ago,"
        " logged with promise, and every one of them has a predicate that fits the given schema"
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (f"attestation: {{type: vuln, select: any{APPROVED}}}", "and at least one of them has a predicate"),
        (f"attestation: {{type: vuln, select: any, minimum: 2{APPROVED}}}", "and at least 2 of them has"),
        (f"attestation: {{type: vuln, select: latest{APPROVED}}}", "and the latest of them has a predicate"),
        ("attestation: {type: vuln, select: latest}", "(select: latest changes nothing"),
        ("attestation: {type: spdx, select: all}", "and every one of them lists the contents"),
        ("licenses: {allow: [MIT], select: latest}", "in the latest SBOM about"),
        ("licenses: {allow: [MIT]}", "in every SBOM about"),
        ("provenance: {builder: 'https://b.example', select: any}", "and at least one of them agrees"),
        ("provenance: {builder: 'https://b.example'}", "and every one of them agrees"),
        ("vulnerabilities: {max-severity: none, max-age: 1d}", "and the latest of them lists"),
        ("vulnerabilities: {max-severity: none, max-age: 1d, select: all}", "and every one of them lists"),
        ("cel: {check: has(pkg.name), each: package, select: latest}", "(in the latest SBOM about"),
        ("cel: {check: 'sbom.packages > 1'}", "(in every SBOM about"),
        ("sbom-age: {max: 9d, select: latest, signers: {all-of: [a, b]}}", "by a and b, of each signer was"),
    ],
)
def test_it_says_which_of_them_are_meant(rule: str, words: str) -> None:
    assert words in policy_of(rule, signers=AB).rules[0].rule.asks()


def test_the_time_to_judge_for_is_the_one_that_is_given() -> None:
    policy = policy_of(f"attestation: {{type: '{REVIEW}', max-age: 30d}}", signers=A)
    evidence = image(review(days=1))

    def verdict(now: datetime) -> Verdict:
        return judge(evidence, policies=[policy], now=now).verdict

    assert verdict(NOW) is Verdict.PASS
    assert verdict(NOW + timedelta(days=29)) is Verdict.PASS
    assert verdict(NOW + timedelta(days=29, seconds=1)) is Verdict.UNVERIFIED
    (finding,) = on_platform(judge(evidence, policies=[policy]))
    assert finding.message == f"{REVIEW} attested by a about its own manifest"
