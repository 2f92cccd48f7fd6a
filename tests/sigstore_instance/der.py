"""A small DER encoder (ITU-T X.690): just what certificates and timestamps need."""

from __future__ import annotations

from datetime import UTC, datetime


def tlv(tag: int, content: bytes) -> bytes:
    """One element: identifier octet, length, content."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of ``parts`` in order."""
    return tlv(0x30, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """SET OF ``parts``, sorted as DER demands (X.690 11.6)."""
    return tlv(0x31, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """INTEGER, for values that are not negative."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(*, value: bool) -> bytes:
    """BOOLEAN."""
    return tlv(0x01, b"\xff" if value else b"\x00")


def null() -> bytes:
    """NULL."""
    return tlv(0x05, b"")


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, value)


def bits(value: bytes, *, unused: int = 0) -> bytes:
    """BIT STRING."""
    return tlv(0x03, bytes([unused]) + value)


def utf8(text: str) -> bytes:
    """UTF8String."""
    return tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    """PrintableString."""
    return tlv(0x13, text.encode("ascii"))


def time(moment: datetime) -> bytes:
    """Time as certificates hold it: UTCTime until 2049 (RFC 5280 4.1.2.5)."""
    moment = moment.astimezone(UTC)
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(moment)


def generalized_time(moment: datetime) -> bytes:
    """GeneralizedTime in whole seconds."""
    return tlv(0x18, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def explicit(number: int, content: bytes) -> bytes:
    """``content`` in an explicit, constructed context tag."""
    return tlv(0xA0 | number, content)


def implicit(number: int, content: bytes) -> bytes:
    """``content`` under an implicit, primitive context tag."""
    return tlv(0x80 | number, content)


def _base128(arc: int) -> bytes:
    digits = [arc & 0x7F]
    while arc := arc >> 7:
        digits.append(arc & 0x7F | 0x80)
    return bytes(reversed(digits))
