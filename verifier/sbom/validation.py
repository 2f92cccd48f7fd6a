"""Full validation of an SBOM: the official schema of its format, then what a schema cannot say.

SPDX 2.2 and 2.3 by their JSON schemas and spdx-tools' validators; CycloneDX 1.2 to 1.7 by their JSON schemas
and the references of the dependency graph. Import where used: it brings jsonschema-rs and spdx-tools.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from verifier.errors import SbomError
from verifier.json_nodes import shown
from verifier.limits import SBOM_PROBLEMS
from verifier.model.sbom import ValidationProblem
from verifier.sbom.official import FORMATS, schema_problems
from verifier.sbom.spdx import SpdxDecoder
from verifier.strict_json import Json


def validate(document: Json, *, texts_only: bool = False) -> tuple[ValidationProblem, ...]:
    """Say all that is wrong with an SPDX or CycloneDX document in JSON. Raises nothing.

    ``texts_only``: see `schema_problems`.
    """
    if isinstance(document, dict) and "bomFormat" in document:
        return _validate_cyclonedx(document)
    return _validate_spdx(document, texts_only=texts_only)


def _validate_spdx(document: Json, *, texts_only: bool) -> tuple[ValidationProblem, ...]:
    from verifier.sbom.foreign import UnreadableError, parse
    from verifier.sbom.spdx_semantics import validate_parsed

    format_ = _format(document, "spdxVersion")
    if format_ is None:
        return _refused(document)
    found = schema_problems(document, format_, texts_only=texts_only)
    if len(found) > SBOM_PROBLEMS:
        return found  # nobody reads more, and spdx-tools takes milliseconds for each element that is wrong
    try:
        return (*found, *validate_parsed(parse(document)))
    except UnreadableError as error:
        # What spdx-tools cannot read, it cannot read because of what the schema has told, in better words.
        return found or tuple(ValidationProblem("document", reason) for reason in error.reasons)
    except SbomError as error:
        return found or (ValidationProblem(error.path or "document", error.reason),)


def _refused(document: Json) -> tuple[ValidationProblem, ...]:
    """Why the decoder refuses ``document``, a document of no version that is known here."""
    try:
        SpdxDecoder().decode(document)
    except SbomError as error:
        return (ValidationProblem(error.path or "document", error.reason),)
    return ()


def _validate_cyclonedx(document: Json) -> tuple[ValidationProblem, ...]:
    format_ = _format(document, "specVersion", "CycloneDX-")
    if format_ is None:
        return ()
    return schema_problems(document, format_) or tuple(islice(_dangling(document), SBOM_PROBLEMS))


def _format(document: Json, key: str, prefix: str = "") -> str | None:
    """Give the format in `FORMATS`; None where there is no such schema, and decoding says why."""
    version = document.get(key) if isinstance(document, dict) else None
    name = f"{prefix}{version}"
    return name if name in FORMATS else None


def _dangling(document: Any) -> Iterator[ValidationProblem]:
    """Yield what the dependency graph of a document that is valid by its schema names and does not have.

    CycloneDX, dependency.ref: "References a component or service by its bom-ref attribute".
    """
    known = _references(document)
    for number, node in enumerate(document.get("dependencies", ())):
        for name in dict.fromkeys([node["ref"], *node.get("dependsOn", ()), *node.get("provides", ())]):
            if name not in known:
                known.add(name)  # once is enough
                message = f"{shown(name)} is the bom-ref of no element of the document"
                yield ValidationProblem(f"$.dependencies[{number}]", message)


def _references(root: Json) -> set[str]:
    found: set[str] = set()
    waiting: list[Json] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            reference = node.get("bom-ref")
            if isinstance(reference, str):
                found.add(reference)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return found
