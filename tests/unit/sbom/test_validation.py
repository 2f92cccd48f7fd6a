"""The linear validator beside spdx-tools' own."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.validation.validation_message import ValidationMessage

from tests.unit.sbom.documents import contains, package, spdx
from tests.unit.sbom.rich import mutated, rich
from verifier.errors import SbomError
from verifier.limits import LOCATOR_LENGTH
from verifier.model.sbom import ValidationProblem
from verifier.sbom.foreign import FOREIGN, parse
from verifier.sbom.linear import messages
from verifier.sbom.validation import validate

REAL = (
    "apko-custom-license",
    "apko-golden-index",
    "apko-golden-x86_64",
    "spdx-2.3-with-security",
    "syft-image",
)


def holding(*packages: dict[str, Any]) -> dict[str, Any]:
    """A document about the first of ``packages``."""
    return spdx(1) | {"packages": list(packages), "documentDescribes": [packages[0]["SPDXID"]]}


def read(document: Any) -> Document:
    """What spdx-tools reads without our preparations."""
    parsed: Document = JsonLikeDictParser().parse(copy.deepcopy(document))  # type: ignore[no-untyped-call]
    return parsed


def theirs(document: Any) -> list[ValidationMessage]:
    return validate_full_spdx_document(read(document))


def ours(document: Any) -> list[ValidationMessage]:
    return list(messages(parse(document)))


def judge_alike(document: Any) -> bool:
    """Assert that both validators say the same; False where spdx-tools cannot read or validate it."""
    validate(document)  # which raises nothing, whatever happens below
    try:
        parsed = read(document)
        wanted = validate_full_spdx_document(parsed)
    except FOREIGN:
        return False
    # Both on one parsed document: spdx-tools checks the types in a list at one place of it, drawn by lot.
    assert list(messages(parsed)) == wanted
    with contextlib.suppress(SbomError):
        assert parse(document).relationships == parsed.relationships
    return True


def test_a_valid_document_has_no_problems() -> None:
    assert validate(spdx(30)) == ()
    assert validate(rich()) == ()
    assert theirs(rich()) == []


@pytest.mark.parametrize("name", REAL)
def test_real_documents_are_judged_as_by_spdx_tools(real_data: Path, name: str) -> None:
    document = json.loads((real_data / "sbom" / f"{name}.spdx.json").read_bytes())
    assert ours(document) == theirs(document)


@pytest.mark.parametrize("seed", range(8))
def test_changed_documents_are_judged_as_by_spdx_tools(seed: int) -> None:
    choice = random.Random(seed)
    base = rich()
    judged = [judge_alike(mutated(base, choice, times=choice.randint(1, 3))) for _ in range(120)]
    assert sum(judged) > 20


@pytest.mark.parametrize(
    "changes",
    [
        {"packages": [package(1), package(1)]},
        {"documentDescribes": [], "relationships": []},
        {"relationships": [contains("SPDXRef-missing"), contains("SPDXRef-a", "SPDXRef_bad")]},
        {"relationships": [contains("a:b:c"), contains("DocumentRef-missing:SPDXRef-x")]},
        {"relationships": [contains("SPDXRef-File-0", "SPDXRef-Package-apk-p1")]},
        {"spdxVersion": "SPDX-2.2"},
        {"spdxVersion": "SPDX-2.1"},
        {"documentNamespace": "no uri"},
        {"dataLicense": "MIT"},
        {"SPDXID": "SPDXRef-other"},
        {"packages": [package(1, licenseDeclared="LicenseRef-nowhere AND UnknownLicense")]},
        {"packages": [package(1, licenseDeclared="MIT WITH MIT")]},
        {"packages": [package(1, downloadLocation="nowhere")]},
        {"annotations": []},
        {"snippets": []},
        {"files": []},
    ],
)
def test_each_message_is_worded_as_by_spdx_tools(changes: dict[str, Any]) -> None:
    # Notices an spdx-tools whose whole-document checks are worded differently.
    document = rich() | changes
    assert ours(document) == theirs(document)
    assert changes.keys() & {"annotations", "snippets"} or ours(document)


def test_deprecated_members_become_relationships_as_in_spdx_tools() -> None:
    document = rich()
    assert parse(document).relationships == read(document).relationships
    kinds = [str(each.relationship_type) for each in parse(document).relationships]
    assert len(kinds) == len(document["relationships"]) + 1  # one DESCRIBES; both files are listed already


def test_problems_name_their_element() -> None:
    document = spdx(2)
    document["packages"][1]["downloadLocation"] = "nowhere"
    document["relationships"].append(contains("SPDXRef-gone", "SPDXRef-Package-apk-p1"))
    assert validate(document) == (
        ValidationProblem(
            "package SPDXRef-Package-apk-p1",
            "package download_location must be a valid URL or download location according to the "
            "specification, but is: nowhere",
        ),
        ValidationProblem(
            "relationship SPDXRef-Package-apk-p1 CONTAINS SPDXRef-gone",
            'did not find the referenced spdx_id "SPDXRef-gone" in the SPDX document',
        ),
    )


def test_an_unparsable_licence_is_a_problem() -> None:
    document = holding(package(1, licenseDeclared="MIT AND"))
    assert len(validate(document)) == 1
    assert validate(holding(package(1, licenseDeclared="MIT"))) == ()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {"spdxVersion": "SPDX-2.3"},
        spdx() | {"packages": {}},
        spdx() | {"packages": [None]},
        spdx() | {"packages": 1},
        spdx() | {"relationships": {"a": 1}},
        spdx() | {"relationships": ["x"]},
        spdx() | {"creationInfo": []},
        spdx() | {"documentDescribes": [[]]},
        spdx() | {"files": "x"},
        spdx() | {"annotations": 3},
        spdx() | {"hasExtractedLicensingInfos": [1]},
    ],
)
def test_what_spdx_tools_cannot_read_is_a_problem(document: Any) -> None:
    assert validate(document)


def test_a_licence_nested_too_deep_is_a_problem_of_its_element() -> None:
    deep = " OR (MIT AND ".join(["MIT"] * 600) + ")" * 599
    document = holding(package(1, licenseDeclared=deep), package(2, downloadLocation="x"))
    problems = validate(document)
    assert ValidationProblem("element", "nested too deep") in problems
    assert any(each.element == "package SPDXRef-Package-apk-p2" for each in problems)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"supplier": "Person: a"}, {"supplier": "Person: " + "(" * 2000}),
        ({"licenseDeclared": "MIT"}, {"licenseDeclared": " AND ".join(["MIT"] * 3000)}),
        ({"licenseInfoFromFiles": []}, {"licenseInfoFromFiles": ["M" * 20_000]}),
    ],
)
def test_texts_that_keep_spdx_tools_busy_are_refused(good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert validate(holding(package(1, **good))) == ()
    [problem] = validate(holding(package(1, **bad)))
    assert problem.element.startswith(f"$.packages[0].{next(iter(bad))}")
    assert "$" not in problem.message  # it is told once where it is


@pytest.mark.parametrize("locator", ["pkg:" + "/@?#" * 100 + "\nx", "pkg:apk/" + "a" * LOCATOR_LENGTH])
def test_so_are_locators(locator: str) -> None:
    # With spdx-tools 0.8.5 the first needs a minute: its pattern for package URLs backtracks at line breaks.
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}
    [problem] = validate(holding(package(1, externalRefs=[reference])))
    assert problem.element == "$.packages[0].externalRefs[0].referenceLocator"
    assert "$" not in problem.message


def test_the_document_is_not_changed() -> None:
    document = rich()
    validate(document)
    assert document == rich()


def test_problems_hold_no_control_characters() -> None:
    document = holding(package(1, downloadLocation="\x1b[2J\u202e"))
    assert all(each.message.isprintable() and each.element.isprintable() for each in validate(document))
