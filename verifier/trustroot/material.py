"""Certificates and keys of a trust root: whether they are any, and strong enough."""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from verifier.key_strength import weakness
from verifier.panics import is_panic


def problem_of_certificate(der: bytes) -> str | None:
    """Say what is wrong with a certificate; None where nothing is. All of it is parsed."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.serial_number
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        # OpenSSL, with which chains and timestamps are verified, takes fewer kinds of strings in a name.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return None
    # cryptography: ValueError for junk, the others for certificates whose structure is fine but whose version
    # or extensions are not.
    except (
        ValueError,
        TypeError,
        ssl.SSLError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        return f"a certificate that cannot be used ({type(error).__name__})"
    except BaseException as error:
        if not is_panic(error):
            raise
        return "a certificate that cannot be used"
    return _weakness(key)


def problem_of_key(der: bytes) -> str | None:
    """Say what is wrong with a public key (SubjectPublicKeyInfo); None where nothing is."""
    try:
        key = load_der_public_key(der)
    except UnsupportedAlgorithm:
        return None
    except (ValueError, TypeError) as error:
        return f"a public key that cannot be used ({type(error).__name__})"
    return _weakness(key)


def _weakness(key: object) -> str | None:
    # A kind that nobody here knows verifies nothing, and need not keep from using the others in the file.
    return (
        weakness(key)
        if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | dsa.DSAPublicKey)
        else None
    )
