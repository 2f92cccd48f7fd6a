"""Decode the SBOM that an attestation carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from verifier.errors import LimitExceeded, SbomError, VerifierError
from verifier.limits import SBOM_BYTES
from verifier.model.predicate import matches, predicate_document
from verifier.model.sbom import DecodedSbom, Sbom, ValidationProblem
from verifier.model.statement import Statement
from verifier.model.verified import VerifiedStatement
from verifier.sbom.binding import binding
from verifier.sbom.cyclonedx import CycloneDxDecoder
from verifier.sbom.interface import SbomDecoder
from verifier.sbom.spdx import SpdxDecoder
from verifier.text import safe

DECODERS: Final[Mapping[str, SbomDecoder]] = {"spdx": SpdxDecoder(), "cyclonedx": CycloneDxDecoder()}
"""The formats, under the aliases of their predicate types."""


def read_sbom(statement: VerifiedStatement) -> DecodedSbom:
    """Decode the SBOM in ``statement``, or say why it cannot be used. Raises nothing."""
    try:
        sbom = _decode(statement)
    except VerifierError as error:
        return DecodedSbom(None, None, error.code, error.message)
    return DecodedSbom(sbom, binding(sbom))


def validate_attested(statement: VerifiedStatement) -> tuple[ValidationProblem, ...]:
    """All that is wrong, by the specification of its format, with the SBOM in ``statement``. Raises nothing.

    An SBOM of another format, or one that cannot be read, is a problem too.
    """
    from verifier.sbom.validation import validate

    content = statement.content
    if not isinstance(content, Statement) or not any(
        matches(alias, content.predicate_type) for alias in DECODERS
    ):
        return (ValidationProblem("document", "only SPDX and CycloneDX documents can be validated"),)
    if len(content.payload) > SBOM_BYTES:
        return (ValidationProblem("document", f"an SBOM of more than {SBOM_BYTES} bytes"),)
    try:
        return validate(predicate_document(content))
    except VerifierError as error:
        return (ValidationProblem("document", error.message),)


def _decode(verified: VerifiedStatement) -> Sbom:
    statement = verified.content
    if not isinstance(statement, Statement):
        raise SbomError("an image signature, not an attestation")
    if len(statement.payload) > SBOM_BYTES:
        raise LimitExceeded(f"an SBOM of more than {SBOM_BYTES} bytes")
    for alias, decoder in DECODERS.items():
        if matches(alias, statement.predicate_type):
            return decoder.decode(predicate_document(statement))
    raise SbomError(f"{safe(statement.predicate_type, limit=100)} is no type of SBOM that is read")
