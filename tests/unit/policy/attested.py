"""Attestations with a predicate and a time, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.unit.policy.factory import AMD64, RELEASE, attestation
from verifier.model.digest import Digest
from verifier.model.statement import Statement
from verifier.model.verified import CertificateSigner, Signer, VerifiedStatement

SIGNED = datetime(2026, 11, 20, 12, tzinfo=UTC)


def attested(
    kind: str,
    predicate: Any,
    *about: Digest,
    signer: Signer = RELEASE,
    signed_at: datetime | None = SIGNED,
) -> VerifiedStatement:
    """``predicate`` of type ``kind`` about ``about``, by default the first platform."""
    made = attestation(kind, *(about or (AMD64,)), signer=signer, name=repr((predicate, signed_at)))
    assert isinstance(made.content, Statement)
    return replace(made, content=replace(made.content, predicate=predicate), signed_at=signed_at)


def statement(kind: str, predicate: Any) -> Statement:
    """The in-toto statement alone."""
    return Statement("https://in-toto.io/Statement/v1", kind, (AMD64,), predicate, b"", {})


def claiming(claims: Mapping[str, str]) -> CertificateSigner:
    """The wanted signer, with further claims in its certificate."""
    return replace(RELEASE, claims=dict(claims))
