"""Keys that follow from a seed, and signatures that follow from key and message."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.sigstore_instance import der


class KeyKind(Enum):
    """The kinds of keys; the value is the name in Sigstore's algorithm registry (``keyDetails``)."""

    P256 = "PKIX_ECDSA_P256_SHA_256"
    P384 = "PKIX_ECDSA_P384_SHA_384"
    ED25519 = "PKIX_ED25519"
    RSA = "PKIX_RSA_PKCS1V15_2048_SHA256"


PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

_ALGORITHMS = {  # DER AlgorithmIdentifier of a signature (RFC 5758, RFC 8410, RFC 4055)
    KeyKind.P256: der.sequence(der.oid("1.2.840.10045.4.3.2")),
    KeyKind.P384: der.sequence(der.oid("1.2.840.10045.4.3.3")),
    KeyKind.ED25519: der.sequence(der.oid("1.3.101.112")),
    KeyKind.RSA: der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null()),
}
_CURVES: dict[KeyKind, ec.EllipticCurve] = {KeyKind.P256: ec.SECP256R1(), KeyKind.P384: ec.SECP384R1()}


@dataclass(frozen=True)
class Key:
    """A private key that follows from ``seed``; its signatures follow from key and message."""

    seed: str
    kind: KeyKind = KeyKind.P256

    @cached_property
    def private(self) -> PrivateKey:
        """The private key."""
        secret = hashlib.sha512(f"{self.kind.value}:{self.seed}".encode()).digest()
        if self.kind is KeyKind.ED25519:
            return ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32])
        if self.kind is KeyKind.RSA:
            return _rsa_key(self.seed)
        # Any number below 2^255 is below the order of both curves.
        return ec.derive_private_key(int.from_bytes(secret[:31], "big") + 1, _CURVES[self.kind])

    @cached_property
    def spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def pem(self) -> str:
        """The public key as PEM."""
        return (
            self.private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @property
    def private_pem(self) -> str:
        """The private key as unencrypted PKCS#8 PEM."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def id(self) -> bytes:
        """SHA-256 of the SubjectPublicKeyInfo: the log id of RFC 6962 and of Rekor v1."""
        return hashlib.sha256(self.spki).digest()

    @property
    def algorithm(self) -> bytes:
        """DER AlgorithmIdentifier of this key's signatures."""
        return _ALGORITHMS[self.kind]

    def sign(self, message: bytes, *, hash_algorithm: hashes.HashAlgorithm | None = None) -> bytes:
        """Sign ``message``, with the hash that goes with the key unless another is given."""
        private = self.private
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return private.sign(message)
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(message, padding.PKCS1v15(), hash_algorithm or hashes.SHA256())
        default = hashes.SHA384() if self.kind is KeyKind.P384 else hashes.SHA256()
        # RFC 6979: no randomness, so test data can be made again byte for byte.
        return private.sign(message, ec.ECDSA(hash_algorithm or default, deterministic_signing=True))


_SMALL_PRIMES = math.prod(range(3, 2000, 2))  # and their multiples


@cache
def _rsa_key(seed: str) -> rsa.RSAPrivateKey:
    source = random.Random(f"rsa:{seed}")
    exponent = 65537
    p, q = _prime(source), _prime(source)
    d = pow(exponent, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    ).private_key()


def _prime(source: random.Random) -> int:
    """A number of 1024 bits that is prime by Fermat's test to three bases: enough for a key nobody trusts."""
    while True:
        # The two highest bits are set, so that a product of two has 2048 bits.
        candidate = source.getrandbits(1024) | (0b11 << 1022) | 1
        if math.gcd(candidate, _SMALL_PRIMES) > 1 or candidate % 65537 == 1:
            continue
        if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5)):
            return candidate
