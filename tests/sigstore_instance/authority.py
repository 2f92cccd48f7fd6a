"""A certificate authority like Fulcio: short-lived leaf certificates that say who signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from tests.sigstore_instance import der, x509
from tests.sigstore_instance.ct_log import CtLog, SctShape, timestamp_list
from tests.sigstore_instance.keys import Key, KeyKind
from tests.sigstore_instance.x509 import Extension, Issued, Template

FULCIO = "1.3.6.1.4.1.57264.1"  # https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
_OTHER_NAME = f"{FULCIO}.7"


@dataclass(frozen=True, slots=True)
class AlternativeName:
    """One subject alternative name, as DER GeneralName."""

    encoded: bytes


def uri(text: str) -> AlternativeName:
    """A URI name, as workflows have it."""
    return AlternativeName(der.implicit(6, text.encode()))


def email(text: str) -> AlternativeName:
    """An email name, as people have it."""
    return AlternativeName(der.implicit(1, text.encode()))


def other_name(text: str, *, type_id: str = _OTHER_NAME) -> AlternativeName:
    """An otherName with a UTF8String, as Fulcio's username identities have it."""
    return AlternativeName(der.explicit(0, der.oid(type_id) + der.explicit(0, der.utf8(text))))


class _Same:
    """Stands for the issuer of the shape."""


SAME = _Same()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafShape:
    """What a leaf certificate holds; every default is what Fulcio would write.

    ``names`` replaces the subject. ``issuer_v1`` and ``issuer_v2`` are the issuer in the two extensions:
    other text, raw bytes of the extension, or None for no extension. ``claims`` are the extensions by their
    last number: text is written as Fulcio does, bytes as they are. ``extra`` is appended as it is.
    """

    names: tuple[AlternativeName, ...] | None = None
    issuer_v1: str | bytes | _Same | None = SAME
    issuer_v2: str | bytes | _Same | None = SAME
    claims: Mapping[int, str | bytes] = field(default_factory=dict)
    key_usage: tuple[int, ...] | None = (x509.DIGITAL_SIGNATURE,)
    purposes: tuple[str, ...] | None = (x509.CODE_SIGNING,)
    ca: bool | None = None  # None: no basic constraints at all, like Fulcio
    lifetime: timedelta = timedelta(minutes=10)
    scts: tuple[SctShape, ...] = (SctShape(),)
    extra: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class CertificateAuthority:
    """A root and an intermediate authority that issues."""

    seed: str
    created: datetime
    years: int = 10
    intermediate_not_after: datetime | None = None
    url: str = "https://fulcio.sigstore.test"
    intermediate_extensions: tuple[Extension, ...] = ()

    @cached_property
    def root(self) -> Issued:
        """The self-signed root certificate."""
        key = Key(f"{self.seed}/root", KeyKind.P384)
        return Template(
            issuer=x509.name("sigstore"),
            subject=x509.name("sigstore"),
            key=key,
            not_before=self.created,
            not_after=self._expiry,
            extensions=(
                x509.key_usage((x509.KEY_CERT_SIGN, x509.CRL_SIGN)),
                x509.basic_constraints(ca=True, path_length=1),
                *x509.key_identifiers(key, key),
            ),
        ).sign(key)

    @cached_property
    def intermediate(self) -> Issued:
        """The certificate of the authority that issues."""
        key = Key(f"{self.seed}/intermediate", KeyKind.P384)
        return Template(
            issuer=self.root.name,
            subject=x509.name("sigstore-intermediate"),
            key=key,
            not_before=self.created,
            not_after=self.intermediate_not_after or self._expiry,
            extensions=(
                x509.key_usage((x509.KEY_CERT_SIGN, x509.CRL_SIGN)),
                x509.extended_key_usage((x509.CODE_SIGNING,)),
                x509.basic_constraints(ca=True, path_length=0),
                *x509.key_identifiers(key, self.root.key),
                *self.intermediate_extensions,
            ),
        ).sign(self.root.key)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates from the issuing authority to the root."""
        return (self.intermediate.der, self.root.der)

    def issue(
        self, key: Key, subject: AlternativeName, issuer: str, at: datetime, *, shape: LeafShape, log: CtLog
    ) -> Issued:
        """A leaf certificate for ``key`` that is valid from ``at``, with timestamps of ``log``."""
        signer = self.intermediate
        template = Template(
            issuer=signer.name,
            subject=x509.no_name(),
            key=key,
            not_before=at,
            not_after=at + shape.lifetime,
            extensions=(
                *_usage(shape),
                *x509.key_identifiers(key, signer.key),
                *_names(shape.names if shape.names is not None else (subject,)),
                *_claims(shape, issuer),
                *shape.extra,
            ),
        )
        if not shape.scts:
            return template.sign(signer.key)
        # RFC 6962 3.2: the log signs the certificate as it is without the timestamps.
        tbs = template.to_be_signed(signer.key.algorithm)
        timestamps = [log.timestamp(tbs, signer.key, at, sct) for sct in shape.scts]
        return replace(template, extensions=(*template.extensions, timestamp_list(timestamps))).sign(
            signer.key
        )

    @property
    def _expiry(self) -> datetime:
        return self.created + timedelta(days=365 * self.years)


def _usage(shape: LeafShape) -> list[Extension]:
    extensions = []
    if shape.key_usage is not None:
        extensions.append(x509.key_usage(shape.key_usage))
    if shape.purposes is not None:
        extensions.append(x509.extended_key_usage(shape.purposes))
    if shape.ca is not None:
        extensions.append(x509.basic_constraints(ca=shape.ca))
    return extensions


def _names(names: tuple[AlternativeName, ...]) -> list[Extension]:
    if not names:
        return []
    content = der.sequence(*(name.encoded for name in names))
    return [Extension(x509.SUBJECT_ALTERNATIVE_NAME, content, critical=True)]


def _claims(shape: LeafShape, issuer: str) -> list[Extension]:
    """The extensions under Fulcio's arc: .1 to .6 are raw text, the later ones DER strings."""
    values: dict[int, str | bytes] = {}
    for number, value in ((1, shape.issuer_v1), (8, shape.issuer_v2)):
        if value is not None:
            values[number] = issuer if isinstance(value, _Same) else value
    values |= shape.claims
    return [
        Extension(f"{FULCIO}.{number}", value if isinstance(value, bytes) else _text(number, value))
        for number, value in sorted(values.items())
    ]


def _text(number: int, value: str) -> bytes:
    return value.encode() if number <= 6 else der.utf8(value)
