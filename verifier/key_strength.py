"""Which public keys are strong enough to be believed.

What sigstore takes (cryptoutils.ValidatePubKey) and its algorithm registry lists: ECDSA on NIST's curves,
Ed25519, and RSA of at least 112 bits of security (NIST SP 800-131A rev. 2). Keys below that can be forged.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from verifier.limits import RSA_BITS_LEAST, RSA_BITS_MOST

ACCEPTED = f"accepted are ECDSA on P-256, P-384 or P-521, Ed25519, and RSA of at least {RSA_BITS_LEAST} bits"
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
# FIPS 186-5, A.1.1, and what the authorities of the Web PKI take: odd, above 2**16, and of at most 32 bits.
_EXPONENTS = range(2**16 + 1, 2**32, 2)


def weakness(key: object) -> str | None:
    """Say why ``key``, a public key of cryptography's, is not accepted; None where it is."""
    match key:
        case ec.EllipticCurvePublicKey():
            name = key.curve.name
            return None if name in _CURVES else f"ECDSA keys on the curve {name} are not accepted"
        case rsa.RSAPublicKey():
            return _weakness_of_rsa(key)
        case ed25519.Ed25519PublicKey():
            return None
        case _:
            kind = type(key).__name__.removesuffix("PublicKey")
            return f"{kind} keys are not supported"


def _weakness_of_rsa(key: rsa.RSAPublicKey) -> str | None:
    if key.key_size < RSA_BITS_LEAST:
        return f"RSA keys of {key.key_size} bits are too weak"
    if key.key_size > RSA_BITS_MOST:
        return f"RSA keys of {key.key_size} bits are larger than anybody's"
    numbers = key.public_numbers()
    if numbers.e not in _EXPONENTS:
        return "RSA keys with this exponent are not accepted"
    return None if numbers.n % 2 else "its RSA modulus is even"
