"""Call spdx-tools' parser, and stop what it lets escape. Import where used: spdx-tools needs 300 ms."""

from __future__ import annotations

from typing import ClassVar, Final

from spdx_tools.common.typing.constructor_type_errors import ConstructorTypeErrors
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

from verifier.errors import SbomError
from verifier.sbom.prepared import prepare
from verifier.strict_json import Json
from verifier.text import safe

# Its own two, and what it runs into on documents of an unexpected shape; RecursionError comes from deeply
# nested licence expressions.
FOREIGN: Final = (
    SPDXParsingError,
    ConstructorTypeErrors,
    TypeError,
    AttributeError,
    LookupError,
    ValueError,
    ArithmeticError,
    RecursionError,
)


class UnreadableError(SbomError):
    """spdx-tools cannot read a document; ``reasons`` are its complaints, one by one."""

    code: ClassVar[str] = "SbomError"

    def __init__(self, complaints: tuple[str, ...]) -> None:
        more = f" (and {len(complaints) - 1} more problems)" if len(complaints) > 1 else ""
        super().__init__(f"spdx-tools cannot read the document: {complaints[0]}{more}")
        self.reasons = complaints


def parse(document: Json) -> Document:
    """Read an SPDX document in JSON (or of that shape) with spdx-tools, in linear time.

    Raises `SbomError`, `UnreadableError` among them.
    """
    prepared = prepare(document)
    try:
        return JsonLikeDictParser().parse(prepared)  # type: ignore[no-untyped-call]
    except FOREIGN as error:
        raise UnreadableError(reasons(error)) from None


def reasons(error: BaseException) -> tuple[str, ...]:
    """Put an error of `FOREIGN` into words, at least one."""
    if isinstance(error, SPDXParsingError):
        return tuple(safe(each) for each in error.messages) or ("no reason given",)
    if isinstance(error, RecursionError):
        return ("nested too deep",)
    return (safe(f"{type(error).__name__}: {error}"),)
