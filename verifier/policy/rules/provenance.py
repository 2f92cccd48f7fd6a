"""The provenance says what the policy wants of the build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast, get_args

from verifier.errors import InputError, StatementError
from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.predicates.nodes import PredicateError
from verifier.policy.predicates.slsa import read_provenance
from verifier.policy.predicates.sources import read_address
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import ON_OPTION, at, evidence_options, read_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.provenance_certificate import contradictions
from verifier.policy.rules.provenance_checks import (
    Check,
    Claim,
    Materials,
    OnlyParameters,
    Parameter,
    Subject,
)
from verifier.policy.text_patterns import TextMatcher, compiled

_LOOK = "'verify attestations --type slsa-provenance --predicate' shows it"


@dataclass(frozen=True, slots=True)
class ProvenanceRule:
    """Each provenance that is looked into passes every one of ``checks`` and agrees with its certificate."""

    id: ClassVar[str] = "provenance"
    evidence: Evidence
    checks: tuple[Check, ...]

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return self.evidence.withheld

    def asks(self) -> str:
        """See `Rule.asks`."""
        wanted = "".join(f"; its {check}" for check in self.checks)
        evidence = self.evidence
        return f"there is an {evidence.asks()}, and {evidence.which} agrees with its certificate{wanted}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine(case, lambda statement: self._look(statement, case))

    def _look(self, statement: VerifiedStatement, case: Case) -> Iterable[Finding]:
        evidence = (statement.evidence,)
        if statement.statement is None:
            return
        try:
            provenance = read_provenance(statement.statement)
        except StatementError as error:
            yield denied(
                self.id,
                case,
                f"the provenance cannot be read: {error.message}",
                code=error.code,
                hint=error.hint or _LOOK,
                evidence=evidence,
                element=error.path if isinstance(error, PredicateError) else None,
            )
            return
        for message, path in contradictions(provenance, statement.signer):
            yield denied(
                self.id,
                case,
                message,
                code=StatementError.code,
                hint="one of the two is wrong about where the image comes from; ask who builds it",
                evidence=evidence,
                element=path,
            )
        for check in self.checks:
            for problem in check.problems(provenance):
                yield denied(
                    self.id, case, problem.message, hint=problem.hint, evidence=evidence, element=problem.path
                )


def build(options: Mapping[str, Any], context: Context) -> ProvenanceRule:
    """Make the rule from its options. Raises `OptionError`."""
    evidence = read_evidence(
        ProvenanceRule.id,
        options,
        context,
        types=("slsa-provenance",),
        on="either",
        selectable=("all", "any", "latest"),
    )
    return ProvenanceRule(evidence, tuple(_checks(options)))


def _checks(options: Mapping[str, Any]) -> Iterator[Check]:
    for subject in cast(tuple[Subject, ...], get_args(Subject)):
        if subject in options and f"{subject}-pattern" in options:
            raise OptionError(f"both {subject} and {subject}-pattern", path=(f"{subject}-pattern",))
        read = _source if subject == "source" else _exact(subject)
        for key, reader in ((subject, read), (f"{subject}-pattern", _pattern)):
            if key in options:
                yield Claim(subject, at((key,), reader, options[key]))
    for path, wanted in options.get("parameters", {}).items():
        yield Parameter(path, wanted)
    if "only-parameters" in options:
        yield OnlyParameters(tuple(options["only-parameters"]))
    if "materials" in options:
        yield at(("materials",), _materials, options["materials"])


def _exact(subject: str) -> Callable[[str], TextMatcher]:
    return lambda text: _hinted(lambda: TextMatcher.exact(text, otherwise=f"{subject}-pattern"))


def _pattern(text: str) -> TextMatcher:
    return _hinted(lambda: TextMatcher.pattern(text))


def _hinted(read: Callable[[], TextMatcher]) -> TextMatcher:
    """The hints of `TextMatcher` that speak of signers are of no use here."""
    try:
        return read()
    except InputError as error:
        hint = None if error.hint and "issuer" in error.hint else error.hint
        raise OptionError(error.message, hint=hint or "leave it out to take any") from None


def _source(text: str) -> TextMatcher:
    """The repository, in the form to which provenances' own are brought."""
    wanted = _exact("source")(text)
    address = read_address(text)
    if address.ref:
        raise OptionError("it names a ref as well", hint="put what follows the @ or # under 'ref'")
    if "://" not in address.repository:
        raise OptionError(
            "it is no address of a repository", hint="write it with its protocol: https://github.com/org/app"
        )
    return TextMatcher(address.repository, is_pattern=wanted.is_pattern)


def _materials(options: Mapping[str, Any]) -> Materials:
    exact = [
        at(("allow", number), _exact("allow"), text) for number, text in enumerate(options.get("allow", ()))
    ]
    patterns = [
        at(("allow-pattern", number), _any_pattern, text)
        for number, text in enumerate(options.get("allow-pattern", ()))
    ]
    return Materials("pinned" in options, (*exact, *patterns))


def _any_pattern(text: str) -> TextMatcher:
    """A pattern that may be wide: it is not what says who built the image."""
    compiled(text)
    return TextMatcher(text, is_pattern=True)


_TEXT = {"type": "string", "minLength": 1, "maxLength": 2048}
_TEXTS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": _TEXT}


def _claim_options(subject: Subject, description: str) -> dict[str, Mapping[str, Any]]:
    return {
        subject: {**_TEXT, "description": f"{description} Compared whole and exactly."},
        f"{subject}-pattern": {**_TEXT, "description": f"{description} An RE2 expression for the whole."},
    }


SPEC = RuleSpec(
    id=ProvenanceRule.id,
    title="Provenance of the build",
    what="""\
The SLSA provenance (v0.2 or v1) by a wanted signer says of the build what the policy wants. Every option is
about the **predicate**, which is the builder's word; what the signing certificate says is asked of the
signer, under `signers`. SLSA wants both: accept a builder only from the signer that may speak for it.

Where the certificate names the source repository, its ref or its commit, the provenance must not name
another. A contradiction is a failure, whatever the options are.

Without `select`, every provenance by a wanted signer must be as wanted; `select: any` takes one of several
that different builders made.

- `source` is the repository without its ref. `git+`, credentials, a slash or `.git` at its end make no
  difference: `git+https://github.com/org/app.git@refs/heads/main` is from `https://github.com/org/app`.
  It is read from `invocation.configSource` (v0.2) and from `workflow`, `buildConfigSource`, `configSource` or
  `source` of the external parameters (v1), as GitHub, Google, Tekton, BuildKit and GitLab write it. apko's
  provenance names none.
- `ref` is what stands in the provenance: `refs/heads/main` mostly, and not `main`.
- `parameters` are external parameters, by their keys with dots between (`inputs.channel`) or by a JSON
  pointer (`/inputs/channel`). A text is never equal to a number.
- `only-parameters` are all that may be set at the top level. `workflow` and its like are among them in v1.
- `materials` must be there. `pinned` wants a digest (or a commit) for each of them, `allow` and
  `allow-pattern` say which addresses may be among them.

A provenance that cannot be read, and whatever it does not say, is a failure.""",
    options={
        **_claim_options("builder", "The builder's id."),
        **_claim_options("build-type", "The build type."),
        **_claim_options("source", "The source repository, without a ref."),
        **_claim_options("ref", "The ref of the source repository."),
        **_claim_options("entry-point", "The entry point: the workflow's path, the Dockerfile, the job."),
        "parameters": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"minLength": 1, "maxLength": 1024},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
            "description": "External parameters and the values that they must have.",
        },
        "only-parameters": {**_TEXTS, "description": "The external parameters that may be set."},
        "materials": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "pinned": {"const": True, "description": "Each must have a digest that identifies it."},
                "allow": {**_TEXTS, "description": "Addresses that may be among them, exactly."},
                "allow-pattern": {**_TEXTS, "description": "RE2 expressions for such addresses."},
            },
            "description": "What must hold of all materials (resolved dependencies).",
        },
        **ON_OPTION,
        **evidence_options("all"),
    },
    example="""\
- provenance:
    builder-pattern: https://github\\.com/org/app/\\.github/workflows/release\\.yaml@refs/tags/v[0-9.]+
    source: https://github.com/org/app
    ref-pattern: refs/tags/v[0-9.]+
    only-parameters: [workflow]
    materials: {pinned: true}
""",
    fix="Build the image where and from what the policy wants, or accept in the policy what the finding"
    f" names, if that is right; {_LOOK}.",
    build=build,
)
