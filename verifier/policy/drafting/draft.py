"""A policy for an image, drafted from its verified evidence: the tightest one that is sensible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.errors import InputError, InternalError, StatementError
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Verdict
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.model.sbom import DecodedSbom
from verifier.model.trust import PublicKey
from verifier.model.verified import VerifiedStatement
from verifier.policy.document import load_policy
from verifier.policy.drafting.rules import Chosen, DraftedRule, choose, draft_rule, kinds
from verifier.policy.drafting.seen import suggestions, unused
from verifier.policy.drafting.signers import DraftedSigner, Who, draft_signer, who
from verifier.policy.drafting.text import comment, name_of, quoted
from verifier.policy.evaluator import Decode, evaluate
from verifier.policy.image_checks import Asked
from verifier.policy.interface import Validate
from verifier.policy.rules.evidence import is_sbom
from verifier.text import rfc3339

_WARNING = (
    "READ THIS FIRST. Anybody can sign anything about any image, and the signers below are those that were"
    " found, whoever they are. Keep one only where you know from elsewhere that it is who you expect. Then"
    " edit: name further repositories under images, and take out what the next release would not meet."
)
_DESCRIPTION = 500
_KINDS = 50  # of attestations that rules are made for; an image has some five
_MANY = f"the image has more than {_KINDS} kinds of evidence"
_USER = re.compile(r"[1-9][0-9]{0,8}(?::[0-9]{1,9})?")
_UNNAMED = "image.invalid/write-its-repository-here"  # RFC 2606: no registry is ever called so


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a draft is made from.

    ``name`` is the image's (``docker.io/library/nginx``) or, where ``claimed``, what a layout says it is;
    None where it does not say. ``keys`` are managed keys by their fingerprints, ``left_out`` the platforms
    that were not looked at.
    """

    evidence: ImageEvidence
    name: str | None
    claimed: bool
    keys: Mapping[str, PublicKey]
    left_out: Sequence[str]
    now: datetime


class Drafting:
    """One draft. ``decode`` and ``validate`` as for `evaluate`, by which the draft is tried."""

    def __init__(self, found: Found, *, decode: Decode, validate: Validate) -> None:
        self._found = found
        self._validate = validate
        self._decode = decode
        self._evidence = found.evidence
        self._sboms = {
            s.evidence: decode(s)
            for s in found.evidence.statements
            if s.statement is not None and is_sbom(s.statement.predicate_type)
        }
        self._signers = self._name_signers()
        self._plan = [
            (
                kind,
                choose(kind, self._evidence, self._sboms, self._signers.keys()) if number < _KINDS else _MANY,
            )
            for number, kind in enumerate(kinds(self._evidence))
        ]

    def text(self) -> str:
        """The policy file. Raises `StatementError` where nothing can be asked for of every platform."""
        rules = list(self._rules())
        self._require_signed(rules)
        failing = self._failing(rules)
        disabled = [line for rule in rules if rule.id in failing for line in rule.disabled(failing[rule.id])]
        kept = [r for rule in rules if (r := rule.otherwise if rule.id in failing else rule) is not None]
        self._require_signed(kept)
        if left := self._failing(kept):
            raise InternalError(f"the image does not pass the draft made for it: {next(iter(left.values()))}")
        return self._document(kept, disabled)

    def _require_signed(self, rules: Sequence[DraftedRule]) -> None:
        if not any(rule.signers for rule in rules):
            said = "; ".join(f"{kind.what}: {c}" for kind, c in self._plan if not isinstance(c, Chosen))
            raise StatementError(
                f"what is verified about the image makes no policy: {said or 'there is nothing'}",
                hint="'verify tree REFERENCE' shows all that is attached; --platform looks at one platform",
            )

    # --- what is asked for ---

    def _name_signers(self) -> dict[Who, DraftedSigner]:
        groups: dict[Who, list[VerifiedStatement]] = {}
        for statement in self._evidence.statements:
            groups.setdefault(who(statement.signer), []).append(statement)
        signers: dict[Who, DraftedSigner] = {}
        for key in sorted(groups):
            taken = {signer.name for signer in signers.values()}
            drafted = draft_signer([s.signer for s in groups[key]], self._found.keys, taken)
            if drafted is not None:
                signers[key] = drafted
        return signers

    def _rules(self) -> Iterator[DraftedRule]:
        names = {key: signer.name for key, signer in self._signers.items()}
        taken: set[str] = set()
        for _, chosen in self._plan:
            if isinstance(chosen, Chosen):
                rule = draft_rule(chosen, names, self._evidence, taken)
                taken.add((rule.otherwise or rule).id.partition("/")[2])
                yield rule
        if self._evidence.platforms and all(_USER.fullmatch(user) for user in self._users()):
            yield DraftedRule("image-user", ("  - image-user: {}",))

    def _users(self) -> list[str]:
        configs = [image.config.get("config") for image in self._evidence.platforms]
        users = [config.get("User") if isinstance(config, Mapping) else None for config in configs]
        return [user if isinstance(user, str) else "" for user in users]

    def _failing(self, rules: Sequence[DraftedRule]) -> dict[str, str]:
        """The ids of the ``rules`` that the image fails, each with the reason."""
        text = self._document(rules, ())
        try:
            policy = load_policy(text.encode(), source="draft")
        except InputError as error:
            raise InternalError(f"the draft is no policy: {error.message}") from error
        asked = Asked(name=None, claimed=self._name, tag=None, now=self._found.now)
        judgement = evaluate(
            [policy], self._evidence, asked=asked, decode=self._decoded, validate=self._validate
        )
        findings = [*judgement.checks, *(f for platform in judgement.platforms for f in platform.checks)]
        failing = {f.rule: f.message for f in findings if f.is_problem}
        if judgement.verdict is not Verdict.PASS and not failing:
            raise InternalError("the draft was not judged")
        return failing

    def _decoded(self, statement: VerifiedStatement) -> DecodedSbom:
        return self._sboms.get(statement.evidence) or self._decode(statement)

    # --- the file ---

    @property
    def _name(self) -> str:
        """The image's repository. What a layout says may be anything, also a pattern."""
        try:
            reference = parse_reference(self._found.name or "")
        except InputError:
            return _UNNAMED
        return reference.name if isinstance(reference, ImageReference) else _UNNAMED

    def _document(self, rules: Sequence[DraftedRule], disabled: Sequence[str]) -> str:
        used = {signer for rule in rules for signer in rule.signers}
        lines = [
            *self._head(),
            "signers:",
            *(line for key, signer in self._signers.items() if key in used for line in signer.lines),
            "",
            "require:",
            *(line for rule in rules for line in rule.lines),
            *disabled,
            *suggestions(self._users(), self._sboms, self._evidence),
            *unused(self._evidence, self._plan, self._found.left_out),
        ]
        return "\n".join(lines) + "\n"

    def _head(self) -> Iterator[str]:
        found, name = self._found, self._name
        what = f"{found.name or self._evidence.name}@{self._evidence.digest}"
        yield from comment(
            f"Drafted by 'verify policy init' at {rfc3339(found.now)} from what is attached to"
        )
        yield from comment(what)
        yield "#"
        yield from comment(_WARNING)
        yield ""
        yield "version: 1"
        known = name.rpartition("/")[2] if name != _UNNAMED else ""
        yield f"name: {name_of(known, otherwise='image')}"
        yield f"description: {quoted(f'Drafted from {what}.'[:_DESCRIPTION])}"
        yield "images:"
        if name == _UNNAMED:
            yield from comment("The layout does not say what image it is.", "  ")
        elif found.claimed:
            yield from comment("The layout says that it is this image, and nobody proved it.", "  ")
        yield f"  - {quoted(name)}"
