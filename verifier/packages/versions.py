"""Versions of packages: compared by the rules of their ecosystem, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Self

from verifier.errors import InputError, VersionError
from verifier.limits import VERSION_LENGTH
from verifier.packages.version_schemes import Scheme, scheme_of
from verifier.text import safe

_COMPARATOR = re.compile(r" *(>=|<=|!=|==|=|<|>) *([0-9A-Za-z.:+~^_!-]+) *")
_EPOCH = re.compile(r"0*[1-9][0-9]*:")
_EQUALITY = {"=", "!="}
_LOWER, _UPPER = {">", ">=", "="}, {"<", "<=", "="}
_HINT = (
    "write comparators with commas between those that must all hold, and || between alternatives:"
    ' ">=1.2.0-r0, <1.3.0-r2 || =1.4.0"'
)


def compare(ecosystem: str, left: str, right: str) -> Literal[-1, 0, 1]:
    """Say whether ``left`` comes before, with or after ``right``.

    ``ecosystem`` is a package URL type. Raises `VersionError` where one of the two is no version there, and
    where its versions have no order that is known and the two are not the same.
    """
    return _order(scheme_of(ecosystem), left, right)


def _order(scheme: Scheme, left: str, right: str) -> Literal[-1, 0, 1]:
    first, second = _key(scheme, left), _key(scheme, right)
    if scheme.key is None and first != second:
        raise VersionError(_unordered(scheme))
    return -1 if first < second else 1 if second < first else 0


def _unordered(scheme: Scheme) -> str:
    return f"no order is known for the versions of pkg:{safe(scheme.name, limit=30)} packages"


@lru_cache(maxsize=4096)
def _key(scheme: Scheme, text: str) -> Any:
    if len(text) > VERSION_LENGTH or not scheme.syntax.fullmatch(text):
        raise _no_version(scheme, text)
    return text if scheme.key is None else scheme.key(text)


def _no_version(scheme: Scheme, text: str) -> VersionError:
    if not text:
        return VersionError("there is no version")
    return VersionError(f"{safe(text, limit=60)!r} is no {scheme.name} version")


@dataclass(frozen=True, slots=True)
class _Comparator:
    operator: str
    bound: str

    def admits(self, scheme: Scheme, version: str) -> bool:
        if scheme.has_epochs and _EPOCH.match(version) and ":" not in self.bound:
            # By the letter of rpm and deb every such version is above the bound, which is hardly ever meant.
            raise VersionError(
                f"{safe(version, limit=60)!r} has an epoch and {safe(self.bound, limit=60)!r} has none:"
                " write that bound with its epoch, be it 0:"
            )
        if not scheme.is_ordered and self.operator in _EQUALITY:
            return (version == self.bound) is (self.operator == "=")
        order = self._order(scheme, version)
        match self.operator:
            case ">=":
                return order >= 0
            case "<=":
                return order <= 0
            case ">":
                return order > 0
            case "<":
                return order < 0
            case "!=":
                return order != 0
            case _:
                return order == 0

    def _order(self, scheme: Scheme, version: str) -> int:
        precise = _as_precise_as(self.bound, version, scheme)
        rough = _as_precise_as(version, self.bound, scheme)
        if scheme.always_released and rough != self.bound and _order(scheme, version, rough) == 0:
            raise VersionError(
                f"{safe(version, limit=60)!r} does not state its release, and {safe(self.bound, limit=60)!r}"
                " is about one"
            )
        return _order(scheme, precise, self.bound)


def _as_precise_as(bound: str, version: str, scheme: Scheme) -> str:
    """``version`` without its release where ``bound`` names none: ``=1.2.3`` is every release of 1.2.3."""
    if scheme.release is None or scheme.release.search(bound):
        return version
    return scheme.release.sub("", version)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A range of versions: alternatives, each of comparators that must all hold.

    A bound without a release (apk ``-r2``, deb and rpm ``-1``, PyPI ``+local``) speaks of all of them, as
    in rpm. Versions before a release come before it, whatever else npm or pip make of them.
    """

    text: str
    alternatives: tuple[tuple[_Comparator, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``">=1.2.0-r0, <1.3.0-r2 || =1.4.0"``, or raise `InputError`."""
        alternatives = []
        for alternative in text.split("||"):
            matches = [_COMPARATOR.fullmatch(item) for item in alternative.split(",")]
            comparators = [_Comparator(m[1].replace("==", "="), m[2]) for m in matches if m is not None]
            if len(comparators) != len(matches):
                raise InputError(f"{safe(text, limit=100)!r} is no range of versions", hint=_HINT)
            alternatives.append(tuple(comparators))
        return cls(text, tuple(alternatives))

    def check(self, ecosystem: str) -> None:
        """Raise `InputError` where it is none there.

        That is: where it needs an order and none is known, where a bound is no version, or where no version
        can be in it.
        """
        scheme = scheme_of(ecosystem)
        if self.lacks_order(ecosystem):
            raise InputError(
                f"{_unordered(scheme)}, so it cannot be told which are in {safe(self.text, limit=100)!r}",
                hint="name the versions, as in '=1.2.3 || =1.2.4', or leave out 'versions' to take any",
            )
        for alternative in self.alternatives:
            for comparator in alternative:
                if len(comparator.bound) > VERSION_LENGTH or not scheme.syntax.fullmatch(comparator.bound):
                    raise InputError(
                        f"{safe(comparator.bound, limit=60)!r} is no {scheme.name} version",
                        hint=f"versions of pkg:{safe(ecosystem, limit=30)} packages are compared as"
                        f" {scheme.name} does",
                    )
            if _is_empty(alternative, scheme):
                raise InputError(
                    f"no version is in {safe(self.text, limit=100)!r}",
                    hint="comparators with commas between them must all hold; for alternatives write ||",
                )

    def contains(self, ecosystem: str, version: str) -> bool:
        """Whether ``version`` is in the range. Raises `VersionError` where that cannot be told."""
        scheme = scheme_of(ecosystem)
        _key(scheme, version)
        return any(
            all(comparator.admits(scheme, version) for comparator in alternative)
            for alternative in self.alternatives
        )

    def lacks_order(self, ecosystem: str) -> bool:
        """Whether it has a bound, and no order of the versions of ``ecosystem`` is known."""
        return not scheme_of(ecosystem).is_ordered and any(
            comparator.operator not in _EQUALITY
            for alternative in self.alternatives
            for comparator in alternative
        )

    def __str__(self) -> str:
        return safe(self.text, limit=200)


def _is_empty(alternative: tuple[_Comparator, ...], scheme: Scheme) -> bool:
    """Whether no version meets all of ``alternative``: a lower bound above an upper one."""
    return any(
        _excludes(low, high, scheme)
        for low in alternative
        if low.operator in _LOWER
        for high in alternative
        if high is not low and (high.operator in _UPPER or (high.operator == "!=" and low.operator == "="))
    )


def _excludes(low: _Comparator, high: _Comparator, scheme: Scheme) -> bool:
    if not scheme.is_ordered:
        return (low.bound == high.bound) is (high.operator == "!=")
    below = _as_precise_as(high.bound, low.bound, scheme)
    above = _as_precise_as(low.bound, high.bound, scheme)
    try:
        order = _order(scheme, below, above)
    except VersionError as error:
        raise InputError(error.message) from error
    if high.operator == "!=":
        return order == 0
    return order > 0 or (order == 0 and (low.operator == ">" or high.operator == "<"))
