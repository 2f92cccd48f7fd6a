"""Read SPDX's XML serialisation as the JSON that it stands for, as spdx-tools does.

Document type declarations and with them entities are refused, UTF-8 alone is accepted.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]
from spdx_tools.spdx.parser.xml.xml_parser import LIST_LIKE_FIELDS

from verifier.errors import SbomError
from verifier.limits import JSON_DEPTH
from verifier.strict_json import Json
from verifier.text import safe

# Of all declarations that start so, only comments and CDATA sections are harmless.
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)")
_TRUTH: Final = {"true": True, "false": False}


def parse_xml(text: str) -> Json:
    """Read ``text``, or raise `SbomError`."""
    refuse_declarations(text)
    try:
        # The encoding overrides what the XML declaration says.
        document = xmltodict.parse(
            text, encoding="utf-8", force_list=LIST_LIKE_FIELDS, postprocessor=_postprocess
        )
    except ExpatError as error:
        raise SbomError(f"not XML: {safe(error)}") from None
    except ValueError as error:
        raise SbomError(f"not acceptable XML: {safe(error)}") from None
    root: Json = document.get("Document")
    if not isinstance(root, dict):
        if "bom" in document:
            raise SbomError(
                "CycloneDX in XML is not read",
                hint="have it written as JSON, or convert it: cyclonedx convert",
            )
        raise SbomError("the XML has no top element named Document")
    return root


def refuse_declarations(text: str) -> None:
    """Raise `SbomError` where ``text`` has a document type declaration; what it can do is never needed."""
    if _DECLARATION.search(text):
        raise SbomError("document type declarations are not accepted in XML")


def _postprocess(path: list[Any], key: str, value: Any) -> tuple[str, Any]:
    if len(path) > JSON_DEPTH:
        raise SbomError(f"nested deeper than {JSON_DEPTH} levels")
    if key == "filesAnalyzed":
        return key, _TRUTH.get(str(value).lower(), value)
    return key, [] if value is None and key in LIST_LIKE_FIELDS else value
