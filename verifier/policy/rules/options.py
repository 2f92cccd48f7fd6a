"""The options that rules on evidence share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast, get_args

from verifier.errors import InputError
from verifier.model.verified import Proof
from verifier.policy.interface import Context, OptionError
from verifier.policy.quorum import Quorum
from verifier.policy.rules.evidence import SBOM_TYPES, Evidence, Select
from verifier.policy.rules.terms import On, Terms
from verifier.policy.signers import Identity, KeyIdentity
from verifier.policy.times import DURATION_SCHEMA, parse_duration
from verifier.policy.words import did_you_mean
from verifier.text import safe

T = TypeVar("T")

_NAMES = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "minLength": 1}}

SIGNERS_OPTION: Mapping[str, Any] = {
    "description": "Whose word counts. A list, or any-of: any one of them; all-of: each of them; at-least"
    " with of: so many distinct ones. Default: any signer of the file.",
    "oneOf": [
        _NAMES,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "any-of": {**_NAMES, "description": "Any one of these."},
                "all-of": {**_NAMES, "description": "Each of these, and each a signer of its own."},
                "at-least": {"type": "integer", "minimum": 1, "description": "So many of those under 'of'."},
                "of": {**_NAMES, "description": "Of whom 'at-least' must have signed."},
            },
        },
    ],
}

_ON = {
    "enum": list(get_args(On)),
    "description": "What it must be about. An image that is no index is its own platform and its own index.",
}

TERMS_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "max-age": {
        **DURATION_SCHEMA,
        "description": "Attestations that were signed longer ago, by trusted time, do not count: 12h, 90d.",
    },
    "proof": {
        "enum": [proof.value for proof in Proof],
        "description": "How the log must prove the entry: promise takes either, inclusion-proof only that."
        " Default: a managed key needs no log entry, all else has one anyway.",
    },
}
"""Options on what counts at all."""

NO_ANY = "all. any is refused: one more attestation would turn a refusal into a pass"


def evidence_options(default: str) -> Mapping[str, Mapping[str, Any]]:
    """Options of every rule on attestations; ``default`` is what they say of ``select``."""
    return {
        "signers": SIGNERS_OPTION,
        "select": {
            "enum": list(get_args(Select)),
            "description": "Which of the attestations that count must be as the rule says: all, any one, or"
            f" the latest by trusted time. Default: {default}.",
        },
        **TERMS_OPTIONS,
        "minimum": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "How many must count. Default: 1.",
        },
    }


ON_OPTION: Mapping[str, Mapping[str, Any]] = {"on": _ON}

SBOM_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "type": {
        "enum": list(SBOM_TYPES),
        "description": "The format of the SBOM. Default: every SBOM of the platform, whatever its format.",
    },
    **evidence_options(NO_ANY),
}
"""Options of every rule on the contents of SBOMs."""


def read_quorum(options: Mapping[str, Any], context: Context, *, key: str = "signers") -> Quorum:
    """The signers that ``options`` name; any signer of the policy where they name none.

    Raises `OptionError`.
    """
    value = options.get(key)
    if value is None:
        if not context.unless_named:
            raise OptionError(
                "it does not say whose word counts",
                hint="name signers: this policy has some of its own and inherits others"
                if context.signers
                else "the policy has no signers: add some, or extend it by one that has",
            )
        context.defaulted()
        return Quorum(context.unless_named)
    if isinstance(value, list):
        return Quorum(_known(value, context, (key,)))
    kinds = value.keys() & {"any-of", "all-of", "at-least"}
    if len(kinds) != 1 or ("of" in value) != ("at-least" in value):
        raise OptionError(
            "signers are any-of, or all-of, or at-least together with of",
            path=(key,),
            hint="write [a, b], {any-of: [a, b]}, {all-of: [a, b]} or {at-least: 2, of: [a, b, c]}",
        )
    (kind,) = kinds
    names = _known(
        value["of" if kind == "at-least" else kind], context, (key, "of" if kind == "at-least" else kind)
    )
    needed = {"any-of": 1, "all-of": len(names)}.get(kind) or value["at-least"]
    _require_possible(names, needed, context, key)
    return Quorum(names, needed)


def _require_possible(names: Collection[str], needed: int, context: Context, key: str) -> None:
    distinct = len({_who(context.signers[name]) for name in names})
    if needed > len(names):
        raise OptionError(
            f"{needed} of {len(names)} signers can never be met",
            path=(key, "at-least"),
            hint=f"name {needed} signers or more under 'of', or ask for fewer",
        )
    if needed > distinct:
        raise OptionError(
            f"two of these names are one signer, so that {needed} can never be met", path=(key,)
        )


def _who(identity: Identity) -> tuple[str, ...]:
    """What tells ``identity`` from others; a pattern may be several signers, and so is its own."""
    if isinstance(identity, KeyIdentity):
        return (identity.key.fingerprint,)
    if identity.issuer.is_pattern or identity.subject.is_pattern:
        return (identity.name,)
    return (identity.issuer.text, identity.subject.text)


def _known(names: Collection[str], context: Context, path: tuple[str, ...]) -> tuple[str, ...]:
    for number, name in enumerate(names):
        if name not in context.signers:
            raise OptionError(
                f"the signer {safe(name, limit=60)!r} is not under signers",
                path=(*path, number),
                hint=did_you_mean(name, context.signers),
            )
    return tuple(names)


def read_evidence(
    rule: str,
    options: Mapping[str, Any],
    context: Context,
    *,
    types: tuple[str, ...],
    on: On,
    select: Select = "all",
    selectable: Collection[Select] = ("all", "latest"),
) -> Evidence:
    """The evidence that ``options`` describe; ``on`` and ``select`` are the defaults. Raises `OptionError`.

    A rule that denies takes no ``any``: one more attestation would turn its refusal into a pass.
    """
    chosen = cast(Select, options.get("select", select))
    if chosen not in selectable:
        raise OptionError(
            f"{rule} cannot select {chosen}: one more attestation would turn a refusal into a pass",
            path=("select",),
            hint=f"choose {' or '.join(selectable)}",
        )
    return Evidence(
        rule=rule,
        types=types,
        on=cast(On, options.get("on", on)),
        quorum=read_quorum(options, context),
        select=chosen,
        terms=read_terms(options),
        minimum=options.get("minimum", 1),
    )


def read_terms(options: Mapping[str, Any]) -> Terms:
    """What ``max-age`` and ``proof`` ask of a statement. Raises `OptionError`."""
    max_age = options.get("max-age")
    return Terms(
        max_age=None if max_age is None else at(("max-age",), parse_duration, max_age),
        proof=Proof(options["proof"]) if "proof" in options else None,
    )


def read_sbom_evidence(rule: str, options: Mapping[str, Any], context: Context) -> Evidence:
    """The SBOMs that ``options`` (`SBOM_OPTIONS`) describe. Raises `OptionError`."""
    types = (options["type"],) if "type" in options else SBOM_TYPES
    return read_evidence(rule, options, context, types=types, on="platform")


def at(path: tuple[str | int, ...], read: Callable[[Any], T], value: Any) -> T:
    """``read(value)``, and where that is wrong, say that it stands at ``path`` of the options."""
    try:
        return read(value)
    except OptionError as error:
        raise OptionError(error.message, path=(*path, *error.path), hint=error.hint) from None
    except InputError as error:
        raise OptionError(error.message, path=path, hint=error.hint) from None
