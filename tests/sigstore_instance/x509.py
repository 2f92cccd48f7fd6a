"""X.509 v3 certificates (RFC 5280), written by hand so that every part can be wrong."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.sigstore_instance import der
from tests.sigstore_instance.keys import Key

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
SUBJECT_KEY_ID = "2.5.29.14"
AUTHORITY_KEY_ID = "2.5.29.35"

CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"

DIGITAL_SIGNATURE = 0  # bit numbers of KeyUsage (RFC 5280 4.2.1.3)
KEY_ENCIPHERMENT = 2
KEY_CERT_SIGN = 5
CRL_SIGN = 6


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension; ``value`` is what the OCTET STRING holds, well-formed or not."""

    oid: str
    value: bytes
    critical: bool = False

    def encode(self) -> bytes:
        """DER of the extension."""
        critical = (der.boolean(value=True),) if self.critical else ()
        return der.sequence(der.oid(self.oid), *critical, der.octets(self.value))


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key it certifies."""

    der: bytes
    key: Key
    name: bytes
    serial: int

    @property
    def pem(self) -> str:
        """The certificate as PEM, in lines of 64 characters, with a final newline."""
        return pem("CERTIFICATE", self.der)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The content of a certificate."""

    issuer: bytes
    subject: bytes
    key: Key
    not_before: datetime
    not_after: datetime
    extensions: tuple[Extension, ...]

    @property
    def serial(self) -> int:
        """A serial number that follows from the content, 19 octets at most."""
        parts = (self.issuer, self.subject, self.key.spki, self.not_before.isoformat().encode())
        return int.from_bytes(hashlib.sha256(b"".join(parts)).digest()[:19], "big") | 1

    def to_be_signed(self, algorithm: bytes) -> bytes:
        """DER TBSCertificate."""
        return der.sequence(
            der.explicit(0, der.integer(2)),
            der.integer(self.serial),
            algorithm,
            self.issuer,
            der.sequence(der.time(self.not_before), der.time(self.not_after)),
            self.subject,
            self.key.spki,
            der.explicit(3, der.sequence(*(extension.encode() for extension in self.extensions))),
        )

    def sign(self, signer: Key) -> Issued:
        """The certificate, signed by ``signer``."""
        tbs = self.to_be_signed(signer.algorithm)
        certificate = der.sequence(tbs, signer.algorithm, der.bits(signer.sign(tbs)))
        return Issued(der=certificate, key=self.key, name=self.subject, serial=self.serial)


def name(common_name: str, *, organization: str = "sigstore.test") -> bytes:
    """DER Name with organization and common name."""
    return der.sequence(
        _attribute("2.5.4.10", organization),
        _attribute("2.5.4.3", common_name),
    )


def no_name() -> bytes:
    """The empty Name of Fulcio's certificates."""
    return der.sequence()


def pem(label: str, content: bytes) -> str:
    """RFC 7468 text of ``content``."""
    body = "\n".join(textwrap.wrap(base64.b64encode(content).decode(), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def basic_constraints(*, ca: bool, path_length: int | None = None) -> Extension:
    """Whether the certificate is an authority's."""
    length = () if path_length is None else (der.integer(path_length),)
    return Extension(
        BASIC_CONSTRAINTS, der.sequence(*((der.boolean(value=True), *length) if ca else ())), critical=True
    )


def key_usage(bits: Sequence[int]) -> Extension:
    """What the key is for; ``bits`` are the numbers of RFC 5280."""
    value = sum(0x80 >> bit for bit in bits)
    unused = (value & -value).bit_length() - 1 if value else 0
    return Extension(KEY_USAGE, der.bits(bytes([value]), unused=unused), critical=True)


def extended_key_usage(purposes: Sequence[str], *, critical: bool = False) -> Extension:
    """What the certificate is for."""
    return Extension(EXTENDED_KEY_USAGE, der.sequence(*map(der.oid, purposes)), critical=critical)


def key_identifiers(subject: Key, issuer: Key) -> tuple[Extension, Extension]:
    """Subject and authority key identifiers (RFC 5280 4.2.1.2, method 1)."""
    return (
        Extension(SUBJECT_KEY_ID, der.octets(_key_id(subject))),
        Extension(AUTHORITY_KEY_ID, der.sequence(der.implicit(0, _key_id(issuer)))),
    )


def _key_id(key: Key) -> bytes:
    return hashlib.sha256(key.spki).digest()[:20]


def _attribute(attribute_type: str, text: str) -> bytes:
    return der.set_of(der.sequence(der.oid(attribute_type), der.printable(text)))
