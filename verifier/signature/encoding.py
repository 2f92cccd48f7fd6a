"""Strict readers for the encodings inside signed material."""

from __future__ import annotations

import base64
import binascii
import re

from verifier.errors import BundleError

# RFC 7468: one block of the wanted kind and nothing else. More than one certificate, or a public key
# where a certificate belongs, has been used to slip past identity checks (GHSA-fx35-mq7g-6g98).
_PEM = re.compile(r"-----BEGIN ([A-Z ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END ([A-Z ]{1,40})-----\s*")


def decode_base64(text: object, *, what: str) -> bytes:
    """Decode standard base64 with padding and nothing around it, or raise `BundleError`."""
    if not isinstance(text, str):
        raise BundleError(f"{what} is missing or not text")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise BundleError(f"{what} is not base64") from None


def decode_pem(text: str, *, label: str, what: str) -> bytes:
    """Give the DER of exactly one PEM block of the kind ``label``, or raise `BundleError`."""
    match = _PEM.fullmatch(text.strip())
    if match is None or match[1] != match[3]:
        raise BundleError(f"{what} is not exactly one PEM block")
    if match[1] != label:
        raise BundleError(f"{what} is a PEM {match[1]}, not a {label}")
    der = decode_base64("".join(match[2].split()), what=what)
    if not der:
        raise BundleError(f"{what} is an empty PEM block")
    return der


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What a DSSE signature signs. DSSE 1.0, protocol.md, "Signature Definition"."""
    kind = payload_type.encode("utf-8", "surrogatepass")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
