"""SBOM files of users, in whichever serialisation they are.

What becomes of a file is the same for all: the JSON that it stands for, decoded by this program's decoders,
and validated by the official schema of its format and by the rules beyond it. Tag-value and RDF have no
schema; spdx-tools reads and validates them.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, assert_never

from verifier.errors import LimitExceeded, SbomError
from verifier.limits import SBOM_BYTES, SBOM_OTHER_BYTES
from verifier.model.sbom import Sbom, ValidationProblem
from verifier.sbom.cyclonedx import CycloneDxDecoder
from verifier.sbom.nodes import missing_member
from verifier.sbom.spdx import SpdxDecoder
from verifier.strict_json import Json, JsonLimitError, StrictJsonError, loads
from verifier.text import safe


class Serialisation(Enum):
    """How a document is written; the values are for people."""

    JSON = "JSON"
    YAML = "YAML"
    XML = "XML"
    TAG_VALUE = "tag-value"
    RDF = "RDF/XML"


class CheckedFile(NamedTuple):
    """An SBOM file, decoded, and all that is wrong with it.

    ``sbom`` is None where it cannot be decoded, and then a problem says why.
    """

    serialisation: Serialisation
    sbom: Sbom | None
    problems: tuple[ValidationProblem, ...]


_Validate = Callable[[], tuple[ValidationProblem, ...]]

_SUFFIXES = {
    ".json": Serialisation.JSON,
    ".yaml": Serialisation.YAML,
    ".yml": Serialisation.YAML,
    ".rdf": Serialisation.RDF,
    ".rdf.xml": Serialisation.RDF,
    ".xml": Serialisation.XML,
    ".spdx": Serialisation.TAG_VALUE,
    ".tag": Serialisation.TAG_VALUE,
}
_BEGINNING = 64 * 1024
_TAG_VALUE = re.compile(r"^\s*SPDXVersion:", re.MULTILINE)
_YAML = re.compile(r"""^["']?(?:spdxVersion|SPDXID|creationInfo|dataLicense)["']?\s*:""", re.MULTILINE)


def check_sbom_file(raw: bytes, *, name: str) -> CheckedFile:
    """Decode and validate a file with this content; ``name`` helps where the content does not tell.

    Raises `SbomError` where it cannot be read at all, and `LimitExceeded`; nothing else.
    """
    raw = _without_mark(raw)
    serialisation = detect(raw, name=name)
    document, validate = _open(raw, serialisation)
    # Decoded first: what is over a limit is not worth the time and memory of validation.
    sbom, unread = _decoded(document)
    problems = validate()
    if unread is not None and not any(_tells(other, unread) for other in problems):
        problems = (unread, *problems)
    return CheckedFile(serialisation, sbom, problems)


def _tells(problem: ValidationProblem, unread: ValidationProblem) -> bool:
    """Whether ``problem`` says what ``unread`` does: that member is wrong, or is missing where it belongs."""
    holder, _, name = unread.element.rpartition(".")
    return problem.element == unread.element or problem == missing_member(holder, name)


def _decoded(document: Json) -> tuple[Sbom | None, ValidationProblem | None]:
    """The SBOM, or the problem that it cannot be decoded for. Raises `LimitExceeded`."""
    try:
        return _decode(document), None
    except SbomError as error:
        return None, ValidationProblem(error.path or "document", error.reason)


def read_sbom_file(raw: bytes, *, name: str) -> Sbom:
    """Decode a file with this content, without validating it.

    Raises `SbomError` and `LimitExceeded`; nothing else, whatever the file holds.
    """
    raw = _without_mark(raw)
    document, _ = _open(raw, detect(raw, name=name))
    return _decode(document)


def _without_mark(raw: bytes) -> bytes:
    """``raw`` without the byte order mark that programs on Windows write (RFC 8259, section 8.1).

    Raises `SbomError` where there are two.
    """
    plain = raw.removeprefix(BOM_UTF8)
    if plain.startswith(BOM_UTF8):
        raise SbomError("more than one byte order mark at the beginning")
    return plain


def detect(raw: bytes, *, name: str) -> Serialisation:
    """Tell how a file is written, by its content before its name. Raises `SbomError`."""
    beginning = raw[:_BEGINNING].decode("utf-8", errors="replace")
    match beginning.lstrip("\ufeff \t\r\n")[:1]:
        case "{" | "[":
            return Serialisation.JSON
        case "<":
            return Serialisation.RDF if "rdf:RDF" in beginning else Serialisation.XML
    if _TAG_VALUE.search(beginning):
        return Serialisation.TAG_VALUE
    if _YAML.search(beginning):
        return Serialisation.YAML
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return _SUFFIXES[suffix]
    raise SbomError(
        "neither the content nor the name of the file tells its format",
        hint="SPDX is read as JSON, YAML, XML, tag-value and RDF/XML, CycloneDX as JSON",
    )


def _decode(document: Json) -> Sbom:
    if _is_cyclonedx(document):
        return CycloneDxDecoder().decode(document)
    return SpdxDecoder().decode(document)


def _open(raw: bytes, serialisation: Serialisation) -> tuple[Json, _Validate]:
    """Give the JSON that the file stands for, and how to validate it."""
    if serialisation is Serialisation.JSON:
        return _open_json(raw)
    if len(raw) > SBOM_OTHER_BYTES:
        raise LimitExceeded(f"an SBOM of more than {SBOM_OTHER_BYTES} bytes that is not JSON")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SbomError(f"not UTF-8: {safe(error)}") from None
    match serialisation:
        case Serialisation.YAML:
            from verifier.sbom.yaml_document import parse_yaml

            return _validated(parse_yaml(text), texts_only=True)
        case Serialisation.XML:
            from verifier.sbom.xml_document import parse_xml

            return _validated(parse_xml(text), texts_only=True)
        case Serialisation.TAG_VALUE | Serialisation.RDF:
            from verifier.sbom.foreign_formats import convert, parse_rdf, parse_tag_value
            from verifier.sbom.spdx_semantics import validate_parsed

            parse = parse_rdf if serialisation is Serialisation.RDF else parse_tag_value
            parsed = parse(text)
            return convert(parsed), lambda: validate_parsed(parsed)
        case _:
            assert_never(serialisation)


def _open_json(raw: bytes) -> tuple[Json, _Validate]:
    try:
        document = loads(raw, limit=SBOM_BYTES)
    except JsonLimitError as error:
        raise LimitExceeded(f"the SBOM is too large: {error}") from None
    except StrictJsonError as error:
        raise SbomError(safe(error)) from None
    return _validated(document, texts_only=False)


def _validated(document: Json, *, texts_only: bool) -> tuple[Json, _Validate]:
    def validate_it() -> tuple[ValidationProblem, ...]:
        from verifier.sbom.validation import validate

        return validate(document, texts_only=texts_only)

    return document, validate_it


def _is_cyclonedx(document: Json) -> bool:
    return isinstance(document, dict) and "bomFormat" in document
