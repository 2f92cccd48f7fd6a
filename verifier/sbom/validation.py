"""Full validation of an SPDX document. Import where used: spdx-tools needs 300 ms."""

from __future__ import annotations

from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.model.relationship import Relationship
from spdx_tools.spdx.validation.validation_message import ValidationContext

from verifier.errors import SbomError
from verifier.model.sbom import ValidationProblem
from verifier.sbom.foreign import UnreadableError, parse
from verifier.sbom.linear import messages
from verifier.strict_json import Json
from verifier.text import safe


def validate_spdx(document: Json) -> tuple[ValidationProblem, ...]:
    """Say all that is wrong with an SPDX 2.2 or 2.3 document in JSON. Raises nothing.

    Where spdx-tools cannot read the document, or must not be given it, the reasons are the problems.
    """
    try:
        parsed = parse(document)
    except UnreadableError as error:
        return tuple(ValidationProblem("document", reason) for reason in error.reasons)
    except SbomError as error:
        return (ValidationProblem("document", error.message),)
    return validate_parsed(parsed)


def validate_parsed(document: Document) -> tuple[ValidationProblem, ...]:
    """Say all that is wrong with a document that spdx-tools has read. Raises nothing."""
    return tuple(
        ValidationProblem(_element(message.context), safe(message.validation_message))
        for message in messages(document)
    )


def _element(context: ValidationContext) -> str:
    """Name what a message is about."""
    kind = context.element_type.name.lower().replace("_", " ") if context.element_type else "element"
    element = context.full_element
    if isinstance(element, Relationship):
        ends = f"{element.spdx_element_id} {element.relationship_type.name} {element.related_spdx_element_id}"
        return safe(f"{kind} {ends}")
    name = context.spdx_id or context.parent_id
    return safe(f"{kind} {name}" if name else kind)
