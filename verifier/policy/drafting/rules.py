"""The rules of a draft: what is there on every platform, by whom, and about what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.errors import InputError, StatementError
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.predicate import ALIASES, alias_of, parse_predicate_type
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.drafting.signers import Who, every_version, who
from verifier.policy.drafting.text import comment, commented, name_of, quoted
from verifier.policy.predicates.slsa import Provenance, read_provenance
from verifier.policy.predicates.sources import read_address
from verifier.policy.rules.evidence import is_sbom
from verifier.policy.rules.sbom_use import unusable
from verifier.policy.rules.terms import On
from verifier.policy.text_patterns import TextMatcher

_LENGTH = 2048  # of a text in a policy file
_SIGNERS = 20  # of one rule; nobody checks more of them, and strangers can add as many as they like
_ON: tuple[On, ...] = ("platform", "index", "either")  # the tightest first


@dataclass(frozen=True, slots=True)
class Kind:
    """Statements that one rule can ask for: image signatures, or attestations of ``type`` (alias or URI)."""

    type: str | None
    statements: tuple[VerifiedStatement, ...]

    @property
    def what(self) -> str:
        """For people."""
        return "image signature" if self.type is None else f"attestation of type {self.type}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one rule of the draft asks for. With ``together`` all of ``signers`` are needed, else any one."""

    kind: Kind
    on: On
    signers: tuple[Who, ...]
    together: bool


def kinds(evidence: ImageEvidence) -> list[Kind]:
    """What is verified about the image, by kind: the signature first, then the types that have an alias."""
    groups: dict[str | None, list[VerifiedStatement]] = {}
    for statement in evidence.statements:
        content = statement.statement
        if content is not None:
            kind = content.predicate_type
            groups.setdefault(alias_of(kind) or kind, []).append(statement)
        elif statement.is_image_signature:
            groups.setdefault(None, []).append(statement)
    ordered = sorted(groups, key=lambda type_: (type_ is not None, type_ not in ALIASES, type_ or ""))
    return [Kind(type_, tuple(groups[type_])) for type_ in ordered]


def choose(
    kind: Kind, evidence: ImageEvidence, sboms: Mapping[Digest, DecodedSbom], named: Collection[Who]
) -> Chosen | str:
    """What can be asked for of ``kind`` on every platform, as tightly as it holds, or why nothing can be.

    ``named`` are the signers that a policy can name.
    """
    if kind.type is not None:
        try:
            parse_predicate_type(kind.type)
        except InputError:
            return "a policy cannot name this type"
    an_sbom = kind.type is not None and is_sbom(kind.type)
    usable = [s for s in kind.statements if who(s.signer) in named]
    if not usable:
        return "a policy cannot name its signer"
    if an_sbom:
        usable = [s for s in usable if unusable(sboms.get(s.evidence), "") is None]
    # A signature says "this image", wherever it is; an SBOM must be of a platform's own contents.
    places: tuple[On, ...] = ("either",) if kind.type is None else ("platform",) if an_sbom else _ON
    by_platform: list[set[Who]] = []
    for on in places:
        by_platform = [_by(usable, _about(on, image, evidence)) for image in evidence.platforms]
        everywhere = set.intersection(*by_platform) if by_platform else set()
        if len(everywhere) > _SIGNERS:
            return f"{len(everywhere)} signers made it"
        if everywhere:
            return Chosen(kind, on, tuple(sorted(everywhere)), together=True)
    anybody = set().union(*by_platform)
    if all(by_platform) and 0 < len(anybody) <= _SIGNERS:
        return Chosen(kind, places[-1], tuple(sorted(anybody)), together=False)
    return f"not every platform has one{' of its own contents' if an_sbom else ''}"


def _about(on: On, image: PlatformImage, evidence: ImageEvidence) -> set[Digest]:
    return {
        "platform": {image.digest},
        "index": {evidence.digest},
        "either": {image.digest, evidence.digest},
    }[on]


def _by(statements: Sequence[VerifiedStatement], about: set[Digest]) -> set[Who]:
    return {who(s.signer) for s in statements if about.intersection(s.about)}


@dataclass(frozen=True, slots=True)
class DraftedRule:
    """One item of ``require``: the ``id`` that its findings bear, its lines, the signers whose word it takes,
    and what serves in its place where the image fails it."""

    id: str
    lines: tuple[str, ...]
    signers: tuple[Who, ...] = ()
    otherwise: DraftedRule | None = None

    def disabled(self, reason: str) -> list[str]:
        """The rule as a comment, and why it is one."""
        return [*comment(f"Not asked for, since {reason}", "  "), *commented(self.lines, "  ")]


def draft_rule(
    chosen: Chosen, names: Mapping[Who, str], evidence: ImageEvidence, taken: Collection[str]
) -> DraftedRule:
    """The rule that asks for what is ``chosen``, under a name that is none of those ``taken``."""
    kind = chosen.kind.type
    by = list(_signers(chosen, names))
    if kind is None:
        return DraftedRule("signature", ("  - signature:", *by), chosen.signers)
    name = name_of(kind.rstrip("/").rpartition("/")[2], taken, otherwise="attestation")
    on = [f"      on: {chosen.on}"] if evidence.is_index else []
    lines = (
        "  - attestation:",
        f"      id: {name}",
        f"      type: {kind if kind in ALIASES else quoted(kind)}",
        *on,
        *by,
    )
    plain = DraftedRule(f"attestation/{name}", lines, chosen.signers)
    if kind != "slsa-provenance":
        return plain
    return _provenance(chosen, [*on, *by], plain) or plain


def _signers(chosen: Chosen, names: Mapping[Who, str]) -> Iterator[str]:
    listed = ", ".join(names[signer] for signer in chosen.signers)
    if len(chosen.signers) == 1:
        yield f"      signers: [{listed}]"
    elif chosen.together:
        yield from comment(
            f"Each of them signed. If any one of them is enough: signers: [{listed}]", "      "
        )
        yield f"      signers: {{all-of: [{listed}]}}"
    else:
        yield from comment("None of them signed for every platform, so any one of them is enough.", "      ")
        yield f"      signers: [{listed}]"


def _provenance(chosen: Chosen, options: Sequence[str], plain: DraftedRule) -> DraftedRule | None:
    """The rule on what the provenances say, where all of them can be read and say the same."""
    wanted = set(chosen.signers)
    try:
        read = [
            read_provenance(s.statement)
            for s in chosen.kind.statements
            if s.statement is not None and who(s.signer) in wanted
        ]
    except StatementError:
        return None
    lines = [line for key, of in _CLAIMS.items() for line in _claim(key, {of(p) for p in read})]
    if not lines:
        return None
    return DraftedRule("provenance", ("  - provenance:", *lines, *options), chosen.signers, plain)


_CLAIMS: Mapping[str, Callable[[Provenance], str]] = {
    "builder": lambda provenance: provenance.builder,
    "build-type": lambda provenance: provenance.build_type,
    "source": lambda provenance: provenance.source.repository if provenance.source else "",
    "ref": lambda provenance: provenance.source.ref if provenance.source else "",
}


def _claim(key: str, values: Collection[str]) -> Iterator[str]:
    """The option that asks for the one of ``values``; a comment for what the next release will not have."""
    value = next(iter(values)) if len(values) == 1 else ""
    if not value or len(value) > _LENGTH:
        return
    if key == "source" and ("://" not in value or read_address(value) != (value, "")):
        return  # no address that a policy could name
    try:
        TextMatcher.exact(value, otherwise="")
    except InputError:
        return
    if key == "ref" and not value.startswith("refs/heads/"):
        yield f"      # ref: {quoted(value)}"
        return
    yield f"      {key}: {quoted(value)}"
    if key == "builder" and (pattern := every_version(value)) is not None:
        yield f"      # builder-pattern: {quoted(pattern)}"
