"""An RFC 3161 time stamping authority, tokens by hand (RFC 5652, RFC 5816)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from tests.sigstore_instance import der, x509
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.x509 import Issued, Template

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_POLICY = "1.3.6.1.4.1.57264.2"
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.null())


@dataclass(frozen=True, slots=True, kw_only=True)
class StampShape:
    """How a token is made; every default is right.

    ``certificates`` are carried in the token, in this order. ``message`` is stamped in place of the
    right one. ``authority`` is one that nobody trusts.
    """

    time: datetime | None = None
    message: bytes | None = None
    certificates: tuple[bytes, ...] = ()
    authority: TimestampAuthority | None = None
    signer: Issued | None = None  # signs in place of the authority, which the token still names
    flip: bool = False


@dataclass(frozen=True)
class TimestampAuthority:
    """A self-signed root and a certificate for time stamping."""

    seed: str
    created: datetime
    url: str = "https://timestamp.sigstore.test/api/v1/timestamp"
    purposes: tuple[str, ...] = (x509.TIME_STAMPING,)

    @cached_property
    def root(self) -> Issued:
        """The self-signed root certificate."""
        key = Key(f"{self.seed}/root")
        return Template(
            issuer=x509.name("sigstore-tsa-selfsigned"),
            subject=x509.name("sigstore-tsa-selfsigned"),
            key=key,
            not_before=self.created,
            not_after=self._expiry,
            extensions=(
                x509.key_usage((x509.KEY_CERT_SIGN, x509.CRL_SIGN)),
                x509.basic_constraints(ca=True, path_length=0),
                *x509.key_identifiers(key, key),
            ),
        ).sign(key)

    @cached_property
    def leaf(self) -> Issued:
        """The certificate of the key that signs tokens."""
        key = Key(f"{self.seed}/leaf")
        return Template(
            issuer=self.root.name,
            subject=x509.name("sigstore-tsa"),
            key=key,
            not_before=self.created,
            not_after=self._expiry,
            extensions=(
                x509.key_usage((x509.DIGITAL_SIGNATURE,)),
                x509.extended_key_usage(self.purposes, critical=True),
                *x509.key_identifiers(key, self.root.key),
            ),
        ).sign(self.root.key)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates from the signing one to the root."""
        return (self.leaf.der, self.root.der)

    def stamp(self, message: bytes, at: datetime, shape: StampShape) -> bytes:
        """A DER TimeStampResp over ``message``."""
        moment = shape.time or at
        info = self._info(shape.message or message, moment)
        signer = shape.signer or self.leaf
        attributes = _attributes(info, moment, signer, self.root.name)
        signature = signer.key.sign(der.set_of(*attributes) + (b"\x00" if shape.flip else b""))
        signer_info = der.sequence(
            der.integer(1),
            der.sequence(self.root.name, der.integer(signer.serial)),
            _SHA256,
            der.tlv(0xA0, b"".join(sorted(attributes))),
            signer.key.algorithm,
            der.octets(signature),
        )
        certificates = (der.tlv(0xA0, b"".join(shape.certificates)),) if shape.certificates else ()
        signed_data = der.sequence(
            der.integer(3),
            der.set_of(_SHA256),
            der.sequence(der.oid(_TST_INFO), der.explicit(0, der.octets(info))),
            *certificates,
            der.set_of(signer_info),
        )
        granted = der.sequence(der.integer(0))
        return der.sequence(granted, der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed_data)))

    def _info(self, message: bytes, moment: datetime) -> bytes:
        """DER TSTInfo."""
        digest = hashlib.sha256(message).digest()
        serial = int.from_bytes(hashlib.sha256(digest + moment.isoformat().encode()).digest()[:16], "big")
        return der.sequence(
            der.integer(1),
            der.oid(_POLICY),
            der.sequence(_SHA256, der.octets(digest)),
            der.integer(serial),
            der.generalized_time(moment),
            der.sequence(der.integer(1)),  # accuracy: one second
        )

    @property
    def _expiry(self) -> datetime:
        return self.created + timedelta(days=3650)


def _attributes(info: bytes, moment: datetime, signer: Issued, issuer: bytes) -> tuple[bytes, ...]:
    """The signed attributes, without the SET around them."""
    # RFC 5816: the hash algorithm is left out where it is SHA-256.
    directory_name = der.sequence(der.tlv(0xA4, issuer))
    certificate_id = der.sequence(
        der.octets(hashlib.sha256(signer.der).digest()),
        der.sequence(directory_name, der.integer(signer.serial)),
    )
    return (
        _attribute(_CONTENT_TYPE, der.oid(_TST_INFO)),
        _attribute(_SIGNING_TIME, der.time(moment)),
        _attribute(_MESSAGE_DIGEST, der.octets(hashlib.sha256(info).digest())),
        _attribute(_SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(certificate_id))),
    )


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of(value))
