"""SPDX licence expressions: what one says, and whether it can be accepted.

SPDX specification 2.3, annex D, with the operators in capitals or, as in SPDX 3, in small letters. The
grammar is read here: the library license-expression takes ``MIT OR ISC OR`` and ``(MIT) ISC OR`` for
expressions, raises what it does not announce on others, and turns 155 names of the form ``LicenseRef-…`` into
licences of the SPDX list. Such a name means whatever text the document that uses it defines. What an
identifier is, `license_list` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from verifier.limits import LICENSE_DEPTH, LICENSE_LENGTH
from verifier.policy.license_list import license_list
from verifier.text import safe

_TOKEN = re.compile(r"[()]|[^() ]+")
_CHARACTERS = re.compile(r"[A-Za-z0-9.:_+() -]*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\+?")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9._-]+:)?LicenseRef-[A-Za-z0-9._-]+")
_NO_IDENTIFIERS = frozenset({"", "(", ")", "AND", "and", "OR", "or", "WITH", "with"})
_REFERENCE_START = re.compile(r"licenseref-|documentref-", re.IGNORECASE)


class LicenseError(ValueError):
    """The text is no licence expression."""


@dataclass(frozen=True, slots=True)
class License:
    """One licence as an expression names it, with its exception or ``""``.

    ``listed`` where the SPDX list has both; they are then written as there. All else is as in the document.
    """

    name: str
    exception: str
    listed: bool

    @property
    def is_reference(self) -> bool:
        """Whether it stands for a text that some document defines."""
        return _REFERENCE_START.match(self.name) is not None

    def __str__(self) -> str:
        return f"{self.name} WITH {self.exception}" if self.exception else self.name


class AllOf(NamedTuple):
    """All of these apply at once."""

    operands: tuple[Expression, ...]


class AnyOf(NamedTuple):
    """Any one of these may be chosen."""

    operands: tuple[Expression, ...]


Expression: TypeAlias = License | AllOf | AnyOf


def parse(text: str) -> Expression:
    """Read an expression, or raise `LicenseError`. Takes time linear in ``text``, which is bounded.

    ``NONE`` and ``NOASSERTION`` are no licences: ask for them first.
    """
    parsed = _parsed(text)
    if isinstance(parsed, str):
        raise LicenseError(parsed)
    return parsed


def parse_license(text: str) -> License:
    """Read a single licence, with or without exception, or raise `LicenseError`."""
    parsed = parse(text)
    if not isinstance(parsed, License):
        raise LicenseError(f"{_shown(text)} is more than one licence")
    return parsed


def in_the_way(expression: Expression, accepts: Callable[[License], bool]) -> tuple[License, ...]:
    """The licences for which ``expression`` cannot be accepted, each once; empty where it can.

    All operands of an AND must be acceptable, and one of an OR: whoever receives the software chooses.
    """
    return tuple(dict.fromkeys(_in_the_way(expression, accepts)))


def _in_the_way(expression: Expression, accepts: Callable[[License], bool]) -> list[License]:
    match expression:
        case License():
            return [] if accepts(expression) else [expression]
        case AllOf(operands):
            return [found for operand in operands for found in _in_the_way(operand, accepts)]
        case AnyOf(operands):
            branches = [_in_the_way(operand, accepts) for operand in operands]
            return [] if not all(branches) else [found for branch in branches for found in branch]


@lru_cache(maxsize=512)
def _parsed(text: str) -> Expression | str:
    """The expression, or what is wrong with it: a document repeats its mistakes, too."""
    try:
        _check(text)
        return _Parser(_TOKEN.findall(text)).expression()
    except LicenseError as error:
        return str(error)


def _shown(text: str) -> str:
    return repr(safe(text, limit=100))


def _check(text: str) -> None:
    if len(text) > LICENSE_LENGTH:
        raise LicenseError(f"a licence expression of {len(text)} characters; {LICENSE_LENGTH} are read")
    if not text.strip(" "):
        raise LicenseError("the licence expression is empty")
    if not _CHARACTERS.fullmatch(text):
        raise LicenseError(f"{_shown(text)} holds a character that no licence expression has")
    depths = accumulate((character == "(") - (character == ")") for character in text)
    if text.count("(") > LICENSE_DEPTH and max(depths) > LICENSE_DEPTH:
        raise LicenseError(f"a licence expression nested deeper than {LICENSE_DEPTH} levels")


class _Parser:
    """Reads tokens from left to right; recursion is as deep as the parentheses, which are bounded."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._position = 0

    def expression(self) -> Expression:
        """All the tokens, as one expression."""
        expression = self._any_of()
        if self._token:
            raise self._unexpected("AND or OR")
        return expression

    @property
    def _token(self) -> str:
        return self._tokens[self._position]

    def _takes(self, *tokens: str) -> bool:
        taken = self._token in tokens
        self._position += taken
        return taken

    def _any_of(self) -> Expression:
        operands = [self._all_of()]
        while self._takes("OR", "or"):
            operands.append(self._all_of())
        return operands[0] if len(operands) == 1 else AnyOf(tuple(operands))

    def _all_of(self) -> Expression:
        operands = [self._operand()]
        while self._takes("AND", "and"):
            operands.append(self._operand())
        return operands[0] if len(operands) == 1 else AllOf(tuple(operands))

    def _operand(self) -> Expression:
        if self._takes("("):
            inner = self._any_of()
            if not self._takes(")"):
                raise self._unexpected("a closing parenthesis")
            return inner
        name = self._identifier("a licence")
        exception = self._identifier("an exception") if self._takes("WITH", "with") else ""
        return _license(name, exception)

    def _identifier(self, wanted: str) -> str:
        token = self._token
        if token in _NO_IDENTIFIERS:
            raise self._unexpected(wanted)
        self._position += 1
        return token

    def _unexpected(self, wanted: str) -> LicenseError:
        found = _shown(self._token) if self._token else "its end"
        return LicenseError(f"no licence expression: {wanted} is missing before {found}")


@lru_cache(maxsize=2048)
def _license(name: str, exception: str) -> License:
    for part in filter(None, (name, exception)):
        wanted = _REFERENCE if _REFERENCE_START.match(part) else _IDENTIFIER
        if not wanted.fullmatch(part):
            raise LicenseError(f"{_shown(part)} is no licence identifier")
    known = license_list()
    listed, implied = known.replacements.get(name.lower(), (_listed(name), ""))
    listed_exception = known.exceptions.get(exception.lower(), "")
    if exception and (implied or not listed_exception):
        return License(listed or name, exception, listed=False)
    return License(listed or name, implied or listed_exception, listed=bool(listed))


def _listed(name: str) -> str:
    """``name`` as the SPDX list writes it, a ``+`` for later versions included; ``""`` if it has it not."""
    known = license_list().licenses
    found = known.get(name.lower())
    if found is None and name.endswith("+"):
        found = known.get(name[:-1].lower())
        return f"{found}+" if found else ""
    return found or ""
