"""Which JSON Schemas can be trusted to judge a document: those that ask what they seem to ask, and stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verifier.errors import InputError
from verifier.policy.text_patterns import compiled
from verifier.policy.words import did_you_mean
from verifier.text import safe

_ONE = {"not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"}
_LIST = {"allOf", "anyOf", "oneOf", "prefixItems"}
_MAP = {"properties", "patternProperties", "dependentSchemas", "$defs"}
_PLAIN = {
    *("$ref", "type", "enum", "const", "required", "dependentRequired", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"),
    *("minContains", "maxContains", "minProperties", "maxProperties"),
}
_REMARKS = {
    *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"),
}
_KNOWN = _ONE | _LIST | _MAP | _PLAIN | _REMARKS
_SLOW = "takes more than linear time in the document"
_UNCHECKED = "is a remark to JSON Schema, and nothing would check it"
_REFUSED = {
    "uniqueItems": (_SLOW, None),
    "unevaluatedItems": (_SLOW, "write 'items: false' beside prefixItems"),
    "unevaluatedProperties": (_SLOW, "write 'additionalProperties: false'"),
    "format": (_UNCHECKED, "write a pattern"),
    "contentEncoding": (_UNCHECKED, None),
    "contentMediaType": (_UNCHECKED, None),
    "contentSchema": (_UNCHECKED, None),
}


def require_sound(schema: Mapping[str, Any]) -> None:
    """Raise `InputError` for what fetches, is not checked, or takes more than linear time in the document.

    ``schema`` fits the schema of schemas, which knows every keyword and takes any other for a remark: one
    that is misspelt would ask for nothing.
    """
    if schema.keys() <= _REMARKS | {"$schema", "$defs"}:
        raise InputError("a schema that asks for nothing")
    places, references = {"#"}, []
    waiting: list[tuple[str, Any]] = [("#", schema)]
    while waiting:
        place, node = waiting.pop()
        places.add(place)
        for key, value in node.items() if isinstance(node, dict) else ():
            if not (key == "$schema" and place == "#"):
                _require_known(key, value)
            if key == "$ref":
                references.append(value)
            waiting += _inside(f"{place}/{_escaped(key)}", key, value)
    for target in references:
        if target not in places:
            raise InputError(
                f"$ref leads to no schema inside this one: {safe(target, limit=100)!r}",
                hint="put the definition under $defs and write #/$defs/NAME",
            )


def searched_patterns(schema: Mapping[str, Any]) -> Iterator[str]:
    """The patterns that a text or a name must have in it.

    None of those under ``not`` and ``if``: it must not have the first, and the others only choose.
    """
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        for key, value in node.items() if isinstance(node, dict) else ():
            if key == "pattern":
                yield value
            elif key == "patternProperties":
                yield from value
            if key not in {"not", "if"}:
                waiting += [inner for _, inner in _inside("", key, value)]


def _require_known(key: str, value: Any) -> None:
    if key in _REFUSED and not (key == "uniqueItems" and value is False):
        problem, hint = _REFUSED[key]
        raise InputError(f"{key} {problem}", hint=hint)
    if key not in _KNOWN and key not in _REFUSED:
        raise InputError(
            f"the keyword {safe(key, limit=60)!r} is none that is supported", hint=did_you_mean(key, _KNOWN)
        )
    patterns = [value] if key == "pattern" else value if key == "patternProperties" else ()
    for pattern in patterns:
        try:
            compiled(pattern)
        except InputError as error:
            message = f"the pattern {safe(pattern, limit=60)!r}: {error.message}"
            raise InputError(message, hint=error.hint) from None


def _inside(place: str, key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The schemas below a keyword, each with the JSON pointer that leads to it."""
    if key in _ONE:
        yield place, value
    elif key in _LIST:
        yield from ((f"{place}/{number}", item) for number, item in enumerate(value))
    elif key in _MAP:
        yield from ((f"{place}/{_escaped(name)}", item) for name, item in value.items())


def _escaped(name: str) -> str:
    """``name`` in a JSON pointer, RFC 6901, section 3."""
    return name.replace("~", "~0").replace("/", "~1")
