"""Make a document fit for spdx-tools' parser, which trusts its input.

- ``hasFiles`` and ``documentDescribes`` cost it a walk through all relationships for each entry (2.1 s
  for 2,000 files and their relationships). They become ordinary relationships here, as the parser would make
  them.
- Some of its patterns take forever on hostile texts: a package URL of 400 characters with a line break in it
  keeps the one for package URLs busy for a minute. Such texts are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from verifier.errors import SbomError
from verifier.json_nodes import as_object, items, objects, raising
from verifier.limits import ACTOR_LENGTH, LICENSE_LENGTH, LOCATOR_LENGTH
from verifier.sbom.nodes import at_path
from verifier.strict_json import Json

_LENGTHS: Final[Mapping[str, int]] = {
    "licenseConcluded": LICENSE_LENGTH,
    "licenseDeclared": LICENSE_LENGTH,
    "licenseInfoFromFiles": LICENSE_LENGTH,
    "licenseInfoInFiles": LICENSE_LENGTH,
    "licenseInfoInSnippets": LICENSE_LENGTH,
    "creators": ACTOR_LENGTH,
    "supplier": ACTOR_LENGTH,
    "originator": ACTOR_LENGTH,
    "annotator": ACTOR_LENGTH,
    "reviewer": ACTOR_LENGTH,
    "referenceLocator": LOCATOR_LENGTH,
}
# spdx-tools reads these two as "nothing" in an ordinary relationship, and as identifiers in the short forms.
_NO_ELEMENT: Final = ("NONE", "NOASSERTION")

_Triple = tuple[str, str, str]


@raising(at_path)
def prepare(document: Json) -> dict[str, Json]:
    """Give an equivalent of ``document`` that spdx-tools reads safely and in linear time.

    ``document`` itself is not changed. Raises `SbomError`.
    """
    root = as_object(document, "$")
    _refuse_costly_texts(root)
    return _spell_out(root)


def _refuse_costly_texts(document: Json) -> None:
    waiting: list[tuple[str, Json]] = [("$", document)]
    while waiting:
        at, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(f"{at}[{number}]", child) for number, child in enumerate(node)]
        elif isinstance(node, dict):
            for key, child in node.items():
                if isinstance(child, (dict, list)):
                    waiting.append((f"{at}.{key}", child))
                if key in _LENGTHS:
                    _check_text(child, key, at)


def _check_text(node: Json, key: str, at: str) -> None:
    for value in node if isinstance(node, list) else [node]:
        if isinstance(value, str):
            if len(value) > _LENGTHS[key]:
                raise SbomError(f"longer than {_LENGTHS[key]} characters", path=f"{at}.{key}")
            if key == "referenceLocator" and "\n" in value:
                raise SbomError("a line break", path=f"{at}.{key}")


def _spell_out(document: dict[str, Json]) -> dict[str, Json]:
    """Turn ``documentDescribes`` and ``hasFiles`` into relationships, in the order of spdx-tools' parser."""
    relationships = items(document, "relationships", "$")
    known = set(_triples(relationships))
    root, described = _implied(document, "documentDescribes", ("DESCRIBES", "DESCRIBED_BY"), known, "$")
    known.update(_triples(described))
    contained: list[Json] = []
    lean: list[Json] = []
    for at, package in objects(document, "packages", "$"):
        rest, implied = _implied(package, "hasFiles", ("CONTAINS", "CONTAINED_BY"), known, at)
        contained += implied
        lean.append(rest)
    return {**root, "relationships": [*relationships, *described, *contained], "packages": lean}


def _triples(relationships: list[Json]) -> Iterator[_Triple]:
    for node in relationships:
        if isinstance(node, dict):
            source, kind, target = (
                node.get(key) for key in ("spdxElementId", "relationshipType", "relatedSpdxElement")
            )
            if isinstance(source, str) and isinstance(kind, str) and isinstance(target, str):
                yield source, kind.replace("-", "_").upper(), target


def _implied(
    element: dict[str, Json], key: str, kinds: tuple[str, str], known: set[_Triple], at: str
) -> tuple[dict[str, Json], list[Json]]:
    """Give ``element`` without the identifiers under ``key``, and the relationships that they imply.

    Those in ``known`` are left out, written as either of ``kinds``. What is no ordinary identifier stays,
    for the parser to complain about. Raises `SbomError` where ``key`` holds no list.
    """
    source, listed = element.get("SPDXID"), items(element, key, at)
    if not isinstance(source, str) or not listed:
        return element, []
    kind, inverse = kinds
    odd = [target for target in listed if not isinstance(target, str) or target in _NO_ELEMENT]
    targets = dict.fromkeys(target for target in listed if isinstance(target, str))
    implied: list[Json] = [
        {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
        for target in targets
        if target not in _NO_ELEMENT
        and (source, kind, target) not in known
        and (target, inverse, source) not in known
    ]
    return {**element, key: odd}, implied
