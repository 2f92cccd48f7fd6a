"""SBOMs held against the official schemas: their makers' own documents, and another implementation beside."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import tarfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft201909Validator
from referencing import Registry, Resource

from tests.unit.sbom.documents import spdx
from tests.unit.sbom.rich import rich
from verifier.limits import SBOM_PROBLEMS, SBOM_SLICE
from verifier.model.sbom import ValidationProblem
from verifier.sbom.official import FORMATS, schema_problems
from verifier.sbom.validation import validate

DOCUMENTS = Path(__file__).parents[2] / "schemas" / "cyclonedx-documents.tar.xz"

DIGESTS = {
    "CycloneDX-1.2.json": "eb2d056b4479dbcbfd3b968154dfebb8eb5b3968db481b8078c75e5e44d6cbb9",
    "CycloneDX-1.3.json": "2eacc9366b0a5fbb5173fb23cbbbe7df5dd90790b611a928fc91038f40626328",
    "CycloneDX-1.4.json": "ce305538c99049c785b1a487d22a6bf786aead77e053e12f65513bd5f6895fd9",
    "CycloneDX-1.5.json": "94d321144bd20c4928858cf4cbc7dd2d6de2188c890aab66e04f9a25f907543e",
    "CycloneDX-1.6.json": "25dea08cd6f87451a8d2b3bf328e04d88cdb5ab149be0f3865f616900c28208b",
    "CycloneDX-1.7.json": "df472ef4aaf593904c479293723a1a5c191d6672715c93b3c0b5c318f3914221",
    "SPDX-2.2.json": "e89827b3fb41ac9733737d4896d643895104da8da56824fb9f511afbb1019ec7",
    "SPDX-2.3.json": "84ee72e4f0f12cbc119847b65be560726637bc22c6178838033275dbad5b8a22",
    "cyclonedx-cryptography.json": "027b059a729a06d591bac79a584ef04f83fc32d91a826fdba6ad3c98a10e5b44",
    "cyclonedx-jsf.json": "8bae002c25e723db7ee1f26afde680ae1a2b1a8f6b4b4b0fd65dc3becb090aae",
    "cyclonedx-licenses.json": "ea6e844ee6fba1e93473d94834d0ee0996970533497935f932f73d488ffdf4a3",
}


@cache
def official_documents() -> dict[str, Any]:
    """The makers' own documents by their names, such as ``1.6/valid-bom-1.6.json``."""
    with tarfile.open(DOCUMENTS) as archive:
        opened = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: json.loads(file.read()) for name, file in opened.items() if file is not None}


def schema(name: str) -> dict[str, Any]:
    text = (files("verifier.sbom") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def cyclonedx(version: str = "1.6", **members: Any) -> dict[str, Any]:
    """A valid document with one component."""
    component = {
        "type": "library",
        "bom-ref": "widget",
        "name": "widget",
        "version": "1.0.0",
        "purl": "pkg:npm/widget@1.0.0",
        "licenses": [{"license": {"id": "MIT"}}],
        "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "components": [component],
    } | members


def with_package(change: dict[str, Any]) -> dict[str, Any]:
    """A valid document whose only package is changed."""
    document = spdx(1)
    document["packages"][0] |= change
    return document


def older(category: str = "PACKAGE_MANAGER") -> dict[str, Any]:
    """A valid document of SPDX 2.2, which wants more of a package."""
    document = spdx(1) | {"spdxVersion": "SPDX-2.2", "relationships": []}
    document["packages"] = [
        {
            "SPDXID": "SPDXRef-a",
            "name": "a",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "MIT",
            "copyrightText": "NOASSERTION",
            "externalRefs": [
                {"referenceCategory": category, "referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}
            ],
        }
    ]
    document.pop("documentDescribes", None)
    return document


def test_the_schemas_are_the_ones_that_were_compared_with_their_makers() -> None:
    folder = files("verifier.sbom") / "schemas"
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    assert found == DIGESTS


def test_there_are_documents_of_every_version() -> None:
    kinds = {(name[:3], name[4:].startswith("valid")) for name in official_documents()}
    assert kinds == {(f"1.{minor}", good) for minor in range(2, 8) for good in (True, False)}


@pytest.mark.parametrize("name", sorted(official_documents()))
def test_the_makers_documents_are_judged_as_they_say(name: str) -> None:
    document = official_documents()[name]
    problems = validate(document)
    if name[4:].startswith("valid-"):
        assert problems == ()
    else:
        assert problems
        assert all(problem.element.startswith("$") for problem in problems)


@pytest.mark.parametrize(
    "name",
    [
        "apko-custom-license",
        "apko-golden-index",
        "apko-golden-x86_64",
        "spdx-2.3-with-security",
        "syft-image",
    ],
)
def test_real_spdx_documents_are_valid_by_the_schema(real_data: Path, name: str) -> None:
    document = json.loads((real_data / "sbom" / f"{name}.spdx.json").read_bytes())
    assert schema_problems(document, document["spdxVersion"]) == ()


@pytest.mark.parametrize(
    ("change", "element", "words"),
    [
        (
            {"licenceDeclared": "MIT"},
            "$.packages[0]",
            "unknown member 'licenceDeclared' (did you mean licenseDeclared?)",
        ),
        ({"versionInfo": None}, "$.packages[0].versionInfo", "null where a text belongs"),
        ({"downloadLocation": 5}, "$.packages[0].downloadLocation", "a number where a text belongs"),
        ({"filesAnalyzed": "false"}, "$.packages[0].filesAnalyzed", "a text where true or false belongs"),
        (
            {"checksums": [{"algorithm": "sha256", "checksumValue": "ab"}]},
            "$.packages[0].checksums[0].algorithm",
            "(did you mean SHA256?)",
        ),
        (
            {
                "externalRefs": [
                    {"referenceCategory": "package-manager", "referenceType": "a", "referenceLocator": "b"}
                ]
            },
            "$.packages[0].externalRefs[0].referenceCategory",
            "'package-manager' is none of",
        ),
        (
            {"checksums": [{"algorithm": "SHA256"}]},
            "$.packages[0].checksums[0]",
            "the member 'checksumValue' is missing",
        ),
    ],
)
def test_what_the_schema_of_spdx_refuses_is_told_with_its_place(
    change: dict[str, Any], element: str, words: str
) -> None:
    assert validate(spdx(1)) == ()
    # spdx-tools may complain of the same, in words of its own.
    problem, *_ = validate(with_package(change))
    assert problem.element == element
    assert words in problem.message


@pytest.mark.parametrize("category", ["PACKAGE-MANAGER", "PACKAGE_MANAGER"])
def test_both_spellings_of_the_category_are_valid(category: str) -> None:
    reference = {"referenceCategory": category, "referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}
    assert validate(with_package({"externalRefs": [reference]})) == ()
    assert schema_problems(older(category), "SPDX-2.2") == ()
    assert len(schema_problems(older(category.lower()), "SPDX-2.2")) == 1


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
@pytest.mark.parametrize(
    ("change", "element", "words"),
    [
        ({"type": "libary"}, "$.components[0].type", "(did you mean library?)"),
        ({"licences": []}, "$.components[0]", "unknown member 'licences' (did you mean licenses?)"),
        (
            {"hashes": [{"alg": "SHA-256", "content": "xy"}]},
            "$.components[0].hashes[0].content",
            "'xy' does not",
        ),
        ({"version": None}, "$.components[0].version", "null where a text belongs"),
    ],
)
def test_what_the_schema_of_cyclonedx_refuses_is_told_with_its_place(
    version: str, change: dict[str, Any], element: str, words: str
) -> None:
    good = cyclonedx(version)
    assert validate(good) == ()
    [problem] = validate(good | {"components": [good["components"][0] | change]})
    assert problem.element == element
    assert words in problem.message


def test_of_alternatives_the_one_that_fits_best_is_told() -> None:
    good = cyclonedx()
    bad = copy.deepcopy(good)
    bad["components"][0]["licenses"][0]["license"]["id"] = "MITT"
    assert validate(good) == ()
    [problem] = validate(bad)
    assert problem.element == "$.components[0].licenses[0].license.id"
    assert "'MITT' is none of the" in problem.message


@pytest.mark.parametrize(
    ("members", "element", "words"),
    [
        ({"version": 0}, "$.version", "0 is less than 1"),
        ({"component": []}, "$", "the member 'component' does not belong here"),
        (
            {
                "components": [
                    {"type": "library", "name": "a", "licenses": [{"license": {"id": "MIT", "name": "x"}}]}
                ]
            },
            "$.components[0].licenses[0].license",
            "an object with 'id', 'name' where only one of several alternatives may stand",
        ),
        (
            {
                "components": [
                    {
                        "type": "library",
                        "name": "a",
                        "licenses": [{"expression": "MIT"}, {"license": {"id": "MIT"}}],
                    }
                ]
            },
            "$.components[0].licenses[0]",
            "the member 'expression' does not belong here",
        ),
    ],
)
def test_what_stands_there_is_named(members: dict[str, Any], element: str, words: str) -> None:
    good = cyclonedx(dependencies=[])
    assert validate(good) == ()
    assert validate(good | members) == (ValidationProblem(element, words),)


def test_a_version_of_the_document_may_be_absent_from_1_5_on() -> None:
    without = {key: value for key, value in cyclonedx("1.5").items() if key != "version"}
    assert validate(without) == ()
    [problem] = validate(without | {"specVersion": "1.4"})
    assert problem == ValidationProblem("$", "the member 'version' is missing")


def test_dependencies_name_elements_of_the_document() -> None:
    good = cyclonedx(dependencies=[{"ref": "widget", "dependsOn": []}])
    assert validate(good) == ()
    [problem] = validate(good | {"dependencies": [{"ref": "widget", "dependsOn": ["gadget"]}]})
    assert problem.element == "$.dependencies[0]"
    assert "'gadget' is the bom-ref of no element" in problem.message


def test_a_problem_far_behind_has_its_place_and_two_equal_ones_far_apart_are_seen() -> None:
    count = 2 * SBOM_SLICE + 5
    good = cyclonedx(components=[{"type": "library", "name": f"p{number}"} for number in range(count)])
    assert schema_problems(good, "CycloneDX-1.6") == ()
    bad = copy.deepcopy(good)
    bad["components"][count - 1]["type"] = "libary"
    assert [p.element for p in schema_problems(bad, "CycloneDX-1.6")] == [f"$.components[{count - 1}].type"]
    twice = copy.deepcopy(good)
    twice["components"][count - 1] = twice["components"][0]
    assert schema_problems(twice, "CycloneDX-1.6") == (
        ValidationProblem("$.components", "two elements of this list are equal"),
    )


def test_of_very_many_problems_the_first_are_told() -> None:
    document = spdx(1) | {"packages": [{} for _ in range(SBOM_PROBLEMS * 2)]}
    problems = schema_problems(document, "SPDX-2.3")
    assert len(problems) == SBOM_PROBLEMS + 1
    assert problems[-1].message == "there are more problems than are listed"
    # spdx-tools is not asked for its words on each of them: it would take minutes.
    document = spdx(1) | {"packages": [{"a": 0} for _ in range(60_000)]}
    assert len(validate(document)) == SBOM_PROBLEMS + 1


def test_what_is_said_of_hostile_text_is_safe() -> None:
    [problem] = validate(cyclonedx() | {"a\x1b[2J\u202e": 1})
    assert "\x1b" not in problem.message
    assert "\u202e" not in problem.message


def test_half_of_a_character_in_a_name_is_a_problem() -> None:
    assert schema_problems(with_package({"versionInfo": "1"}), "SPDX-2.3") == ()
    assert schema_problems(with_package({"\ud800": "1"}), "SPDX-2.3") == (
        ValidationProblem("document", "half of a character (a lone surrogate)"),
    )


@cache
def other_validator(format_: str) -> Any:
    """The same schema in jsonschema, the second opinion."""
    shared = [schema(name) for name in ("cyclonedx-licenses", "cyclonedx-jsf", "cyclonedx-cryptography")]
    registry: Any = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in shared)
    kind: Any = Draft201909Validator if "2019" in schema(format_)["$schema"] else Draft7Validator
    return kind(schema(format_), registry=registry)


def changed(document: Any, chance: random.Random) -> Any:
    """One change somewhere in ``document``: a name, a value, its letters, or its type."""
    document = copy.deepcopy(document)
    holders: list[Any] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list) and node:
            holders.append(node)
            waiting += node.values() if isinstance(node, dict) else node
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    value = holder[key]
    match chance.randrange(5):
        case 0 if isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        case 1:
            del holder[key]
        case 2 if isinstance(value, str):
            holder[key] = value.swapcase()
        case 3:
            holder[key] = None
        case _:
            holder[key] = chance.choice(["", "x", 7, -1, 2.5, True, [], {}, [value], {"name": value}])
    return document


@pytest.mark.parametrize("format_", FORMATS)
def test_jsonschema_judges_changed_documents_alike(format_: str) -> None:
    chance = random.Random(format_)
    if format_.startswith("SPDX"):
        originals = [rich() if format_ == "SPDX-2.3" else older()]
    else:
        # Which alternative a signature is turns on formats, which jsonschema does not assert.
        originals = [
            document
            for name, document in official_documents().items()
            if name.startswith(f"{format_[-3:]}/valid") and '"signature"' not in json.dumps(document)
        ]
    other = other_validator(format_)
    seen = set()
    for _ in range(150):
        document = changed(chance.choice(originals), chance)
        found = schema_problems(document, format_)
        valid = other.is_valid(document)
        seen.add(valid)
        # jsonschema asserts no formats here, so a valid time or address is nothing that it asks for.
        ours = [problem for problem in found if "is not a valid" not in problem.message]
        assert valid == (ours == [])
    assert seen == {True, False}
