"""Signatures by managed keys: a public key that the user trusts, without a certificate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from verifier.errors import BundleError, IdentityError, SignatureError
from verifier.model.trust import PublicKey


def _verifies(key: PublicKey, signature: bytes, data: bytes, *, prehashed: bool) -> bool:
    """Whether ``signature`` is by ``key`` over ``data`` (or over what has the SHA-256 ``data``)."""
    try:
        public = load_der_public_key(key.der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BundleError(f"the public key {key.source} cannot be used") from error
    match public:
        case ec.EllipticCurvePublicKey() if prehashed:
            return _holds(lambda: public.verify(signature, data, ec.ECDSA(Prehashed(hashes.SHA256()))))
        case ec.EllipticCurvePublicKey():
            return any(
                _holds(lambda used=used: public.verify(signature, data, ec.ECDSA(used)))  # type: ignore[misc]
                for used in _hashes(public.curve)
            )
        case rsa.RSAPublicKey():
            used = Prehashed(hashes.SHA256()) if prehashed else hashes.SHA256()
            return _holds(lambda: public.verify(signature, data, padding.PKCS1v15(), used))
        case ed25519.Ed25519PublicKey() if not prehashed:
            return _holds(lambda: public.verify(signature, data))
        case _:
            return False


def _hashes(curve: ec.EllipticCurve) -> tuple[hashes.HashAlgorithm, ...]:
    """cosign's classic format always hashes with SHA-256, bundles with what the algorithm registry pairs.

    protobuf-specs, docs/algorithm-registry.md.
    """
    paired: dict[str, hashes.HashAlgorithm] = {"secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512()}
    return (paired[curve.name], hashes.SHA256()) if curve.name in paired else (hashes.SHA256(),)


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


def signing_key(
    keys: Sequence[PublicKey], signature: bytes, data: bytes, *, prehashed: bool = False
) -> PublicKey:
    """The one of ``keys`` that made ``signature``.

    Raises `IdentityError` where no key is known, `SignatureError` where none of them made it.
    """
    if not keys:
        raise IdentityError(
            "it is signed with a managed key, and no key is wanted",
            hint="give the signer's public key with --key FILE, or in the policy's signers",
        )
    for key in keys:
        if _verifies(key, signature, data, prehashed=prehashed):
            return key
    raise SignatureError("the signature was made by none of the public keys that are known")
