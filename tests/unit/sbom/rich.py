"""A document that uses all that SPDX 2.3 has, and random changes to it."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.unit.sbom.documents import contains, package, spdx

SHA1 = {"algorithm": "SHA1", "checksumValue": "d6a770ba38583ed4bb4525bd96e50461655d2758"}


def rich() -> dict[str, Any]:
    """A valid document with every kind of element, built so that spdx-tools has much to look up."""
    document = spdx(4)
    document |= {
        "externalDocumentRefs": [
            {
                "externalDocumentId": "DocumentRef-other",
                "spdxDocument": "https://example.org/other",
                "checksum": SHA1,
            }
        ],
        "hasExtractedLicensingInfos": [
            {
                "licenseId": "LicenseRef-own",
                "name": "Own",
                "extractedText": "text",
                "seeAlsos": ["https://a.org"],
            },
            {"licenseId": "LicenseRef-second", "extractedText": "more"},
        ],
        "files": [
            {
                "SPDXID": f"SPDXRef-File-{number}",
                "fileName": f"./bin/{number}",
                "checksums": [SHA1],
                "licenseConcluded": "LicenseRef-own AND MIT",
                "licenseInfoInFiles": ["MIT", "LicenseRef-second", "NOASSERTION"],
                "copyrightText": "NONE",
            }
            for number in range(3)
        ],
        "snippets": [
            {
                "SPDXID": "SPDXRef-Snippet",
                "name": "part",
                "snippetFromFile": "SPDXRef-File-0",
                "ranges": [
                    {
                        "startPointer": {"offset": 5, "reference": "SPDXRef-File-0"},
                        "endPointer": {"offset": 9, "reference": "SPDXRef-File-0"},
                    },
                    {
                        "startPointer": {"lineNumber": 1, "reference": "SPDXRef-File-0"},
                        "endPointer": {"lineNumber": 2, "reference": "SPDXRef-File-0"},
                    },
                ],
                "licenseConcluded": "DocumentRef-other:LicenseRef-x",
                "licenseInfoInSnippets": ["LicenseRef-own"],
                "copyrightText": "NOASSERTION",
            }
        ],
        "annotations": [
            {
                "annotator": "Person: Ada (ada@example.org)",
                "annotationDate": "2024-01-31T12:00:00Z",
                "annotationType": "REVIEW",
                "comment": "fine",
            }
        ],
    }
    document["packages"][1] |= {
        "licenseDeclared": "LicenseRef-own OR DocumentRef-other:LicenseRef-y",
        "annotations": document["annotations"],
    }
    document["packages"].append(
        package(
            9,
            filesAnalyzed=True,
            hasFiles=["SPDXRef-File-1", "SPDXRef-File-2", "SPDXRef-File-1"],
            licenseInfoFromFiles=["MIT", "LicenseRef-own"],
            packageVerificationCode={"packageVerificationCodeValue": SHA1["checksumValue"]},
        )
    )
    document["relationships"] += [
        contains("SPDXRef-File-1", "SPDXRef-Package-apk-p9"),
        {
            "spdxElementId": "SPDXRef-File-2",
            "relationshipType": "CONTAINED_BY",
            "relatedSpdxElement": "SPDXRef-Package-apk-p9",
        },
        {
            "spdxElementId": "SPDXRef-Package-apk-p1",
            "relationshipType": "DEPENDS_ON",
            "relatedSpdxElement": "NOASSERTION",
        },
        {
            "spdxElementId": "SPDXRef-Package-apk-p1",
            "relationshipType": "GENERATED_FROM",
            "relatedSpdxElement": "DocumentRef-other:SPDXRef-z",
        },
    ]
    return document


_VALUES: tuple[Any, ...] = (
    None,
    "",
    0,
    True,
    False,
    [],
    {},
    "NONE",
    "NOASSERTION",
    "MIT",
    "MIT AND",
    "GPL-2.0-only WITH MIT",
    "LicenseRef-own",
    "LicenseRef-unknown",
    "DocumentRef-unknown:LicenseRef-a",
    "a:b:c",
    "SPDXRef-DOCUMENT",
    "SPDXRef-File-0",
    "SPDXRef-Package-apk-p1",
    "SPDXRef_bad",
    "DocumentRef-other:SPDXRef-q",
    "Person: ()",
    "Tool: x (y@z)",
    "2024-13-01T00:00:00Z",
    "SPDX-2.2",
    "CONTAINS",
    "DESCRIBES",
    "DESCRIBED_BY",
    "SPECIFICATION_FOR",
    "https://example.org",
    ["SPDXRef-File-0", "SPDXRef-File-0", "NONE"],
    ["MIT", 1],
)


def mutated(document: dict[str, Any], choice: random.Random, *, times: int) -> dict[str, Any]:
    """A copy with ``times`` members replaced, removed, doubled or swapped."""
    changed = copy.deepcopy(document)
    for _ in range(times):
        holder, key = choice.choice(list(_places(changed)))
        match choice.randrange(4):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case 2:
                other, its_key = choice.choice(list(_places(changed)))
                holder[key] = copy.deepcopy(other[its_key])
            case _:
                holder[key] = copy.deepcopy(choice.choice(_VALUES))
    return changed


def _places(node: Any) -> Any:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield node, key
        yield from _places(child)
