"""Read tag-value and RDF/XML with spdx-tools. Import where used: spdx-tools needs 300 ms."""

from __future__ import annotations

import logging
import re
from copy import copy
from typing import Any
from xml.sax import SAXException

from license_expression import ExpressionError
from ply.lex import LexError  # type: ignore[import-untyped]
from rdflib import RDF, Graph, Literal
from rdflib.exceptions import Error as RdfError
from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.rdf.rdf_parser import translate_graph_to_document
from spdx_tools.spdx.parser.tagvalue.helper_methods import grammar_rule
from spdx_tools.spdx.parser.tagvalue.parser import Parser
from spdx_tools.spdx.rdfschema.namespace import SPDX_NAMESPACE

from verifier.errors import SbomError
from verifier.limits import ACTOR_LENGTH, LICENSE_LENGTH
from verifier.sbom.foreign import FOREIGN, UnreadableError, reasons
from verifier.sbom.xml_document import refuse_declarations
from verifier.strict_json import Json

_ACTOR = re.compile(r"(?:Person|Organization):")
_LICENSE_LINE = re.compile(r"\s*(?:Package|File|Snippet|License)\w*License\w*:")


def parse_tag_value(text: str) -> Document:
    """Read SPDX's tag-value serialisation, or raise `SbomError`."""
    for line in text.splitlines():
        _check_actor(line)
        if len(line) > LICENSE_LENGTH and _LICENSE_LINE.match(line):
            raise SbomError(f"a licence longer than {LICENSE_LENGTH} characters")
    try:
        # Without tables: the library would write them into its own folder. The start symbol is otherwise
        # that of the rule with the smallest line number.
        parser: Any = _Parser(write_tables=False, debug=False, start="start")  # type: ignore[no-untyped-call]
        document: Document = parser.parse(text)
    except (*FOREIGN, LexError) as error:
        raise UnreadableError(reasons(error)) from None
    return document


def parse_rdf(text: str) -> Document:
    """Read SPDX's RDF/XML serialisation, or raise `SbomError`."""
    refuse_declarations(text)
    # It warns of odd URIs on standard error, unescaped.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    graph = Graph()
    try:
        graph.parse(data=text, format="xml")
    except (*FOREIGN, RdfError, SAXException, AssertionError) as error:
        raise UnreadableError(reasons(error)) from None
    _check_graph(graph)
    try:
        document: Document = translate_graph_to_document(graph)
    except (*FOREIGN, AssertionError) as error:
        raise UnreadableError(reasons(error)) from None
    # See `prepared`: a line break keeps spdx-tools' pattern for package URLs busy for minutes.
    if any("\n" in reference.locator for each in document.packages for reference in each.external_references):
        raise SbomError("a line break in the locator of an external reference")
    return document


def _check_graph(graph: Graph) -> None:
    """Raise `SbomError` for a graph on which spdx-tools would end the process, or be busy forever."""
    documents = [str(each) for each in graph.subjects(RDF.type, SPDX_NAMESPACE.SpdxDocument)]
    if len(documents) != 1:
        raise SbomError(f"{len(documents)} SpdxDocument elements, not one")
    namespace, separator, _ = documents[0].partition("#")
    if not namespace or not separator:
        raise SbomError("the SpdxDocument's URI is not a namespace, '#' and an identifier")
    for _, _, value in graph:
        if isinstance(value, Literal):
            _check_actor(str(value))


def convert(document: Document) -> Json:
    """Give the JSON that ``document`` stands for, without annotations, or raise `SbomError`."""
    # The converter looks through all annotations for every element, and the decoder reads none.
    bare = copy(document)
    bare.annotations = []
    try:
        converted: Json = DocumentConverter().convert(bare)  # type: ignore[no-untyped-call]
    except FOREIGN as error:
        raise UnreadableError(reasons(error)) from None
    return converted


class _Parser(Parser):
    """spdx-tools' parser, which builds the table of all licences anew for every expression: 20 ms each."""

    @grammar_rule("license_or_no_assertion_or_none : LINE")  # type: ignore[no-untyped-call, untyped-decorator]
    def p_license(self, p: Any) -> None:
        """The grammar stands in the decorator."""
        try:
            p[0] = spdx_licensing.parse(p[1])
        except ExpressionError as error:
            self.current_element["logger"].append(
                f"Error while parsing license expression: {p[1]}: {error.args[0] if error.args else ''}"
            )


def _check_actor(text: str) -> None:
    # spdx-tools' pattern for persons and organizations is quadratic.
    if len(text) > ACTOR_LENGTH and _ACTOR.search(text):
        raise SbomError(f"a person or organization of more than {ACTOR_LENGTH} characters")
