"""The messages of spdx-tools' `validate_full_spdx_document`, in time linear in the document.

That function looks through all elements for every relationship, and through all relationships for every
package (103 s for 10,000 packages). Its validators of single elements only look up what the element names.
So each is handed a view of the document that holds just that: messages, contexts and their order stay
spdx-tools' own. Its two checks of the whole document are restated here, word for word, and a test notices
where a new version words them differently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from license_expression import LicenseExpression  # type: ignore[attr-defined] # an alias of another package's
from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.validation.annotation_validator import validate_annotation
from spdx_tools.spdx.validation.creation_info_validator import validate_creation_info
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.validation.extracted_licensing_info_validator import validate_extracted_licensing_infos
from spdx_tools.spdx.validation.file_validator import validate_file_within_document
from spdx_tools.spdx.validation.package_validator import validate_package_within_document
from spdx_tools.spdx.validation.relationship_validator import validate_relationship
from spdx_tools.spdx.validation.snippet_validator import validate_snippet_within_document
from spdx_tools.spdx.validation.validation_message import (
    SpdxElementType,
    ValidationContext,
    ValidationMessage,
)

from verifier.sbom.foreign import FOREIGN, reasons
from verifier.sbom.spdx import VERSIONS


def messages(document: Document) -> Iterator[ValidationMessage]:
    """Yield the messages of `validate_full_spdx_document`, in its order. Raises nothing.

    An element that spdx-tools fails on (an expression nested too deep) gets a message that says so.
    """
    if document.creation_info.spdx_version in VERSIONS:
        return _Validation(document).messages()
    return iter(validate_full_spdx_document(document))  # which goes no further than the version


class _Validation:
    """One document, indexed once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._creation = document.creation_info
        self._version = document.creation_info.spdx_version
        self._packages = _by_id(document.packages)
        self._files = _by_id(document.files)
        self._snippets = _by_id(document.snippets)
        self._licenses = defaultdict(list)
        for info in document.extracted_licensing_info:
            self._licenses[info.license_id].append(info)
        self._externals = defaultdict(list)
        for reference in document.creation_info.external_document_refs:
            self._externals[reference.document_ref_id].append(reference)
        self._license_names: dict[str, frozenset[str]] = {}

    def messages(self) -> Iterator[ValidationMessage]:
        """Yield the messages, in spdx-tools' order."""
        document, version = self._document, self._version
        yield from _guarded(lambda: validate_creation_info(self._creation, version), self._creation)
        for package in document.packages:
            yield from self._judge(validate_package_within_document, package, self._package_view)
        for file in document.files:
            yield from self._judge(validate_file_within_document, file, self._file_view)
        for snippet in document.snippets:
            yield from self._judge(validate_snippet_within_document, snippet, self._snippet_view)
        for annotation in document.annotations:
            yield from self._judge(_validate_annotation, annotation, self._annotation_view)
        for relationship in document.relationships:
            yield from self._judge(validate_relationship, relationship, self._relationship_view)
        infos = document.extracted_licensing_info
        yield from _guarded(lambda: validate_extracted_licensing_infos(infos), infos)
        yield from self._whole()

    def _judge(
        self, validate: Callable[..., list[ValidationMessage]], element: Any, view: Callable[[Any], Any]
    ) -> list[ValidationMessage]:
        return _guarded(lambda: validate(element, self._version, view(element)), element)

    def _package_view(self, package: Any) -> SimpleNamespace:
        expressions = [
            package.license_concluded,
            package.license_declared,
            *(package.license_info_from_files or ()),
        ]
        names = {package.spdx_id, *self._names(expressions)}
        if package.files_analyzed:
            return self._view(names)
        # Such a package must contain no files, and its validator looks at nothing else in the relationships.
        files = self._contained_files.get(package.spdx_id, ())
        related = {file for _, file in files}
        return self._view(names, elements=related, relationships=[each for each, _ in files])

    def _file_view(self, file: Any) -> SimpleNamespace:
        return self._view(
            {file.spdx_id, *self._names([file.license_concluded, *(file.license_info_in_file or ())])}
        )

    def _snippet_view(self, snippet: Any) -> SimpleNamespace:
        expressions = [snippet.license_concluded, *(snippet.license_info_in_snippet or ())]
        names = {snippet.spdx_id, snippet.file_spdx_id, *self._names(expressions)}
        return self._view(names, elements={snippet.file_spdx_id})

    def _annotation_view(self, annotation: Any) -> SimpleNamespace:
        return self._view({annotation.spdx_id}, elements={annotation.spdx_id})

    def _relationship_view(self, relationship: Relationship) -> SimpleNamespace:
        ends = (relationship.spdx_element_id, relationship.related_spdx_element_id)
        names = {end for end in ends if isinstance(end, str)}
        return self._view(names, elements=names)

    def _view(
        self, names: Iterable[str], *, elements: Iterable[str] = (), relationships: Iterable[Any] = ()
    ) -> SimpleNamespace:
        """Give what a validator may ask of the document.

        ``names`` are identifiers and licence names, which may refer to other documents and to licences that
        this document defines; ``elements`` are the identifiers whose existence is asked for.
        """
        elements = tuple(elements)
        externals = [each for name in names for each in self._externals.get(name.partition(":")[0], ())]
        return SimpleNamespace(
            creation_info=SimpleNamespace(spdx_id=self._creation.spdx_id, external_document_refs=externals),
            extracted_licensing_info=[each for name in names for each in self._licenses.get(name, ())],
            relationships=relationships,
            packages=[each for name in elements for each in self._packages.get(name, ())],
            files=[each for name in elements for each in self._files.get(name, ())],
            snippets=[each for name in elements for each in self._snippets.get(name, ())],
        )

    def _names(self, expressions: Iterable[Any]) -> Iterator[str]:
        """Yield the licence names in ``expressions``; nothing, where no name could mean anything here."""
        if not self._licenses and not self._externals:
            return
        for expression in expressions:
            if isinstance(expression, LicenseExpression):
                text = str(expression)
                names = self._license_names.get(text)
                if names is None:
                    names = frozenset(spdx_licensing.license_keys(expression))
                    self._license_names[text] = names
                yield from names

    @cached_property
    def _contained_files(self) -> dict[str, list[tuple[Any, str]]]:
        """For each element the relationships that put a file into it, each with that file's identifier."""
        found: dict[str, list[tuple[Any, str]]] = defaultdict(list)
        for each in self._document.relationships:
            source: Any = each.spdx_element_id
            target: Any = each.related_spdx_element_id
            if each.relationship_type == RelationshipType.CONTAINED_BY:
                source, target = target, source
            elif each.relationship_type != RelationshipType.CONTAINS:
                continue
            if isinstance(source, str) and self._is_file(target):
                found[source].append((each, target))
        return found

    def _is_file(self, element_id: Any) -> bool:
        return isinstance(element_id, str) and element_id in self._files and element_id not in self._packages

    def _whole(self) -> Iterator[ValidationMessage]:
        """The checks of `validate_full_spdx_document` itself."""
        document, own_id = self._document, self._creation.spdx_id
        context = ValidationContext(spdx_id=own_id, element_type=SpdxElementType.DOCUMENT)
        single = len(document.packages) == 1 and not document.files and not document.snippets
        if not single and not any(map(self._describes, document.relationships)):
            yield ValidationMessage(
                f'there must be at least one relationship "{own_id} DESCRIBES ..." or "... DESCRIBED_BY '
                f'{own_id}" when there is not only a single package present',
                context,
            )
        seen, duplicates = {own_id}, set()
        for group in (self._files, self._packages, self._snippets):
            duplicates |= {each for each, elements in group.items() if each in seen or len(elements) > 1}
            seen |= group.keys()
        if duplicates:
            yield ValidationMessage(
                "every spdx_id must be unique within the document, but found the following duplicates: "
                f"{sorted(duplicates)}",
                context,
            )

    def _describes(self, relationship: Relationship) -> bool:
        kind, own_id = relationship.relationship_type, self._creation.spdx_id
        if kind == RelationshipType.DESCRIBES:
            return bool(relationship.spdx_element_id == own_id)
        return bool(kind == RelationshipType.DESCRIBED_BY and relationship.related_spdx_element_id == own_id)


def _by_id(elements: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for element in elements:
        found[element.spdx_id].append(element)
    return found


def _validate_annotation(annotation: Any, _version: str, document: Any) -> list[ValidationMessage]:
    return validate_annotation(annotation, document)


def _guarded(validate: Callable[[], list[ValidationMessage]], element: Any) -> list[ValidationMessage]:
    try:
        return validate()
    except FOREIGN as error:
        context = ValidationContext(full_element=element)
        return [ValidationMessage(reason, context) for reason in reasons(error)]
