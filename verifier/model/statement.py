"""In-toto statements, and the payload of a classic cosign signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.model.digest import Digest
from verifier.strict_json import Json

IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json"
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"
"""The predicate type of a statement that is an image signature (cosign v3)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A signed in-toto statement.

    ``type`` is the statement type URI (v0.1 or v1), ``subjects`` the sha256 digests that it speaks about,
    ``predicate`` its predicate as decoded from ``payload``, the very bytes that were signed.
    in-toto attestation framework, spec/v1/statement.md.
    """

    type: str
    predicate_type: str
    subjects: tuple[Digest, ...]
    predicate: Json
    payload: bytes
    annotations: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class SimpleSigning:
    """The payload of a classic cosign image signature: the manifest digest that it speaks about.

    ``docker_reference`` and ``annotations`` are the signer's claims.
    containers/image, docs/containers-signature.5.md, with cosign's ``type``.
    """

    digest: Digest
    docker_reference: str
    annotations: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """A bare signature over the bytes with this digest, with no statement about them."""

    digest: Digest
