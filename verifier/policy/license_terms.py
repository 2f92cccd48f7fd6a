"""The licences that a policy names, to allow or to deny."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Self

from verifier.model.sbom import Sbom
from verifier.policy.interface import OptionError
from verifier.policy.license_list import license_list
from verifier.policy.licenses import License, LicenseError, parse_license
from verifier.text import safe

Texts = Mapping[str, frozenset[str]]
"""The sha256 of every text that a document gives to a name of its own; see `texts_of`."""

UNSAID = ("NOASSERTION", "NONE")
"""What stands where a licence belongs, and is none."""

_FAMILY = re.compile(r"(?:[A-Za-z0-9.]+-)+\*")
# As people write them: GPLv2, GPL2+, LGPL v3.
_GNU = re.compile(r"([AL]?GPL)(?:[- ]?v|[- ])?([1-3])(?:\.[0-9])?\+?", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")

TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
LICENSE_ITEM: Mapping[str, Any] = {
    "oneOf": [
        TEXT,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "id": {**TEXT, "description": "A name that documents define: LicenseRef-font."},
                "sha256": {
                    **TEXT,
                    "description": "Of the text that the document must define it with, in hexadecimal.",
                },
                "unlisted": {
                    **TEXT,
                    "description": "A name off the SPDX list, as documents have it: Public-Domain.",
                },
            },
        },
    ]
}
"""The schema of one licence in a policy."""


@dataclass(frozen=True, slots=True)
class LicenseTerms:
    """Some licences: by name, by ``families`` (``GPL-`` for all that begin so), by their ``texts``.

    ``names`` are as `License` writes them, the pairs of ``texts`` a name and a sha256.
    """

    names: frozenset[str] = frozenset()
    families: tuple[str, ...] = ()
    texts: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, items: Iterable[Any], *, to_deny: bool = False, apart_from: Collection[str] = ()) -> Self:
        """Make it from items of a policy (`LICENSE_ITEM`), ``apart_from`` some.

        Raises `OptionError` with the item's number.
        """
        names: set[str] = set()
        families: list[str] = []
        texts: set[tuple[str, str]] = set()
        for number, item in enumerate(items):
            if item in apart_from:
                continue
            try:
                if isinstance(item, str) and "*" in item:
                    families.append(_family(item, to_deny=to_deny))
                elif isinstance(item, Mapping) and "id" in item:
                    texts.add(_text(item, to_deny=to_deny))
                else:
                    names.add(_unlisted(item) if isinstance(item, Mapping) else _name(item, to_deny=to_deny))
            except OptionError as error:
                raise OptionError(error.message, path=(number, *error.path), hint=error.hint) from None
            except LicenseError as error:
                raise OptionError(str(error), path=(number,), hint=_HINT) from None
        return cls(frozenset(names), tuple(dict.fromkeys(families)), frozenset(texts))

    def allow(self, license_: License, texts: Texts) -> bool:
        """Whether ``license_`` is one of them, to the letter.

        A family holds licences of the SPDX list only, and none with an exception.
        """
        if str(license_) in self.names:
            return True
        if license_.exception:
            return False
        if license_.listed and self._in_family(license_.name):
            return True
        defined = texts.get(license_.name, frozenset())
        # A name that is defined twice must be the wanted one each time.
        return bool(defined) and all((license_.name, digest) in self.texts for digest in defined)

    def deny(self, license_: License) -> bool:
        """Whether ``license_`` is one of them, whatever its case, exception or ``+``."""
        name = license_.name.lower()
        if not _folded(self.names).isdisjoint((str(license_).lower(), name, name.removesuffix("+"))):
            return True
        return self._in_family(name) or self._in_family(name.rpartition(":")[2])

    def _in_family(self, name: str) -> bool:
        return name.lower().startswith(tuple(family.lower() for family in self.families))

    def __bool__(self) -> bool:
        return bool(self.names or self.families or self.texts)

    def __str__(self) -> str:
        named = [*sorted(self.names), *(f"{family}*" for family in self.families)]
        return safe(", ".join([*named, *(f"{name} with its text" for name, _ in sorted(self.texts))]))


@lru_cache(maxsize=256)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def texts_of(sbom: Sbom) -> Texts:
    """The texts that ``sbom`` gives to names of its own."""
    found: dict[str, set[str]] = {}
    for extracted in sbom.extracted_licenses:
        # Half a character has no UTF-8 form; it must not make the text another one.
        digest = sha256(extracted.text.encode("utf-8", "surrogatepass")).hexdigest()
        found.setdefault(extracted.license_id, set()).add(digest)
    return {name: frozenset(digests) for name, digests in found.items()}


_HINT = (
    "name one licence: an identifier of the SPDX list (MIT, GPL-2.0-only WITH Classpath-exception-2.0), a"
    " family (GPL-*), or LicenseRef-…"
)


def _license(text: str) -> License:
    license_ = parse_license(text)
    if license_.name.upper() in UNSAID:
        raise OptionError(
            f"{license_.name} is no licence",
            hint="'no-assertion' and 'none' say what becomes of packages without a licence",
        )
    return license_


def _name(text: str, *, to_deny: bool) -> str:
    license_ = _license(text)
    known = license_list()
    if to_deny and text.lower() in known.ambiguous:
        raise OptionError(
            f"{text} means {license_} only, by the SPDX list, and not the later versions of it",
            hint=f"write {license_}, or {text}-* for {license_} and {text}-or-later",
        )
    if license_.listed or license_.is_reference:
        return str(license_)
    parts = ((license_.name, known.licenses), (license_.exception, known.exceptions))
    unknown = [(part, names) for part, names in parts if part and part.lower() not in names]
    part, names = unknown[0] if unknown else (str(license_), known.licenses)
    raise OptionError(
        f"{safe(part, limit=100)!r} is not on the SPDX list",
        hint=f"{_suggestion(part, names)}If documents do say so, write {{unlisted: {safe(text, limit=100)}}}",
    )


def _suggestion(part: str, names: Mapping[str, str]) -> str:
    """What ``part``, none of ``names``, probably means: by habit, as a family, or by its letters."""
    gnu = _GNU.fullmatch(part)
    versions = [f"{gnu[1]}-{gnu[2]}.{number}-only".lower() for number in (0, 1)] if gnu else []
    for name in versions:
        if name in names:
            later = names[name].replace("-only", "-or-later")
            return f"did you mean {names[name]!r} or {later!r}? "
    if any(name.startswith(f"{part.lower()}-") for name in names):
        return f"did you mean one of the family, or all of it: '{safe(part, limit=100)}-*'? "
    close = difflib.get_close_matches(part.lower(), names, n=1)
    return f"did you mean {names[close[0]]!r}? " if close else ""


def _family(text: str, *, to_deny: bool) -> str:
    if not _FAMILY.fullmatch(text):
        raise OptionError(
            f"{safe(text, limit=100)!r}: a * stands at the end only, after a dash", hint="write GPL-*"
        )
    prefix = text[:-1]
    if prefix.lower() in {"licenseref-", "documentref-"}:
        if to_deny:
            return prefix
        raise OptionError(
            f"{text} would allow whatever a document defines",
            hint="name each LicenseRef-… that you know; unknown: allow admits all of them",
        )
    listed = [name for name in license_list().licenses.values() if name.lower().startswith(prefix.lower())]
    if not listed:
        raise OptionError(f"no licence of the SPDX list begins with {prefix}", hint=_HINT)
    return listed[0][: len(prefix)]


def _text(item: Mapping[str, Any], *, to_deny: bool) -> tuple[str, str]:
    name, digest = item["id"], item.get("sha256", "")
    if to_deny:
        raise OptionError("a licence is denied by its name, whatever its text", hint="write the name alone")
    license_ = parse_license(name)
    if item.keys() != {"id", "sha256"} or not license_.is_reference or ":" in name or license_.exception:
        raise OptionError(
            "id is for a LicenseRef-… of the document itself, together with the sha256 of its text",
            hint="all other licences are named without 'id'",
        )
    if not _SHA256.fullmatch(digest):
        raise OptionError("not 64 hexadecimal digits", path=("sha256",))
    return name, digest


def _unlisted(item: Mapping[str, Any]) -> str:
    if item.keys() != {"unlisted"}:
        raise OptionError("a licence is named by id and sha256, or by unlisted", hint=_HINT)
    license_ = _license(item["unlisted"])
    if license_.listed or license_.is_reference:
        raise OptionError(f"{license_} needs no 'unlisted'", hint=f"write {license_} itself")
    return str(license_)
