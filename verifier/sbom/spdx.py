"""Decode SPDX 2.2 and 2.3 JSON.

SPDX specification 2.3, and its JSON schema (schemas/spdx-schema.json). One pass over the document: what
policies and people ask for is kept, the rest is left to the validator. Packages and relationships come in
tens of thousands, so their members are taken together and looked at one by one only where something is odd.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from verifier.errors import LimitExceeded, SbomError
from verifier.json_nodes import (
    as_object,
    items,
    kind,
    member,
    objects,
    raising,
    required_text,
    shown,
    text,
    texts,
)
from verifier.limits import SBOM_PACKAGES, SBOM_RELATIONSHIPS
from verifier.model.sbom import ExtractedLicense, Package, Relationship, Sbom
from verifier.sbom.nodes import at_path
from verifier.sbom.times import parse_time
from verifier.strict_json import Json

VERSIONS: Final = ("SPDX-2.2", "SPDX-2.3")
DOCUMENT_ID: Final = "SPDXRef-DOCUMENT"

# The full URI is how RDF names the type; converters carry it over into JSON. The category is not asked: it
# is PACKAGE-MANAGER in the schema, PACKAGE_MANAGER in the 2.2 specification, and tools write either.
_PURL_TYPES: Final = ("purl", "http://spdx.org/rdf/references/purl")
_PACKAGE_TEXTS: Final = (
    "SPDXID",
    "name",
    "versionInfo",
    "supplier",
    "originator",
    "downloadLocation",
    "licenseDeclared",
    "licenseConcluded",
    "primaryPackagePurpose",
)
_RELATIONSHIP_ENDS: Final = itemgetter("spdxElementId", "relationshipType", "relatedSpdxElement")


class SpdxDecoder:
    """See `SbomDecoder`."""

    @raising(at_path)
    def decode(self, document: Json) -> Sbom:
        """See `SbomDecoder.decode`."""
        root = as_object(document, "$")
        version = _version(root)
        document_id = text(root, "SPDXID", "$") or DOCUMENT_ID
        packages = _packages(root)
        relationships = _relationships(root)
        creation = root.get("creationInfo")
        about = {} if creation is None else as_object(creation, "$.creationInfo")
        return Sbom(
            format=version,
            name=text(root, "name", "$"),
            namespace=text(root, "documentNamespace", "$"),
            created=parse_time(text(about, "created", "$.creationInfo"), "$.creationInfo.created"),
            creators=texts(about, "creators", "$.creationInfo"),
            describes=_described(texts(root, "documentDescribes", "$"), document_id, relationships),
            packages=packages,
            relationships=relationships,
            extracted_licenses=_extracted_licenses(root),
            files=len(items(root, "files", "$")),
        )


def _version(root: Mapping[str, Json]) -> str:
    version = root.get("spdxVersion")
    if version in VERSIONS:
        return str(version)
    supported = f"supported are {' and '.join(VERSIONS)}"
    if "bomFormat" in root:
        raise SbomError("a CycloneDX document where an SPDX document belongs", path="$.bomFormat")
    if "@context" in root or "@graph" in root:
        raise SbomError(f"an SPDX 3 document; {supported}", path="$")
    if version is None:
        raise SbomError("missing, so this is no SPDX document", path="$.spdxVersion")
    what = shown(version) if isinstance(version, str) else kind(version)
    raise SbomError(f"{what} is not supported; {supported}", path="$.spdxVersion")


def _bounded(root: Mapping[str, Json], key: str, limit: int) -> list[Json]:
    listed = items(root, key, "$")
    if len(listed) > limit:
        raise LimitExceeded(f"the SBOM lists {len(listed)} {key}; the most that are read are {limit}")
    return listed


def _packages(root: Mapping[str, Json]) -> tuple[Package, ...]:
    listed = _bounded(root, "packages", SBOM_PACKAGES)
    packages = [_package(node, f"$.packages[{number}]") for number, node in enumerate(listed)]
    if len({package.element_id for package in packages}) != len(packages):
        _refuse_duplicates(packages)
    return tuple(packages)


def _refuse_duplicates(packages: list[Package]) -> None:
    seen: dict[str, str] = {}
    for package in packages:
        first = seen.setdefault(package.element_id, package.path)
        if first != package.path:
            raise SbomError(
                f"{shown(package.element_id)} is the identifier of {first} as well",
                path=member(package.path, "SPDXID"),
            )


def _package(node: Json, at: str) -> Package:
    package = node if isinstance(node, dict) else as_object(node, at)
    element_id, name, version, supplier, originator, location, declared, concluded, purpose = _texts(
        package, _PACKAGE_TEXTS, at
    )
    if not element_id:
        raise SbomError("missing", path=member(at, "SPDXID"))
    if not name and package.get("name") is None:
        raise SbomError("missing", path=member(at, "name"))
    analyzed = package.get("filesAnalyzed")
    if analyzed is None:
        analyzed = True  # SPDX 2.3, clause 7.8
    elif not isinstance(analyzed, bool):
        raise SbomError(f"{kind(analyzed)} where a truth value belongs", path=member(at, "filesAnalyzed"))
    return Package(
        element_id,
        name,
        version,
        supplier,
        originator,
        location,
        declared,
        concluded,
        _purls(package, at) if "externalRefs" in package else (),
        _checksums(package, at) if "checksums" in package else (),
        purpose,
        analyzed,
        at,
    )


def _texts(node: Mapping[str, Any], keys: Sequence[str], at: str) -> list[str]:
    """Give the texts under ``keys``, ``""`` for each that is absent."""
    get = node.get
    values = [get(key, "") for key in keys]
    try:
        # Nearly always all of them are texts of ASCII characters; this is the cheapest way to know.
        if "".join(values).isascii():
            return values
    except TypeError:
        pass
    return [text(node, key, at) for key in keys]


def _purls(package: Mapping[str, Json], at: str) -> tuple[str, ...]:
    found = []
    for number, node in enumerate(items(package, "externalRefs", at)):
        reference = node if isinstance(node, dict) else as_object(node, f"{at}.externalRefs[{number}]")
        if reference.get("referenceType") in _PURL_TYPES:
            locator = reference.get("referenceLocator")
            if not (isinstance(locator, str) and locator and locator.isascii()):
                locator = required_text(reference, "referenceLocator", f"{at}.externalRefs[{number}]")
            found.append(locator)
    return tuple(found)


def _checksums(package: Mapping[str, Json], at: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (required_text(checksum, "algorithm", here), required_text(checksum, "checksumValue", here))
        for here, checksum in objects(package, "checksums", at)
    )


def _relationships(root: Mapping[str, Json]) -> tuple[Relationship, ...]:
    listed: list[Any] = _bounded(root, "relationships", SBOM_RELATIONSHIPS)
    try:
        # As nearly always: each has its three members, and all are texts of ASCII characters.
        ends = list(map(_RELATIONSHIP_ENDS, listed))
        if all(map(all, ends)) and "".join(chain.from_iterable(ends)).isascii():
            return tuple(map(Relationship._make, ends))
    except (KeyError, TypeError):
        pass
    return tuple(_relationship(node, at) for at, node in objects(root, "relationships", "$"))


def _relationship(node: Mapping[str, Json], at: str) -> Relationship:
    return Relationship(
        required_text(node, "spdxElementId", at),
        required_text(node, "relationshipType", at),
        required_text(node, "relatedSpdxElement", at),
    )


def _described(
    listed: tuple[str, ...], document_id: str, relationships: tuple[Relationship, ...]
) -> tuple[str, ...]:
    """Give the roots: ``documentDescribes``, and what relationships say the document describes."""
    roots = dict.fromkeys(listed)
    for source, type_, target in relationships:
        if type_ == "DESCRIBES" and source == document_id:
            roots[target] = None
        elif type_ == "DESCRIBED_BY" and target == document_id:
            roots[source] = None
    return tuple(roots)


def _extracted_licenses(root: Mapping[str, Json]) -> tuple[ExtractedLicense, ...]:
    return tuple(
        ExtractedLicense(
            required_text(node, "licenseId", at), text(node, "name", at), text(node, "extractedText", at)
        )
        for at, node in objects(root, "hasExtractedLicensingInfos", "$")
    )
