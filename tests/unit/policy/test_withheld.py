"""Evidence that could not be read can only deny: for every rule, whichever piece it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from tests.unit.policy.factory import AMD64, image, signature
from tests.unit.policy.judging import AWAY, judge, policy
from tests.unit.policy.withholding import FORMS, NEW, POOLS, SBOMS, TEXT, Form, decode, validate
from verifier.model.bundle import Rejection, Unreadable
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Outcome, Verdict
from verifier.model.verified import VerifiedStatement
from verifier.policy.catalogue import RULES
from verifier.strict_json import Json

GONE = Rejection(
    Digest.of(b"gone"), ("tag x.att",), "DigestMismatch", "asked for one, got another", is_unread=True
)
CONFIG: dict[str, Json] = {
    "config": {"User": "65532", "Entrypoint": ["/app"], "ExposedPorts": {"8080/tcp": {}}},
    "created": "2026-11-01T00:00:00Z",
}
ANNOTATIONS = {"org.opencontainers.image.base.name": "cgr.dev/chainguard/static"}
Statements = tuple[VerifiedStatement, ...]
Hide = Callable[[ImageEvidence], ImageEvidence]
HIDDEN: dict[str, Hide] = {
    "unreadable": lambda evidence: replace(evidence, unreadable=(AWAY,)),
    "rejected unread": lambda evidence: replace(evidence, rejections=(GONE,)),
}


def subsets(items: Sequence[VerifiedStatement]) -> Iterator[Statements]:
    for size in range(len(items) + 1):
        yield from combinations(items, size)


class Judge:
    """The verdict on sets of statements, where all could be read and where something could not."""

    def __init__(self, form: Form, *more: str) -> None:
        self._policy = policy(form.text, *more, text=TEXT)
        self._known: dict[tuple[tuple[Digest, ...], Hide | None], Verdict] = {}

    def __call__(self, statements: Statements, hide: Hide | None = None) -> Verdict:
        key = (tuple(statement.evidence for statement in statements), hide)
        if key not in self._known:
            evidence = image(*statements)
            platforms = tuple(
                replace(item, config=CONFIG, annotations=ANNOTATIONS, layers=1) for item in evidence.platforms
            )
            evidence = replace(evidence, platforms=platforms)
            self._known[key] = judge(
                evidence if hide is None else hide(evidence),
                policies=[self._policy],
                decode=decode,
                validate=validate,
            ).verdict
        return self._known[key]


def test_every_rule_is_tried() -> None:
    assert {form.rule for form in FORMS} == {*RULES, "any-of"}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_verdict_improves_by_what_could_not_be_read(form: Form, hide: Hide) -> None:
    verdict = Judge(form)
    for whole in subsets(POOLS[form.pool]):
        for withheld in (*((item,) for item in whole), whole):
            read = tuple(item for item in whole if item not in withheld)
            held = verdict(read, hide)
            assert held is not Verdict.PASS or verdict(whole) is Verdict.PASS
            # Nor does it mend what is refused for what is there.
            assert held is not Verdict.PASS or verdict(read) is Verdict.PASS


@pytest.mark.parametrize("form", [form for form in FORMS if form.loses == "a refusal"], ids=str)
def test_a_pass_that_a_hidden_piece_would_have_refused_is_unavailable(form: Form) -> None:
    verdict = Judge(form)
    twins = [
        (read, whole)
        for whole in subsets(POOLS[form.pool])
        for item in whole
        if (read := tuple(other for other in whole if other is not item))
        # The positive twins: refused because of it, and it absent by the list, a pass.
        if verdict(whole) is not Verdict.PASS and verdict(read) is Verdict.PASS
    ]
    assert twins
    for read, _ in twins:
        for hide in HIDDEN.values():
            assert verdict(read, hide) is Verdict.UNAVAILABLE


@pytest.mark.parametrize("form", [form for form in FORMS if form.loses != "a refusal"], ids=str)
def test_what_more_evidence_cannot_refuse_passes_whatever_else_is_hidden(form: Form) -> None:
    verdict = Judge(form)
    passing = [read for read in subsets(POOLS[form.pool]) if verdict(read) is Verdict.PASS]
    assert passing
    assert all(verdict(read, hide) is Verdict.PASS for read in passing for hide in HIDDEN.values())


def test_what_can_never_count_is_no_reason_to_doubt() -> None:
    form = Form("licenses", "{allow: [MIT]}", "sboms", "a refusal")
    unsigned = Unreadable("tag x.sbom", "RegistryError", "status 503", may_count=False)
    verdict = Judge(form)
    assert verdict(SBOMS[:1], lambda evidence: replace(evidence, unreadable=(unsigned,))) is Verdict.PASS
    assert verdict(SBOMS[:1], lambda evidence: replace(evidence, unreadable=(AWAY,))) is Verdict.UNAVAILABLE


REFUSING = replace(SBOMS[2], signed_at=NEW)


@pytest.mark.parametrize(
    ("terms", "outcomes", "verdict"),
    [
        ("", {Outcome.ERROR}, Verdict.UNAVAILABLE),
        (", mode: warn", {Outcome.WARN}, Verdict.PASS),
        (", effective-from: 2099-01-01", {Outcome.WARN}, Verdict.PASS),
        (", until: 2020-01-01", {Outcome.SKIP}, Verdict.PASS),
    ],
)
def test_a_rule_that_cannot_refuse_warns(terms: str, outcomes: set[Outcome], verdict: Verdict) -> None:
    rules = ("  - signature: {}\n", f"  - licenses: {{allow: [MIT]{terms}}}\n")
    signed = signature(AMD64)
    judgement = judge(image(signed, SBOMS[0], unreadable=[AWAY]), *rules, decode=decode)
    assert judgement.verdict is verdict
    (platform,) = judgement.platforms
    said = [finding for finding in platform.checks if finding.rule == "licenses"]
    assert {finding.outcome for finding in said} == outcomes
    assert judge(image(signed, SBOMS[0]), *rules, decode=decode).verdict is Verdict.PASS


def test_an_exception_covers_what_was_read_and_not_what_could_not_be() -> None:
    exception = """\
exceptions:
  - {id: agpl, rule: licenses, owner: a@example.com, reason: known, ticket: T-1, expires: 2026-12-31}
"""
    rules = ("  - signature: {}\n", "  - licenses: {deny: [AGPL-*]}\n", exception)
    evidence = image(signature(AMD64), SBOMS[2])
    assert judge(evidence, *rules, decode=decode).verdict is Verdict.PASS
    hidden = replace(evidence, unreadable=(AWAY,))
    assert judge(hidden, *rules, decode=decode).verdict is Verdict.UNAVAILABLE


def test_it_says_what_could_not_be_read() -> None:
    first = Unreadable("referrers of x", "RegistryError", "status 503", "try again")
    judgement = judge(
        image(SBOMS[0], unreadable=[AWAY, first]), "  - licenses: {allow: [MIT]}\n", decode=decode
    )
    (platform,) = judgement.platforms
    (finding,) = platform.checks
    assert (finding.rule, finding.code, finding.hint) == ("licenses", "RegistryError", "try again")
    assert "referrers of x: status 503 (and 1 more)" in finding.message
    assert finding.asked
