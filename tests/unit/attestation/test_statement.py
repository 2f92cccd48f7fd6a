"""Signed payloads: in-toto statements and classic cosign signatures."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from verifier.attestation.statement import parse_simple_signing, parse_statement
from verifier.errors import LimitExceeded, StatementError, SubjectError, VerifierError
from verifier.limits import STATEMENT_SUBJECTS, SUBJECT_DIGESTS
from verifier.model.digest import Digest

A, B = "ab" * 32, "cd" * 32
V1, V01 = "https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"


def document(**members: Any) -> dict[str, Any]:
    return {
        "_type": V1,
        "subject": [{"name": "example.org/hello", "digest": {"sha256": A}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": {}},
        **members,
    }


def encoded(**members: Any) -> bytes:
    return json.dumps(document(**members)).encode()


def without(key: str) -> bytes:
    return json.dumps({name: value for name, value in document().items() if name != key}).encode()


def refusal(payload: bytes) -> VerifierError:
    with pytest.raises(VerifierError) as caught:
        parse_statement(payload)
    return caught.value


@pytest.mark.parametrize("kind", [V1, V01])
def test_a_statement_is_read_from_the_signed_bytes(kind: str) -> None:
    payload = encoded(_type=kind)
    statement = parse_statement(payload)
    assert statement.type == kind
    assert statement.predicate_type == "https://slsa.dev/provenance/v1"
    assert statement.subjects == (Digest(A),)
    assert statement.predicate == {"buildDefinition": {}}
    assert statement.payload is payload
    assert statement.annotations == {}


@pytest.mark.parametrize(
    "kind",
    [
        "https://in-toto.io/Statement/v0.2",
        "https://in-toto.io/Statement/v1/",
        "https://in-toto.io/statement/v1",
        "",
        None,
        1,
        [V1],
        {"a": V1},
    ],
)
def test_another_statement_type_is_refused(kind: object) -> None:
    assert type(refusal(encoded(_type=kind))) is StatementError


@pytest.mark.parametrize("key", ["_type", "predicateType"])
def test_a_statement_without_its_types_is_refused(key: str) -> None:
    assert type(refusal(without(key))) is StatementError


@pytest.mark.parametrize("value", ["", None, 1, ["u"], {}, "\ud800"])
def test_a_predicate_type_that_is_no_text_is_refused(value: object) -> None:
    assert type(refusal(encoded(predicateType=value))) is StatementError


def test_the_predicate_may_be_absent() -> None:
    # cosign 3.0 writes its image signatures so; the specification makes it optional.
    assert parse_statement(without("predicate")).predicate is None


@pytest.mark.parametrize("predicate", [{}, {"a": [1, {"b": None}]}, '{"spdxVersion": "SPDX-2.3"}', None])
def test_the_predicate_is_kept_as_it_was_signed(predicate: object) -> None:
    assert parse_statement(encoded(predicate=predicate)).predicate == predicate


@pytest.mark.parametrize("predicate", [[], [{}], 1, True, 1.5])
def test_a_predicate_that_is_neither_object_nor_text_is_refused(predicate: object) -> None:
    assert type(refusal(encoded(predicate=predicate))) is StatementError


def test_unknown_members_are_ignored() -> None:
    subject = {"digest": {"sha256": A}, "future": {"a": 1}}
    assert parse_statement(encoded(subject=[subject], future=[1])).subjects == (Digest(A),)


def test_unknown_members_of_any_name_are_ignored() -> None:
    # The Protobuf library fails with SystemError on such a name.
    subject = {"digest": {"sha256": A}, "\ud800": None}
    assert parse_statement(encoded(subject=[subject], **{"\ud800": 1})).subjects == (Digest(A),)


@pytest.mark.parametrize("digest", [{"sha256": A, "\ud800": "x"}, {"sha256": A, "x": "\ud800"}])
def test_digests_that_are_not_unicode_are_refused(digest: dict[str, str]) -> None:
    assert type(refusal(encoded(subject=[{"digest": digest}]))) is StatementError


@pytest.mark.parametrize("twin", ["type", "Type", "_Type", "Subject", "predicate_type", "PREDICATE"])
def test_a_member_that_another_reader_takes_for_a_known_one_is_refused(twin: str) -> None:
    assert type(refusal(encoded(**{twin: None}))) is StatementError


@pytest.mark.parametrize("twin", ["Digest", "DIGEST", "download_location", "Name"])
def test_so_is_one_of_a_subject(twin: str) -> None:
    subject = {"digest": {"sha256": A}, twin: {"sha256": B}}
    assert type(refusal(encoded(subject=[subject]))) is StatementError


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        json.dumps(json.dumps(document())).encode(),
        b"\xef\xbb\xbf" + encoded(),
        json.dumps(document()).encode("utf-16"),
        encoded() + b" {}",
        encoded()[:-1] + b',"subject":[]}',
        encoded(predicate={"a": float("nan")}),
        encoded(predicate={"a": float("inf")}),
        encoded(predicate={"a": 2**64}),
        encoded(predicate={"a": 1})[:-2] + b"0" * 5000 + b"}}",
        encoded(predicate={"a": 0}).replace(b'{"a": 0}', b'{"a":' * 2000 + b"0" + b"}" * 2000),
    ],
)
def test_payloads_that_are_no_strict_json_object_are_refused(payload: bytes) -> None:
    assert type(refusal(payload)) is StatementError


@pytest.mark.parametrize("subjects", [[], None, {}, "x", 1, [None], ["x"], [[]]])
def test_a_statement_about_nothing_is_refused(subjects: object) -> None:
    assert type(refusal(encoded(subject=subjects))) is SubjectError


def test_a_statement_without_subjects_is_refused() -> None:
    assert type(refusal(without("subject"))) is SubjectError


@pytest.mark.parametrize(
    "value",
    [
        A.upper(),
        "sha256:" + A,
        A[:-1],
        A + "0",
        A + "\n",
        " " + A,
        "g" * 64,
        "",
        base64.b64encode(bytes.fromhex(A)).decode(),
    ],
)
def test_a_sha256_digest_is_64_lower_case_digits(value: str) -> None:
    assert type(refusal(encoded(subject=[{"digest": {"sha256": value}}]))) is SubjectError
    # Beside a good subject as well: nobody writes such a statement by mistake.
    both = [{"digest": {"sha256": A}}, {"digest": {"sha256": value}}]
    assert type(refusal(encoded(subject=both))) is SubjectError


@pytest.mark.parametrize(
    "digest", [{"sha256": None}, {"sha256": 1}, {"sha256": [A]}, "sha256", [A], {"a": {}}]
)
def test_a_digest_that_is_no_text_is_refused(digest: object) -> None:
    error = refusal(encoded(subject=[{"name": "x", "digest": digest}]))
    assert type(error) in {StatementError, SubjectError}


@pytest.mark.parametrize("digest", [{"sha1": "ab" * 20}, {"gitCommit": "ab" * 20}, {"sha512": "ab" * 64}])
def test_a_subject_without_sha256_is_passed_over(digest: dict[str, str]) -> None:
    subjects = [{"digest": digest}, {"digest": {"sha256": A}}]
    assert parse_statement(encoded(subject=subjects)).subjects == (Digest(A),)
    assert type(refusal(encoded(subject=subjects[:1]))) is SubjectError


@pytest.mark.parametrize(
    "subject", [{"name": "x"}, {"name": "x", "digest": {}}, {"name": "x", "digest": None}]
)
def test_a_subject_without_any_digest_is_refused(subject: dict[str, Any]) -> None:
    # in-toto attestation framework, spec/v1/statement.md: each element MUST have digest set.
    good = {"digest": {"sha256": A}}
    assert type(refusal(encoded(subject=[good, subject]))) is SubjectError


def test_a_subject_that_is_named_in_no_way_is_refused() -> None:
    assert type(refusal(encoded(subject=[{"digest": {"sha256": A}}, {}]))) is StatementError


@pytest.mark.parametrize(
    ("algorithm", "good", "bad"),
    [
        ("sha512", "ab" * 64, "ab" * 63),
        ("sha512", "ab" * 64, "AB" * 64),
        ("sha1", "ab" * 20, "zz" * 20),
        ("gitCommit", "ab" * 20, "abcdef0"),
    ],
)
def test_a_known_digest_beside_sha256_must_be_well_formed(algorithm: str, good: str, bad: str) -> None:
    # It cannot be recomputed here; subjects match by any digest (spec/v1/digest_set.md).
    parsed = parse_statement(encoded(subject=[{"digest": {"sha256": A, algorithm: good}}]))
    assert parsed.subjects == (Digest(A),)
    assert type(refusal(encoded(subject=[{"digest": {"sha256": A, algorithm: bad}}]))) is SubjectError


def test_an_unknown_digest_beside_sha256_is_ignored() -> None:
    subject = {"digest": {"sha256": A, "somecoolhash": "x", "SHA256": B}}
    assert parse_statement(encoded(subject=[subject])).subjects == (Digest(A),)


def test_several_subjects_are_listed_once_each_in_their_order() -> None:
    subjects = [{"digest": {"sha256": each}} for each in (B, A, B)]
    assert parse_statement(encoded(subject=subjects)).subjects == (Digest(B), Digest(A))


def test_subjects_and_their_digests_are_bounded() -> None:
    subjects = [{"digest": {"sha256": f"{number:064x}"}} for number in range(STATEMENT_SUBJECTS)]
    assert len(parse_statement(encoded(subject=subjects)).subjects) == STATEMENT_SUBJECTS
    subjects.append({"digest": {"sha256": A}})
    assert type(refusal(encoded(subject=subjects))) is LimitExceeded
    digests = {"sha256": A} | {f"x{number}": "0" for number in range(SUBJECT_DIGESTS - 1)}
    assert parse_statement(encoded(subject=[{"digest": digests}])).subjects == (Digest(A),)
    assert type(refusal(encoded(subject=[{"digest": digests | {"y": "0"}}]))) is LimitExceeded


def test_the_annotations_are_those_of_the_only_subject() -> None:
    annotated = {"digest": {"sha256": A}, "annotations": {"env": "prod", "n": 1}}
    assert parse_statement(encoded(subject=[annotated])).annotations == {"env": "prod", "n": 1}
    two = [annotated, {"digest": {"sha256": B}}]
    assert parse_statement(encoded(subject=two)).annotations == {}


@pytest.mark.parametrize("annotations", ["x", [], 1, {"a": "\ud800"}])
def test_annotations_that_are_no_object_of_text_are_refused(annotations: object) -> None:
    subject = {"digest": {"sha256": A}, "annotations": annotations}
    assert type(refusal(encoded(subject=[subject]))) is StatementError


def test_messages_hold_no_control_characters() -> None:
    message = refusal(encoded(_type="\x1b[2J\u202e")).message
    assert message.isprintable()


@pytest.mark.parametrize(
    "layout", ["slsa-container-v1.4.0", "slsa-container-v1.8.0", "slsa-container-v2.0.0"]
)
def test_real_provenance_is_read(real_data: Path, layout: str) -> None:
    wanted = (real_data / "oci" / f"{layout}.digest").read_text().strip()
    statements = [
        parse_statement(base64.b64decode(json.loads(blob.read_bytes())["payload"]))
        for blob in (real_data / "oci" / layout / "blobs" / "sha256").iterdir()
        if b'"payloadType"' in blob.read_bytes()[:200]
    ]
    assert {str(digest) for each in statements for digest in each.subjects} == {wanted}
    assert {each.type for each in statements} == {V01}


# --- classic signatures ---------------------------------------------------------------


def signing(**changes: Any) -> dict[str, Any]:
    return {
        "critical": {
            "identity": {"docker-reference": "example.org/hello"},
            "image": {"docker-manifest-digest": f"sha256:{A}"},
            "type": "cosign container image signature",
            **changes,
        },
        "optional": None,
    }


def signing_refusal(value: object) -> VerifierError:
    with pytest.raises(VerifierError) as caught:
        parse_simple_signing(json.dumps(value).encode())
    return caught.value


def test_a_classic_payload_is_read() -> None:
    content = parse_simple_signing(json.dumps(signing()).encode())
    assert (content.digest, content.docker_reference) == (Digest(A), "example.org/hello")
    assert content.annotations == {}


@pytest.mark.parametrize("optional", [{}, {"env": "prod", "creator": "cosign", "n": 1}])
def test_its_annotations_are_kept(optional: dict[str, Any]) -> None:
    content = parse_simple_signing(json.dumps(signing() | {"optional": optional}).encode())
    assert content.annotations == optional


@pytest.mark.parametrize("reference", ["", "elsewhere.example.org/copy:1"])
def test_its_reference_is_kept_and_not_judged(reference: str) -> None:
    payload = signing(identity={"docker-reference": reference})
    assert parse_simple_signing(json.dumps(payload).encode()).docker_reference == reference


@pytest.mark.parametrize("kind", ["atomic container signature", "", None, 1])
def test_another_type_of_payload_is_refused(kind: object) -> None:
    assert type(signing_refusal(signing(type=kind))) is StatementError


@pytest.mark.parametrize(
    "digest", [A, f"sha256:{A.upper()}", f"sha512:{A}", f"sha256:{A}\n", f"sha256:{A[:-1]}", "", None, 1, {}]
)
def test_a_digest_that_is_none_is_refused(digest: object) -> None:
    error = signing_refusal(signing(image={"docker-manifest-digest": digest}))
    assert type(error) is SubjectError


@pytest.mark.parametrize(
    "changes",
    [
        {"image": None},
        {"image": []},
        {"image": {"docker-manifest-digest": f"sha256:{A}", "other": 1}},
        {"identity": None},
        {"identity": {"docker-reference": 1}},
        {"identity": {"docker-reference": "x", "Docker-Reference": "y"}},
        {"Image": {"docker-manifest-digest": f"sha256:{B}"}},
        {"future": True},
    ],
)
def test_anything_unexpected_inside_critical_is_refused(changes: dict[str, Any]) -> None:
    assert type(signing_refusal(signing(**changes))) is StatementError


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"critical": None},
        signing() | {"optional": []},
        signing() | {"optional": "x"},
        signing() | {"Critical": {}},
    ],
)
def test_another_shape_of_payload_is_refused(value: object) -> None:
    assert type(signing_refusal(value)) is StatementError
