"""Something is attested about the image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.errors import StatementError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.predicate import parse_predicate_type, predicate_document
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.predicate_schema import PredicateSchema
from verifier.policy.quorum import Quorum
from verifier.policy.rules.evidence import Evidence, is_sbom
from verifier.policy.rules.options import ON_OPTION, at, evidence_options, read_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.sbom_use import describes_another
from verifier.policy.rules.terms import On


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attestation of a type, whose predicate fits ``schema`` where there is one.

    An SBOM must be one of the platform's contents: about its manifest, with at least one package.
    """

    id: ClassVar[str] = "attestation"
    evidence: Evidence
    schema: PredicateSchema | None = None

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return self.evidence.withheld if self._looks_inside else Withheld.PASS

    @property
    def _looks_inside(self) -> bool:
        return self.schema is not None or is_sbom(self.evidence.types[0])

    def asks(self) -> str:
        """See `Rule.asks`."""
        return f"there is an {self.evidence.asks()}{self._of_them()}"

    def _of_them(self) -> str:
        """Which of them must be what, as far as that is not said by there being one."""
        select, which = self.evidence.select, self.evidence.which
        if self.schema is not None:
            return f", and {which} has a predicate that fits the given schema"
        if select == "any":
            return ""
        if self._looks_inside:
            return f", and {which} lists the contents of the platform"
        return f" (select: {select} changes nothing, for nothing in them is looked at)"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine(case, lambda statement: self._look(statement, case))

    def _look(self, statement: VerifiedStatement, case: Case) -> Iterable[Finding]:
        if is_sbom(self.evidence.types[0]):
            problem = self.evidence.unusable(statement, case)
            if problem is not None:
                yield problem
                return
            yield from self._described(statement, case)
        if self.schema is not None and statement.statement is not None:
            try:
                document = predicate_document(statement.statement)
            except StatementError as error:
                yield denied(self.id, case, error.message, code=error.code, evidence=(statement.evidence,))
                return
            for path, problem_text in self.schema.problems(document):
                yield denied(
                    self.id,
                    case,
                    f"the predicate of {self.evidence.what} does not fit the policy's schema: {path}:"
                    f" {problem_text}",
                    hint="compare it with 'verify attestations --type … --predicate'",
                    evidence=(statement.evidence,),
                    element=path,
                )

    def _described(self, statement: VerifiedStatement, case: Case) -> Iterator[Finding]:
        other = describes_another(case.sboms.get(statement.evidence), case.platform.digest)
        if other is not None:
            yield Finding(
                rule=self.id,
                policy=case.policy,
                outcome=Outcome.WARN,
                verdict=Verdict.PASS,
                code="SbomError",
                message=f"the SBOM is attested about {case.platform.digest}, and says that it describes"
                f" {other}",
                evidence=(statement.evidence,),
            )


def build(options: Mapping[str, Any], context: Context) -> Attestation:
    """Make the rule from its options. Raises `OptionError`.

    An SBOM of anything but the platform is an error: what the index's SBOM lists are manifests, not contents.
    """
    kind = at(("type",), parse_predicate_type, options["type"])
    an_sbom = is_sbom(kind)
    if an_sbom and options.get("on", "platform") != "platform":
        raise OptionError(
            f"an SBOM on {options['on']!r} cannot stand for the contents of a platform",
            path=("on",),
            hint="leave 'on' out, or write on: platform",
        )
    evidence = read_evidence(
        Attestation.id,
        options,
        context,
        types=(kind,),
        on="platform" if an_sbom else "either",
        select="all" if {"schema", "schema-file"} & options.keys() else "any",
        selectable=("any", "all", "latest"),
    )
    return Attestation(evidence, PredicateSchema.read(options, context))


def attestation(kind: str, signers: tuple[str, ...]) -> Attestation:
    """The rule that any one of ``signers`` attested ``kind``. Raises `InputError` for an unknown type."""
    parse_predicate_type(kind)
    on: On = "platform" if is_sbom(kind) else "either"
    return Attestation(Evidence(Attestation.id, (kind,), on, Quorum(signers), "any"))


SPEC = RuleSpec(
    id=Attestation.id,
    title="Attestation of a type",
    what="""\
An attestation of a predicate type is there, by a wanted signer, about this platform or the index that lists
it. The type is a URI, compared exactly, or an alias that stands for all versions of its type.

An SBOM (`spdx`, `cyclonedx`, and their URIs) must be one of the platform's contents: about the platform's own
manifest, decodable, with at least one package that is not an image. The SBOM of an index lists its platforms
and says nothing of their contents, so `on: index` is an error for it.

With `schema`, the predicate of **every** attestation that counts must fit a JSON Schema, unless `select` says
otherwise: a second one that fits does not make up for one that does not. Without it, any one attestation will
do. References lead nowhere but into the schema itself.
`properties` asks nothing of what is not there: name it under `required`. A predicate that is no object fits
only a schema that says its `type`, or that has keywords for its kind.
Keywords that JSON Schema does not know, or that nothing would check (`format`), are errors, and so are
those that take more than linear time (`uniqueItems`, `unevaluatedProperties`). Patterns are RE2's, and
found anywhere in the text unless they are anchored with `^` and `$`.""",
    options={
        "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2048,
            "description": "The predicate type: an alias such as spdx, or a URI.",
        },
        **ON_OPTION,
        **evidence_options("all with a schema, else any"),
        "schema": {"type": "object", "description": "A JSON Schema (2020-12) that the predicate must fit."},
        "schema-file": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2048,
            "description": "The same in a JSON file beside the policy.",
        },
    },
    required=("type",),
    example="""\
- attestation:
    type: https://example.com/review/v1
    on: index
    max-age: 30d
    schema:
      required: [approved]
      properties: {approved: {const: true}}
""",
    fix="Attest what is asked for, about the digest that is named, by a wanted signer; `verify tree` shows"
    " what is there now.",
    build=build,
)
