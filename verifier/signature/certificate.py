"""What a signing certificate says of the signer.

Fulcio, docs/oid-info.md and docs/certificate-specification.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from verifier.errors import BundleError, IdentityError
from verifier.key_strength import ACCEPTED, weakness
from verifier.model.verified import CertificateSigner
from verifier.panics import is_panic
from verifier.text import safe

_ARC = "1.3.6.1.4.1.57264.1."
_OTHER_NAME = ObjectIdentifier(_ARC + "7")

# The first generation is raw text, the second DER UTF8String.
_RAW_CLAIMS = {
    "2": "githubWorkflowTrigger",
    "3": "githubWorkflowSHA",
    "4": "githubWorkflowName",
    "5": "githubWorkflowRepository",
    "6": "githubWorkflowRef",
}
_DER_CLAIMS = {
    "9": "buildSignerURI",
    "10": "buildSignerDigest",
    "11": "runnerEnvironment",
    "12": "sourceRepositoryURI",
    "13": "sourceRepositoryDigest",
    "14": "sourceRepositoryRef",
    "15": "sourceRepositoryIdentifier",
    "16": "sourceRepositoryOwnerURI",
    "17": "sourceRepositoryOwnerIdentifier",
    "18": "buildConfigURI",
    "19": "buildConfigDigest",
    "20": "buildTrigger",
    "21": "runInvocationURI",
    "22": "sourceRepositoryVisibilityAtSigning",
}


def load_certificate(der: bytes) -> x509.Certificate:
    """Parse a DER certificate and all of its extensions, or raise `BundleError`."""
    with _readable():
        return require_readable(x509.load_der_x509_certificate(der))


def require_readable(certificate: x509.Certificate) -> x509.Certificate:
    """Give ``certificate`` when all of its extensions can be parsed, else raise `BundleError`."""
    with _readable():
        _ = certificate.extensions, certificate.subject, certificate.not_valid_after_utc
    return certificate


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    # cryptography: ValueError for junk, the others for certificates whose structure is fine but whose
    # version or extensions are not. None of the others is a ValueError.
    except (
        ValueError,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise BundleError(f"the signing certificate cannot be read: {type(error).__name__}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise BundleError("the signing certificate cannot be read") from error


def require_code_signing(certificate: x509.Certificate) -> None:
    """Raise `IdentityError` unless this is an end-entity certificate for signing with an ECDSA key."""
    extensions = certificate.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise IdentityError("the signing certificate does not say what its key may be used for") from error
    if not usage.digital_signature:
        raise IdentityError("the signing certificate's key usage is not digital signature")
    if ExtendedKeyUsageOID.CODE_SIGNING not in extended:
        raise IdentityError("the signing certificate's extended key usage is not code signing")
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise IdentityError("the signing certificate is a certificate authority's")
    except x509.ExtensionNotFound:
        pass  # optional in an end-entity certificate (RFC 5280, section 4.2.1.9)
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BundleError("the signing certificate's public key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BundleError(
            f"the signing certificate's key is {type(key).__name__.strip('_')}, only ECDSA is supported"
        )
    if problem := weakness(key):
        raise BundleError(f"the signing certificate's key: {problem}", hint=ACCEPTED)


_Extensions = dict[str, x509.ExtensionType]


def _raw_value(extensions: _Extensions, number: str) -> bytes | None:
    """The bytes of Fulcio's extension ``number``, which cryptography does not know; None where absent."""
    value = extensions.get(_ARC + number)
    if value is None:
        return None
    if not isinstance(value, x509.UnrecognizedExtension):
        raise IdentityError(f"the certificate extension {_ARC + number} is malformed")
    return value.value


def _raw_text(extensions: _Extensions, number: str) -> str | None:
    raw = _raw_value(extensions, number)
    return None if raw is None else _text(raw, _ARC + number)


def _der_text(extensions: _Extensions, number: str) -> str | None:
    raw = _raw_value(extensions, number)
    return None if raw is None else _utf8_string(raw, _ARC + number)


def _text(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise IdentityError(f"the certificate extension {name} is not UTF-8") from None


def _utf8_string(raw: bytes, name: str) -> str:
    """Read one DER UTF8String that fills ``raw`` (X.690, sections 8.1.3 and 8.23)."""
    malformed = IdentityError(f"the certificate extension {name} is not a DER UTF8String")
    if len(raw) < 2 or raw[0] != 0x0C:
        raise malformed
    length, offset = raw[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 2 or len(raw) < 2 + count:
            raise malformed
        length, offset = int.from_bytes(raw[2 : 2 + count], "big"), 2 + count
        if length < (0x80 if count == 1 else 0x100):
            raise malformed
    if len(raw) != offset + length:
        raise malformed
    return _text(raw[offset:], name)


def _subject(certificate: x509.Certificate) -> tuple[str, str]:
    """The one subject alternative name and its kind; more than one would let the signer choose."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise IdentityError("the signing certificate names no subject") from None
    names = list(extension.value)
    if len(names) != 1:
        raise IdentityError(f"the signing certificate names {len(names)} subjects, not exactly one")
    name = names[0]
    match name:
        case x509.UniformResourceIdentifier():
            return name.value, "uri"
        case x509.RFC822Name():
            return _no_uri(name.value), "email"
        case x509.OtherName() if name.type_id == _OTHER_NAME:
            return _no_uri(_utf8_string(name.value, "subject alternative name")), "other-name"
        case _:
            raise IdentityError(
                f"the signing certificate's subject is of an unsupported kind: {type(name).__name__}"
            )


def _no_uri(name: str) -> str:
    """A name that is compared as text must not be taken for a URI, which it only spells."""
    if "://" in name:
        raise IdentityError(
            f"the signing certificate's subject {safe(name)} looks like a URI and is of another kind"
        )
    return name


def _issuer(extensions: _Extensions) -> str:
    """The OIDC issuer; both extensions, where both are there, must agree."""
    first, second = _raw_text(extensions, "1"), _der_text(extensions, "8")
    issuer = second if second is not None else first
    if not issuer:
        raise IdentityError("the signing certificate names no OIDC issuer")
    if first is not None and first != issuer:
        raise IdentityError("the signing certificate names two different OIDC issuers")
    return issuer


def signer_of(certificate: x509.Certificate) -> CertificateSigner:
    """Read who signed, or raise `IdentityError` where the certificate does not say so unambiguously."""
    subject, kind = _subject(certificate)
    extensions = {extension.oid.dotted_string: extension.value for extension in certificate.extensions}
    claims: dict[str, str] = {}
    for names, read in ((_RAW_CLAIMS, _raw_text), (_DER_CLAIMS, _der_text)):
        for number, name in names.items():
            value = read(extensions, number)
            if value is not None:
                claims[name] = value
    return CertificateSigner(issuer=_issuer(extensions), subject=subject, subject_kind=kind, claims=claims)


def sct_log_id(certificate: x509.Certificate) -> bytes:
    """The id of the log that signed the one embedded certificate timestamp, or raise `IdentityError`."""
    try:
        extension = certificate.extensions.get_extension_for_class(
            x509.PrecertificateSignedCertificateTimestamps
        )
    except x509.ExtensionNotFound:
        raise IdentityError("the signing certificate carries no certificate timestamp (SCT)") from None
    timestamps = list(extension.value)
    if len(timestamps) != 1:
        raise IdentityError(
            f"the signing certificate carries {len(timestamps)} certificate timestamps, not exactly one"
        )
    return bytes(timestamps[0].log_id)
