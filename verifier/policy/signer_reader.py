"""Signers of a policy file to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from verifier.model.trust import PublicKey
from verifier.policy.interface import OptionError
from verifier.policy.keys import load_public_key
from verifier.policy.rules.options import at
from verifier.policy.signers import ALWAYS, CLAIMS, CertificateIdentity, Identity, KeyIdentity, Window
from verifier.policy.text_patterns import TextMatcher
from verifier.policy.times import parse_time

Given = Callable[[Any], str]
"""The text that a value is, or that the parameter stands for which it names; raises `InputError`."""


def read_signer(
    name: str,
    options: Mapping[str, Any],
    *,
    given: Given,
    read: Callable[[str], bytes],
    source: str,
    place: str = "",
) -> Identity:
    """The signer called ``name``, which stands at ``place``, or `OptionError`.

    ``read`` gives the bytes of a key file.
    """
    window = _window(name, options)
    keys = {"key", "key-file"} & options.keys()
    if keys:
        if len(options.keys() - {"valid-from", "valid-until"}) != 1:
            raise OptionError(
                f"the signer {name!r} is a key and something else",
                hint="give key or key-file, or else issuer and subject; two who may sign are two signers",
            )
        (kind,) = keys
        load = partial(_key_file, read) if kind == "key-file" else partial(_key, source)
        return KeyIdentity(name, at((kind,), load, options[kind]), window, place)
    return CertificateIdentity(
        name,
        issuer=_matcher(name, "issuer", options, given),
        subject=_matcher(name, "subject", options, given),
        claims=tuple(_claims(name, options.get("claims", {}), given)),
        window=window,
        place=place,
    )


def _window(name: str, options: Mapping[str, Any]) -> Window:
    start, end = (
        at((key,), parse_time, options[key]) if key in options else None
        for key in ("valid-from", "valid-until")
    )
    if start is None and end is None:
        return ALWAYS
    if start is not None and end is not None and start >= end:
        raise OptionError(f"the signer {name!r} is valid until before it is valid", path=("valid-until",))
    return Window(start, end)


def _key(source: str, text: str) -> PublicKey:
    return load_public_key(text.encode(), source=source)


def _key_file(read: Callable[[str], bytes], text: str) -> PublicKey:
    return load_public_key(read(text), source=text)


def _matcher(name: str, what: str, options: Mapping[str, Any], given: Given) -> TextMatcher:
    exact, pattern = what in options, f"{what}-pattern" in options
    if exact == pattern:
        problem = f"has both {what} and {what}-pattern" if exact else f"has no {what}"
        raise OptionError(
            f"the signer {name!r} {problem}",
            hint=f"a keyless signer needs its issuer and its subject: give {what} or {what}-pattern",
        )
    key = what if exact else f"{what}-pattern"
    read = partial(TextMatcher.exact, otherwise=f"{what}-pattern") if exact else TextMatcher.pattern
    return at((key,), lambda value: read(given(value)), options[key])


def _claims(name: str, options: Mapping[str, Any], given: Given) -> list[tuple[str, TextMatcher]]:
    claims = []
    for key in options:
        claim = key.removesuffix("-pattern")
        if key != claim and claim in options:
            raise OptionError(f"the signer {name!r} has both {claim} and {key}", path=("claims", key))
        matcher = at(("claims", key), partial(_claim, key, given), options[key])
        claims.append((CLAIMS[claim], matcher))
    return claims


def _claim(key: str, given: Given, value: Any) -> TextMatcher:
    if key.endswith("-pattern"):
        return TextMatcher.pattern(given(value))
    return TextMatcher.exact(given(value), otherwise=f"{key}-pattern")
