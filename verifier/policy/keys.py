"""Public keys that a user trusts."""

from __future__ import annotations

from verifier.errors import InputError
from verifier.model.trust import PublicKey
from verifier.text import safe


def load_public_key(raw: bytes, *, source: str) -> PublicKey:
    """Read a PEM public key (RFC 7468), or raise `InputError`, also where it is too weak to be believed."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    from verifier.key_strength import ACCEPTED, weakness

    hint = "a public key file starts with -----BEGIN PUBLIC KEY-----"
    if b"PRIVATE KEY" in raw:
        raise InputError(f"{safe(source)} holds a private key, which belongs nowhere near here", hint=hint)
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"{safe(source)} holds no public key in PEM", hint=hint) from None
    if problem := weakness(key):
        raise InputError(f"{safe(source)}: {problem}", hint=ACCEPTED)
    return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), source)
