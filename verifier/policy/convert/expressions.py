"""The idioms of CEL in Kyverno's `ImageValidatingPolicy`: so many attestors have signed, or attested.

``images.containers.map(i, verifyImageSignatures(i, [attestors.a])).all(e, e > 0)`` and its like. Whatever
else stands in an expression is not understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LITERAL = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_NAME = rf"(?:\.{_WORD}|\[(?:\"[^\"\\]+\"|'[^'\\]+')\])"
_CALL = (
    rf"(?P<function>verifyImageSignatures|verifyAttestationSignatures)\((?P<image>{_WORD}),"
    rf"(?:attestations(?P<attestation>{_NAME}),)?\[(?P<attestors>attestors{_NAME}(?:,attestors{_NAME})*)\]\)"
)
_COMPARED = r"(?P<operator>>=|>|==)(?P<number>[0-9]{1,3})"
_IMAGES = rf"images\.(?P<where>{_WORD})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_IMAGES}\.map\((?P<variable>{_WORD}),{_CALL}\)\.all\((?P<each>{_WORD}),(?P=each){_COMPARED}\)",
        rf"{_IMAGES}\.map\((?P<variable>{_WORD}),{_CALL}{_COMPARED}\)\.all\((?P<each>{_WORD}),(?P=each)\)",
        rf"{_IMAGES}\.all\((?P<variable>{_WORD}),{_CALL}{_COMPARED}\)",
    )
)
_PART = re.compile(rf"attestors({_NAME})")


class NotReadError(Exception):
    """The expression has more in it than the idioms that are read."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of ``attestors``, ``needed`` must have signed each image of ``where``, or made ``attestation`` about
    it; exactly so many where ``exactly``."""

    where: str
    attestation: str | None
    attestors: tuple[str, ...]
    needed: int
    exactly: bool


def read(expression: str) -> list[Count]:
    """What ``expression`` requires, all of it. Raises `NotReadError`."""
    return [_count(part) for part in _compact(expression).split("&&")]


def _compact(expression: str) -> str:
    """The expression without white space, which none of the texts in it may have."""
    if any(re.search(r"\s|&", text) for text in _LITERAL.findall(expression)):
        raise NotReadError("a text with white space")
    return "".join(expression.split())


def _count(part: str) -> Count:
    match = next((found for form in _FORMS if (found := form.fullmatch(part))), None)
    if match is None or match["image"] != match["variable"]:
        raise NotReadError("something else than a count of signatures or attestations")
    if (match["attestation"] is None) != (match["function"] == "verifyImageSignatures"):
        raise NotReadError("a call that Kyverno does not have")
    attestors = tuple(_plain(name) for name in _PART.findall(match["attestors"]))
    needed = int(match["number"]) + (match["operator"] == ">")
    attestation = match["attestation"]
    return Count(
        where=match["where"],
        attestation=None if attestation is None else _plain(attestation),
        attestors=attestors,
        needed=needed,
        exactly=match["operator"] == "==",
    )


def _plain(name: str) -> str:
    return name[1:] if name.startswith(".") else name[2:-2]
