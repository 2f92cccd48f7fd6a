"""The signers of a policy that is being written, each under a name of its own."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from verifier.errors import InputError
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.texts import Text
from verifier.policy.keys import load_public_key
from verifier.text import safe

_PEM = re.compile(r"-----BEGIN [A-Z ]*PUBLIC KEY-----\s+[A-Za-z0-9+/=\s]+-----END [A-Z ]*PUBLIC KEY-----")


class Signers:
    """Gives out names; the same signer has one name."""

    def __init__(self) -> None:
        self.options: dict[str, Mapping[str, Any]] = {}

    def add(self, hint: str, options: Mapping[str, Any]) -> str:
        """The name of the signer with these ``options``; ``hint`` where it is new and that is free."""
        for name, known in self.options.items():
            if known == options:
                return name
        name = unique(as_name(hint, "signer"), self.options)
        self.options[name] = options
        return name

    def keyless(
        self, hint: str, issuer: Text, subject: Text, claims: Mapping[str, Text] | None = None
    ) -> str:
        """The name of a keyless signer."""
        options: dict[str, Any] = {**_option("issuer", issuer), **_option("subject", subject)}
        if claims:
            options["claims"] = {
                key: value
                for name, text in sorted(claims.items())
                for key, value in _option(name, text).items()
            }
        return self.add(hint, options)

    def key(self, hint: str, pem: str) -> str:
        """The name of a managed key."""
        return self.add(hint, {"key": pem})


def _option(name: str, text: Text) -> dict[str, str]:
    return {f"{name}-pattern" if text.is_pattern else name: text.text}


def as_name(text: str, otherwise: str) -> str:
    """``text`` as a name in a policy: lower case, letters, digits, dots, dashes, underscores."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return name[:60].rstrip("-._") or otherwise


def unique(name: str, taken: Mapping[str, Any]) -> str:
    """``name``, with a number where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: 62 - len(str(number))]}-{number}"
    return free


def public_keys(node: Node, raw: bytes | str) -> list[str]:
    """The public keys in PEM of ``raw``, which stands at ``node`` or is named there; at least one.

    Raises `UnsayableError`.
    """
    text = raw if isinstance(raw, str) else raw.decode("ascii", "replace")
    if not _PEM.search(text):
        text = _decoded(text)
    found = _PEM.findall(text)
    if not found or _PEM.sub("", text).strip():
        raise UnsayableError(node, "it is no public key in PEM, or more than public keys")
    return [_written(node, pem) for pem in found]


def _decoded(text: str) -> str:
    """Kubernetes keeps secrets in base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except ValueError:
        return text


def _written(node: Node, pem: str) -> str:
    """The same key, line by line as everybody writes it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

    try:
        key = load_public_key(pem.encode("ascii"), source="the key")
    except (InputError, UnicodeEncodeError) as error:
        raise UnsayableError(node, f"the key cannot be used: {safe(error)}") from None
    public = load_der_public_key(key.der)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
