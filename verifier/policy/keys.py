"""Public keys that a user trusts."""

from __future__ import annotations

from verifier.errors import InputError
from verifier.model.trust import PublicKey
from verifier.text import safe


def load_public_key(raw: bytes, *, source: str) -> PublicKey:
    """Read a PEM public key (RFC 7468), or raise `InputError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    hint = "a public key file starts with -----BEGIN PUBLIC KEY-----"
    if b"PRIVATE KEY" in raw:
        raise InputError(f"{safe(source)} holds a private key, which belongs nowhere near here", hint=hint)
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"{safe(source)} holds no public key in PEM", hint=hint) from None
    if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        raise InputError(
            f"{safe(source)}: keys of this kind are not supported", hint="ECDSA, Ed25519 and RSA are"
        )
    return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), source)
