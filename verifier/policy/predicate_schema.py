"""A JSON Schema that a predicate must fit.

The schema is the policy's author's, the predicate may be anybody's: nothing is fetched, expressions take
linear time (RE2), and what would take more than that is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Self

from verifier.errors import InputError
from verifier.limits import POLICY_BYTES
from verifier.policy.interface import Context, OptionError
from verifier.policy.schema_keywords import require_sound
from verifier.policy.text_patterns import compiled
from verifier.strict_json import Json, StrictJsonError, loads
from verifier.text import safe

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SHOWN = 20
_KEYWORDS: Sequence[tuple[type | tuple[type, ...], frozenset[str]]] = (
    (
        dict,
        frozenset(
            {"properties", "patternProperties", "additionalProperties", "propertyNames", "required"}
            | {"dependentRequired", "dependentSchemas", "minProperties", "maxProperties"}
        ),
    ),
    (list, frozenset({"items", "prefixItems", "contains", "minItems", "maxItems"})),
    (str, frozenset({"pattern", "minLength", "maxLength"})),
    ((int, float), frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})),
)
_STEPS = 100  # references that are followed for each value of a document
_SPENT: ContextVar[list[int]] = ContextVar("references that may still be followed")


@dataclass(frozen=True, slots=True)
class PredicateSchema:
    """The schema, as JSON text."""

    text: str

    @classmethod
    def read(cls, options: Mapping[str, Any], context: Context) -> Self | None:
        """The schema under ``schema`` or in the file ``schema-file``; None without. Raises `OptionError`."""
        if "schema" in options and "schema-file" in options:
            raise OptionError("schema and schema-file are given together", path=("schema-file",))
        if "schema" in options:
            return cls._checked(options["schema"], ("schema",))
        if "schema-file" not in options:
            return None
        path = ("schema-file",)
        try:
            raw = context.read(options["schema-file"])
            return cls._checked(loads(raw, limit=POLICY_BYTES), path)
        except StrictJsonError as error:
            raise OptionError(f"no acceptable JSON: {safe(error)}", path=path) from None
        except OptionError:
            raise
        except InputError as error:
            raise OptionError(error.message, path=path, hint=error.hint) from None

    @classmethod
    def _checked(cls, schema: Any, path: tuple[str, ...]) -> Self:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError

        if not isinstance(schema, dict):
            raise OptionError("a schema is an object", path=path)
        if schema.get("$schema", _DIALECT) != _DIALECT:
            raise OptionError(f"only schemas of {_DIALECT} are read", path=path)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            where = error.json_path
            raise OptionError(
                f"no JSON Schema: {where}: {safe(error.message, limit=200)}", path=path
            ) from None
        try:
            require_sound(schema)
        except InputError as error:
            raise OptionError(error.message, path=path, hint=error.hint) from None
        return cls(json.dumps(schema, sort_keys=True))

    def problems(self, document: Json) -> Sequence[tuple[str, str]]:
        """What in ``document`` does not fit: JSON path and reason. Raises nothing."""
        from jsonschema.exceptions import ValidationError
        from referencing.exceptions import Unresolvable

        validator = _validator(self.text)
        if not _speaks_of(document, validator.schema):
            return [("$", "the schema asks nothing of a value of this kind, and does not say its type")]
        said: list[tuple[str, str]] = []
        spent = _SPENT.set([_STEPS * (1 + _size(document))])
        try:
            for error in islice(validator.iter_errors(document), _SHOWN):
                reason = error.message if isinstance(error, ValidationError) else str(error)
                said.append((safe(error.json_path, limit=200), safe(reason, limit=200)))
        except (Unresolvable, RecursionError, InputError, ValueError) as error:
            why = error.message if isinstance(error, InputError) else type(error).__name__
            said.append(("$", f"it cannot be compared: {safe(why)}"))
        finally:
            _SPENT.reset(spent)
        return said


def _speaks_of(document: Json, schema: Mapping[str, Any]) -> bool:
    """Whether ``schema`` can refuse a value of the kind of ``document``.

    To JSON Schema ``required`` and ``properties`` ask nothing of a list. Where the schema says nothing of the
    kind, it is taken for one of objects, as in-toto wants predicates to be.
    """
    if not schema.keys().isdisjoint({"type", "const", "enum"}):
        return True
    kinds = [kind for kind, keywords in _KEYWORDS if not keywords.isdisjoint(schema)]
    return any(isinstance(document, kind) for kind in kinds or [dict])


def _size(document: Json) -> int:
    """How many values ``document`` holds."""
    count, level = 0, [document]
    while level:
        node = level.pop()
        count += 1
        if isinstance(node, dict):
            level += node.values()
        elif isinstance(node, list):
            level += node
    return count


@lru_cache(maxsize=64)
def _validator(text: str) -> Any:
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry

    linear = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {
            "$ref": _reference,
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional_properties,
        },
    )
    # An empty registry: no reference is ever fetched.
    return linear(json.loads(text), registry=Registry())


def _reference(validator: Any, target: str, instance: Any, _schema: Any) -> Iterator[Any]:
    """Follow a reference, unless they lead on and on: two that lead back double with every level."""
    left = _SPENT.get()
    left[0] -= 1
    if left[0] < 0:
        raise InputError("the schema's references lead on and on")
    yield from validator._validate_reference(ref=target, instance=instance)  # noqa: SLF001 - as jsonschema's own


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not compiled(pattern).search(instance):
        yield ValidationError(f"{safe(instance, limit=100)!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, properties: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    for pattern, subschema in properties.items():
        for key, value in instance.items():
            if compiled(pattern).search(key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, subschema: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if not isinstance(instance, dict):
        return
    named = schema.get("properties", {})
    patterns = [compiled(pattern) for pattern in schema.get("patternProperties", {})]
    for key, value in instance.items():
        if key in named or any(pattern.search(key) for pattern in patterns):
            continue
        if subschema is False:
            yield ValidationError(f"{safe(key, limit=100)!r} is none of the properties", path=[key])
        else:
            yield from validator.descend(value, subschema, path=key)
