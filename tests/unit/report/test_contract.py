"""The fields of the report, written down by hand from its documentation: these are public."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from tests.unit.report.factory import report, unavailable
from verifier.model.finding import Outcome, Verdict
from verifier.report.json_report import render_json, report_schema

_STATEMENT = "subject scope format evidence storedAt signer log signedAt acceptedBy"
_CHECK = "rule policy outcome code message hint evidence"

# Where an object stands, and all of its fields.
FIELDS: dict[tuple[str | int, ...], str] = {
    (): "schemaVersion tool verdict exitCode evaluatedAt trustRoot policies images",
    ("tool",): "name version",
    ("trustRoot",): "source digest",
    ("policies", 0): "name source digest",
    ("images", 0): "reference digest resolved mediaType verdict signatures attestations rejected unsigned"
    " checks platforms",
    ("images", 0, "signatures", 0): _STATEMENT,
    ("images", 0, "signatures", 0, "signer"): "issuer subject claims",
    ("images", 0, "signatures", 0, "log"): "kind index id proof",
    ("images", 0, "attestations", 0): f"{_STATEMENT} predicateType statementType",
    ("images", 0, "attestations", 0, "signer"): "keyFingerprint",
    ("images", 0, "rejected", 0): "evidence storedAt code reason",
    ("images", 0, "unsigned", 0): "evidence storedAt predicateType",
    ("images", 0, "platforms", 0): "platform digest verdict sbom checks",
    ("images", 0, "platforms", 0, "checks", 0): _CHECK,
    ("images", 0, "platforms", 0, "sbom"): "format predicateType evidence scope created creators packages"
    " relationships",
}
# What is there only where there is something to say.
OPTIONAL: dict[tuple[str | int, ...], str] = {("images", 0): "platformsLeftOut searched warnings"}
PLACES = [(place, name) for place, names in FIELDS.items() for name in names.split()]
SHA = f"sha256:{'a' * 64}"


def document() -> Any:
    return json.loads(render_json(report()))


def at(place: tuple[str | int, ...], root: Any) -> Any:
    for step in place:
        root = root[step]
    return root


def valid(root: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(report_schema()).is_valid(root))


@pytest.mark.parametrize("place", FIELDS, ids=str)
def test_an_object_has_these_fields_in_this_order_and_no_other(place: tuple[str | int, ...]) -> None:
    assert list(at(place, document())) == [*FIELDS[place].split(), *OPTIONAL.get(place, "").split()]


def test_what_there_is_nothing_to_say_of_is_left_out() -> None:
    (image,) = json.loads(render_json(unavailable()))["images"]
    assert list(image) == FIELDS["images", 0].split()


@pytest.mark.parametrize(("place", "name"), PLACES, ids=str)
def test_the_schema_wants_each_field_under_its_name(place: tuple[str | int, ...], name: str) -> None:
    good, missing, misspelt = document(), document(), document()
    assert valid(good)
    del at(place, missing)[name]
    assert not valid(missing)
    at(place, misspelt)[name.upper()] = at(place, misspelt).pop(name)
    assert not valid(misspelt)


@pytest.mark.parametrize(("place", "name"), PLACES, ids=str)
def test_the_schema_wants_each_field_of_its_kind(place: tuple[str | int, ...], name: str) -> None:
    broken = document()
    at(place, broken)[name] = {"no": ["such", "thing"]}
    assert not valid(broken) or name == "claims"


VALUES: list[tuple[tuple[str | int, ...], str, list[Any], list[Any]]] = [
    ((), "schemaVersion", [1], [2, "1", None]),
    ((), "verdict", ["pass", "fail", "unverified", "unavailable", "error"], ["ok", "PASS", None]),
    ((), "exitCode", [0, 1, 3, 4, 5], [2, 6, "0"]),
    ((), "evaluatedAt", ["2026-11-01T12:00:00Z"], ["2026-11-01T12:00:00+00:00", "2026-11-01", 0, None]),
    ((), "trustRoot", [None, {"source": "x", "digest": SHA}], [{}, "x"]),
    ((), "images", [[]], [None, {}]),
    (("images", 0), "digest", [SHA, None], ["a" * 64, SHA.upper(), f"sha512:{'a' * 128}"]),
    (("images", 0), "resolved", ["a@b", None], [1]),
    (("images", 0, "signatures", 0), "scope", ["index", "platform", "image"], ["none", None]),
    (("images", 0, "signatures", 0), "format", ["cosign-simplesigning", "sigstore-bundle"], ["gpg", None]),
    (("images", 0, "signatures", 0), "log", [None], [{}, []]),
    (("images", 0, "signatures", 0), "signedAt", [None, "2026-11-01T12:00:00.5Z"], ["now"]),
    (("images", 0, "signatures", 0), "acceptedBy", [["a", "b"]], [[], None, "a"]),
    (
        ("images", 0, "signatures", 0),
        "signer",
        [{"keyFingerprint": SHA}],
        [{}, None, {"keyFingerprint": SHA, "issuer": "x"}, {"issuer": "x", "subject": "y"}],
    ),
    (("images", 0, "signatures", 0, "log"), "proof", ["inclusion-proof", "promise"], ["none", None]),
    (("images", 0, "signatures", 0, "log"), "index", [0, 2**53], [-1, "1", 1.5]),
    (("images", 0, "platforms", 0), "sbom", [None], [{}, []]),
    (("images", 0, "platforms", 0, "sbom"), "scope", ["platform", "image"], ["index"]),
    (("images", 0, "platforms", 0, "sbom"), "packages", [0, 7], [-1, "7", None]),
    (
        ("images", 0, "platforms", 0, "checks", 0),
        "outcome",
        ["pass", "waived", "warn", "fail", "error", "skip"],
        ["ok", None],
    ),
    (("images", 0, "platforms", 0, "checks", 0), "code", [None, "IdentityError"], ["identity-error", ""]),
]


@pytest.mark.parametrize(("place", "name", "good", "bad"), VALUES, ids=lambda value: str(value)[:40])
def test_the_schema_knows_the_values(
    place: tuple[str | int, ...], name: str, good: list[Any], bad: list[Any]
) -> None:
    for value in (*good, *bad):
        changed = copy.deepcopy(document())
        at(place, changed)[name] = value
        assert valid(changed) is (value in good), value


def test_the_public_words_are_those_of_the_program() -> None:
    assert {outcome.value for outcome in Outcome} == {"pass", "waived", "warn", "fail", "error", "skip"}
    assert {str(v): int(v) for v in Verdict} == {
        "pass": 0,
        "fail": 1,
        "unverified": 3,
        "unavailable": 4,
        "error": 5,
    }


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASS])
def test_a_report_that_is_no_pass_claims_nothing(verdict: Verdict) -> None:
    """OUT-04: no word of success but in the checks that passed."""
    text = render_json(report(verdict=verdict))
    made = json.loads(text)
    assert made["verdict"] == str(verdict) != "pass"
    assert made["exitCode"] == int(verdict) != 0
    assert '"verified"' not in text
    assert '"pass"' not in text
