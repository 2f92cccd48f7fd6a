"""What the SPDX specification asks beyond its JSON schema. Import where used: spdx-tools needs 300 ms."""

from __future__ import annotations

from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.model.relationship import Relationship
from spdx_tools.spdx.validation.validation_message import ValidationContext

from verifier.model.sbom import ValidationProblem
from verifier.sbom.linear import messages
from verifier.text import safe


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
