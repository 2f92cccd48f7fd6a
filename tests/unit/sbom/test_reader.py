"""Decoding what an attestation carries."""

from __future__ import annotations

import json

import pytest

from tests.unit.sbom.documents import IMAGE, cyclonedx, spdx
from verifier.limits import SBOM_BYTES
from verifier.model.bundle import Format
from verifier.model.digest import Digest
from verifier.model.sbom import DecodedSbom
from verifier.model.statement import SimpleSigning, Statement
from verifier.model.verified import KeySigner, VerifiedStatement
from verifier.sbom.reader import read_sbom
from verifier.strict_json import Json

SUBJECT = Digest(IMAGE)


def verified(content: Statement | SimpleSigning) -> VerifiedStatement:
    return VerifiedStatement(
        content=content,
        about=(SUBJECT,),
        signer=KeySigner("sha256:" + "0" * 64),
        log=None,
        signed_at=None,
        format=Format.DSSE,
        evidence=Digest("ef" * 32),
        stored_at=("referrers",),
    )


def read(predicate: Json, predicate_type: str, payload: bytes = b"") -> DecodedSbom:
    content = Statement(
        type="https://in-toto.io/Statement/v1",
        predicate_type=predicate_type,
        subjects=(SUBJECT,),
        predicate=predicate,
        payload=payload,
        annotations={},
    )
    return read_sbom(verified(content))


@pytest.mark.parametrize("predicate_type", ["https://spdx.dev/Document", "https://spdx.dev/Document/v2.3"])
def test_spdx_is_decoded_however_it_was_packed(predicate_type: str) -> None:
    predicates: list[Json] = [spdx(), json.dumps(spdx()), {"Data": spdx()}, {"Data": json.dumps(spdx())}]
    for predicate in predicates:
        decoded = read(predicate, predicate_type)
        assert (decoded.code, decoded.problem) == (None, None)
        assert decoded.sbom is not None
        assert len(decoded.sbom.packages) == 3
        assert decoded.binding is not None
        assert decoded.binding.digests == (SUBJECT,)
        assert not decoded.binding.lists_only_images


@pytest.mark.parametrize("predicate_type", ["https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.5"])
def test_cyclonedx_is_decoded(predicate_type: str) -> None:
    decoded = read(cyclonedx(), predicate_type)
    assert decoded.sbom is not None
    assert decoded.sbom.format == "CycloneDX-1.5"


@pytest.mark.parametrize(
    ("predicate", "predicate_type", "code"),
    [
        (cyclonedx(), "https://spdx.dev/Document", "SbomError"),
        (spdx(), "https://cyclonedx.org/bom", "SbomError"),
        (spdx(), "https://slsa.dev/provenance/v1", "SbomError"),
        (spdx(), "https://spdx.dev/Document/", "SbomError"),
        (None, "https://spdx.dev/Document", "SbomError"),
        ({}, "https://spdx.dev/Document", "SbomError"),
        ("{}", "https://spdx.dev/Document", "SbomError"),
        ('"{}"', "https://spdx.dev/Document", "SbomError"),
        ("SPDXVersion: SPDX-2.3\n", "https://spdx.dev/Document", "StatementError"),
        ({"Data": None}, "https://spdx.dev/Document", "SbomError"),
        (spdx() | {"packages": 1}, "https://spdx.dev/Document", "SbomError"),
        (spdx() | {"packages": [None] * 100_001}, "https://spdx.dev/Document", "LimitExceeded"),
    ],
)
def test_what_cannot_be_used_says_why(predicate: Json, predicate_type: str, code: str) -> None:
    decoded = read(predicate, predicate_type)
    assert (decoded.sbom, decoded.binding) == (None, None)
    assert decoded.code == code
    assert decoded.problem


def test_an_image_signature_is_no_sbom() -> None:
    assert read_sbom(verified(SimpleSigning(SUBJECT, "", {}))).code == "SbomError"


def test_the_size_is_bounded() -> None:
    assert read(spdx(), "https://spdx.dev/Document", bytes(SBOM_BYTES)).sbom is not None
    assert read(spdx(), "https://spdx.dev/Document", bytes(SBOM_BYTES + 1)).code == "LimitExceeded"
