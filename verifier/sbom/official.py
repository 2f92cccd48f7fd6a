"""Hold an SBOM against the official JSON schema of its format and version.

The schemas lie in `schemas/`, to the letter; its README says where each is from. jsonschema-rs does the work:
10,000 packages take it some 10 ms, jsonschema more than a second. Import where used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from jsonschema_rs import RegexOptions, Registry, ValidationError, validator_for

from verifier.limits import SBOM_PROBLEMS, SBOM_SLICE
from verifier.model.sbom import ValidationProblem
from verifier.sbom.official_words import Vocabulary, problem_of
from verifier.strict_json import Json

FORMATS: Final = ("SPDX-2.2", "SPDX-2.3", *(f"CycloneDX-1.{minor}" for minor in range(2, 8)))
"""The formats whose official schemas are here, named as `Sbom.format` is."""

_SHARED: Final = ("cyclonedx-licenses", "cyclonedx-jsf", "cyclonedx-cryptography")


def schema_problems(
    document: Json, format_: str, *, texts_only: bool = False
) -> tuple[ValidationProblem, ...]:
    """Say what the official schema of ``format_``, one of `FORMATS`, finds wrong. Raises nothing.

    ``texts_only`` tells that the document was written in a serialisation whose numbers are texts (YAML and
    XML as they are read here), so that a text of digits counts as a number. At most `SBOM_PROBLEMS` are
    told.
    """
    try:
        return tuple(_problems(document, format_, texts_only=texts_only))
    except UnicodeEncodeError:
        return (ValidationProblem("document", "half of a character (a lone surrogate)"),)


def _problems(document: Json, format_: str, *, texts_only: bool) -> Iterable[ValidationProblem]:
    validator = _validator(format_)
    if validator.is_valid(document):
        return ()
    words = _vocabulary(format_)
    told: dict[ValidationProblem, None] = {}
    for error, offset in _errors(validator, document):
        if texts_only and _is_number_as_text(error):
            continue
        told[problem_of(error, words, offset)] = None
        if len(told) == SBOM_PROBLEMS:
            told[ValidationProblem("document", "there are more problems than are listed")] = None
            break
    return told


def _errors(validator: Any, document: Json) -> Iterator[tuple[ValidationError, int]]:
    """Yield each error, with the number that the index in the second place of its path lacks.

    The library collects all errors of a document before it gives the first, at a kilobyte or more each. So
    long lists are given to it in slices: what is beyond the first `SBOM_PROBLEMS` is never made.
    """
    found = False
    for piece, key, offset in _pieces(document):
        for error in validator.iter_errors(piece):
            if key is None or error.instance_path[:1] == [key]:
                found = True
                yield error, offset
    if not found:
        # Only a comparison of elements in different slices is left: two of them are equal.
        for error in islice(validator.iter_errors(document), 1):
            yield error, 0


def _pieces(document: Json) -> Iterator[tuple[Json, str | None, int]]:
    """Yield the document with its long lists cut short, then with each further slice of each of them."""
    if not isinstance(document, dict):
        yield document, None, 0
        return
    long = {
        key: value for key, value in document.items() if isinstance(value, list) and len(value) > SBOM_SLICE
    }
    short = document | {key: value[:SBOM_SLICE] for key, value in long.items()}
    yield short, None, 0
    for key, value in long.items():
        for offset in range(SBOM_SLICE, len(value), SBOM_SLICE):
            yield {key: value[offset : offset + SBOM_SLICE]}, key, offset


def _is_number_as_text(error: ValidationError) -> bool:
    types = getattr(error.kind, "types", ())
    return bool(
        types
        and {*types} <= {"integer", "number"}
        and isinstance(error.instance, str)
        and error.instance.isdecimal()
    )


@cache
def _validator(format_: str) -> Any:
    shared: list[tuple[str, Any]] = [(schema["$id"], schema) for schema in map(_schema, _SHARED)]
    registry = Registry(shared, retriever=_refuse)
    schema = dict(_schema(format_))
    if format_ == "SPDX-2.2":
        _allow_both_spellings(schema)
    # The linear engine for patterns: documents are untrusted.
    return validator_for(schema, registry=registry, validate_formats=True, pattern_options=RegexOptions())


def _allow_both_spellings(schema: dict[str, Any]) -> None:
    """Allow the category PACKAGE-MANAGER in SPDX 2.2, as its text spells it and the schema of 2.3.1 does.

    The schema of 2.2 has PACKAGE_MANAGER alone, which the text does not know; generators write either.
    """
    reference = schema["properties"]["packages"]["items"]["properties"]["externalRefs"]["items"]
    reference["properties"]["referenceCategory"]["enum"] += [
        "PACKAGE-MANAGER",
        "PERSISTENT-ID",
        "PERSISTENT_ID",
    ]


@cache
def _vocabulary(format_: str) -> Vocabulary:
    return Vocabulary.of([_schema(format_), *map(_schema, _SHARED)])


@cache
def _schema(name: str) -> Mapping[str, Any]:
    text = (files("verifier.sbom") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def _refuse(uri: str) -> Any:
    raise LookupError(f"no schema is fetched: {uri}")
