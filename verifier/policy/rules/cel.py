"""An expression of the policy's own holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from verifier.limits import CEL_EXPRESSION_LENGTH, CEL_MEMORY, CEL_SECONDS, MESSAGE_LENGTH, MIB
from verifier.model.predicate import parse_predicate_type
from verifier.policy.cel import EVIDENCE, Kind, compile_expression, uses
from verifier.policy.cel_rule import Cel
from verifier.policy.cel_run import ELEMENT, Expressions
from verifier.policy.interface import Context, OptionError, RuleSpec
from verifier.policy.quorum import Quorum
from verifier.policy.rules.evidence import SBOM_TYPES, Evidence, is_sbom
from verifier.policy.rules.options import NO_ANY, at, evidence_options, read_evidence, read_quorum

_ONE_BY_ONE = ("select", "max-age", "proof", "minimum")


def build(options: Mapping[str, Any], context: Context) -> Cel:
    """Make the rule from its options. Raises `OptionError`."""
    expressions = _expressions(options)
    used = frozenset(expressions.used)
    evidence = _evidence(expressions.each, used, options, context)
    kind = _kind(expressions.each, used, options)
    if evidence is not None:
        quorum = evidence.quorum
    else:
        quorum = _quorum(options, context, by_somebody=bool(used & {*EVIDENCE, "signature"}))
    return Cel(expressions, options.get("message"), quorum, evidence, kind)


def _expressions(options: Mapping[str, Any]) -> Expressions:
    each = options.get("each")
    element = ELEMENT[each] if each else None
    kinds: Mapping[str, Kind] = {"check": "bool", "when": "bool", "message-expression": "string"}
    for key, kind in kinds.items():
        if key in options:
            at((key,), partial(compile_expression, element=element, kind=kind), options[key])
    looks_at = uses(options["check"], element)
    if not looks_at:
        raise OptionError(
            "it looks at nothing, so that it is always true or always false",
            path=("check",),
            hint="write of image, platform, config, signatures, attestations, provenance or sbom",
        )
    if element is not None and element not in looks_at:
        raise OptionError(
            f"it does not look at {element}, so that 'each: {each}' has no effect", path=("check",)
        )
    return Expressions.of(
        options["check"], when=options.get("when"), message=options.get("message-expression"), each=each
    )


def _evidence(
    each: str | None, used: frozenset[str], options: Mapping[str, Any], context: Context
) -> Evidence | None:
    """What is looked into one by one; None for a rule that looks at all of it together, or at none."""
    if each in {"attestation", "signature"} and "sbom" in used:
        raise OptionError(
            f"sbom is not there with 'each: {each}'",
            path=("check",),
            hint="look at it in a rule of its own, or with 'each: package'",
        )
    read = partial(read_evidence, Cel.id, options, context)
    kind = options.get("type")
    if each == "attestation":
        if kind is None:
            raise OptionError(
                "it must say which attestations", path=("each",), hint="add type: slsa-provenance, or another"
            )
        at(("type",), parse_predicate_type, kind)
        if is_sbom(kind):
            raise OptionError(
                "an SBOM is not looked into as an attestation",
                path=("type",),
                hint="choose 'each: package', or write of sbom without 'each'",
            )
        return read(types=(kind,), on="either")
    if each == "package" or "sbom" in used:
        if kind is not None and kind not in SBOM_TYPES:
            raise OptionError(
                f"the type of an SBOM is {' or '.join(SBOM_TYPES)}",
                path=("type",),
                hint="look at other attestations in a rule of their own",
            )
        return read(types=SBOM_TYPES if kind is None else (kind,), on="platform")
    for key in _ONE_BY_ONE:
        if key in options:
            raise OptionError(
                f"{key} has no effect here",
                path=(key,),
                hint="it is for 'each: package', 'each: attestation', and rules that look at sbom",
            )
    return None


def _kind(each: str | None, used: frozenset[str], options: Mapping[str, Any]) -> str | None:
    """The type that the list of attestations is narrowed to."""
    kind = options.get("type")
    if kind is None or each == "package" or "sbom" in used:
        return None
    if each != "attestation" and "attestations" not in used:
        raise OptionError("type has no effect here", path=("type",), hint="the check looks at no attestation")
    at(("type",), parse_predicate_type, kind)
    return cast(str, kind)


def _quorum(options: Mapping[str, Any], context: Context, *, by_somebody: bool) -> Quorum:
    """Whose word a rule takes that looks at all of it together; nobody's for facts that nobody signs."""
    if not by_somebody:
        if "signers" in options:
            raise OptionError(
                "signers have no effect here", path=("signers",), hint="the check looks at nothing signed"
            )
        return Quorum(())
    quorum = read_quorum(options, context)
    if quorum.needed > 1:
        raise OptionError(
            "only any one of the signers can be asked for here",
            path=("signers",),
            hint="require several with a signature or an attestation rule",
        )
    return quorum


_EXPRESSION = {"type": "string", "minLength": 1, "maxLength": CEL_EXPRESSION_LENGTH}

SPEC = RuleSpec(
    id=Cel.id,
    title="Expression of your own",
    what=f"""\
A [CEL](https://github.com/cel-expr/cel-spec) expression is true: for what no other rule says. It sees
verified facts only:

- `image`: `name` (of a layout, what it says of itself), `registry`, `repository`, `digest`, `mediaType`,
  `isIndex`, `annotations`.
- `platform`: `name` (such as `linux/arm/v7`), `os`, `architecture`, `variant`, `osVersion`, `digest` of its
  manifest, `layers` (how many), `annotations`.
- `config`: the image configuration as it is: `config.config.User`, `config.created`.
- `signatures`: the image signatures on the platform or its index. Each has `signer`, `signedAt`, `logProof`
  (`promise` or `inclusion-proof`), `scope` (`platform`, `index` or `image`), the digest of its `evidence`,
  and the `annotations` that the signer added.
- `attestations`: the attestations about the platform or its index; with `type`, only those. Each has the same
  facts, `predicateType` and `predicate` (but not that of an SBOM).
- `provenance`: those of all attestations that are SLSA provenance.
- `sbom`: `format`, `name`, `namespace`, `created`, `creators`, `packages` (how many), `files` (how many),
  `licenses` and `suppliers` (each once, as written), and the facts of its attestation.
- `pkg`, with `each: package`: `id`, `name`, `version`, `supplier`, `originator`, `downloadLocation`,
  `licenseDeclared`, `licenseConcluded`, `purls`, `checksums`, `purpose`, `filesAnalyzed`,
  `inside` (false for what the document lists and calls external, optional or excluded).
- `attestation` or `signature`, with `each`: one of those above.
- `now`: the time to judge for.

A `signer` is what the certificate says, or which key it was: `names` (those in the policy that it fits),
`kind` (`certificate` or `key`), `issuer`, `subject`, `subjectKind`, `claims` (by Fulcio's names, such as
`claims.sourceRepositoryURI`), or `fingerprint`. What stands under `predicate` and `annotations` is what the
signer claims. Times in facts are texts: `timestamp(signature.signedAt) > now - duration("720h")`.

Only what the policy's signers said is there. What is not known has no key: an empty field, an SPDX
`NOASSERTION`, an empty list. Nor is there a list of statements without any in it: a registry can hide what it
likes, so a rule cannot ask that nothing is there. A check that looks at such lists fails where all of them
are empty, whatever else is true.

The rule fails unless the check is clearly `true`: where it is false, looks at a field that is not there,
compares different types, divides by zero, gives a text, or takes more than {CEL_SECONDS:g} seconds or
{CEL_MEMORY // MIB} MiB of memory. `||` and `&&` are CEL's: `true || error` is true. Test with
`has(pkg.supplier)`, or give a default: `pkg.?supplier.orValue("")`. Where `when` is false, the rule does not
apply; where it cannot be evaluated, the rule fails. `matches` finds its pattern anywhere in a text: write `^`
and `$`.

`each: package` evaluates the check for every package of every SBOM, `each: attestation` for every attestation
of `type`, `each: signature` for every image signature. If there are none, the rule fails. A rule that looks
at `sbom` must hold for every SBOM. Prefer these to `attestations.filter(…).all(…)`, which is true where the
filter leaves nothing. CEL's own loops end with an error at 10,000 elements.

An expression can read no file, no network, no environment and no clock, and is evaluated in a process of its
own. `getHours("Europe/Rome")` and the like go by the time zones of the machine: prefer UTC.""",
    options={
        "check": {**_EXPRESSION, "description": "The expression that must be true."},
        "when": {
            **_EXPRESSION,
            "description": "Where this is false, the rule does not apply. With 'each' it can choose.",
        },
        "message": {
            "type": "string",
            "minLength": 1,
            "maxLength": MESSAGE_LENGTH,
            "description": "What to say where the check is false.",
        },
        "message-expression": {
            **_EXPRESSION,
            "description": "The same as an expression that gives a text. Where it gives none, 'message'.",
        },
        "each": {
            "enum": sorted(ELEMENT),
            "description": "Evaluate the check for each of these, called pkg, attestation or signature.",
        },
        "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2048,
            "description": "Which attestations: an alias such as vuln, or a URI. Of SBOMs: spdx, cyclonedx.",
        },
        **evidence_options(NO_ANY),
    },
    required=("check",),
    example="""\
- cel:
    id: no-plain-http
    each: package
    when: has(pkg.downloadLocation)
    check: '!pkg.downloadLocation.startsWith("http:")'
    message-expression: '"downloaded without TLS from " + pkg.downloadLocation'
""",
    fix="The message tells what is not as the policy wants; `verify attestations` and `verify sbom` show what"
    " the expression sees. Where it says that the check could not be evaluated, guard it with `has()`.",
    build=build,
)
