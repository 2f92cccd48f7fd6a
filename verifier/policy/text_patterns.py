"""Patterns for text: who signed, and what a member of a document says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from verifier.errors import InputError
from verifier.text import safe

_VARIABLE = re.compile(r"\$\{?[A-Za-z_]|%[A-Za-z_]{3,}%")
# The end of the text with text after it: no value can match it.
_VARIABLE_IN_PATTERN = re.compile(r"(?<!\\)\$\{?[A-Za-z_]")
# Nobody's subject or issuer. RFC 2606 keeps the names from ever being registered.
_ANYBODY = ("https://anybody.invalid", "https://anybody.invalid/anything", "anybody@anybody.invalid")
_PATTERN_BYTES = 1024 * 1024  # memory of one compiled expression; RE2 refuses what needs more


@dataclass(frozen=True, slots=True)
class TextMatcher:
    """Wanted text: exact, or a pattern that must match the whole value.

    Patterns are in RE2 syntax: matching takes linear time whatever the certificate holds.
    """

    text: str
    is_pattern: bool

    @classmethod
    def exact(cls, text: str, *, otherwise: str) -> Self:
        """Want exactly ``text``.

        Raises `InputError` where it is empty or blank, and where it is meant as something else: with a
        wildcard (``otherwise`` is where a pattern goes) or a variable that nobody expands.
        """
        if "*" in text:
            raise InputError(
                "it is compared exactly, and has a * in it", hint=f"for a pattern write {otherwise}"
            )
        if _VARIABLE.search(text):
            raise InputError(
                "it looks like a variable, and variables are not expanded", hint="write the text itself"
            )
        return cls(_required(text), is_pattern=False)

    @classmethod
    def pattern(cls, text: str) -> Self:
        """Want what matches ``text``. Raises `InputError` where it is empty or no RE2 expression."""
        expression = compiled(_required(text))
        if _VARIABLE_IN_PATTERN.search(text):
            raise InputError(
                "it looks like a variable, and variables are not expanded", hint="a literal dollar is \\$"
            )
        if any(expression.fullmatch(anybody) for anybody in _ANYBODY):
            raise InputError(
                "it matches anybody, which is the same as leaving it out",
                hint="a signer is known by both its issuer and its subject; to look without judging use"
                " 'verify tree'",
            )
        return cls(text, is_pattern=True)

    def matches(self, value: str) -> bool:
        """Whether all of ``value`` is wanted."""
        if not self.is_pattern:
            return value == self.text
        # A lone surrogate has no UTF-8 form, so no expression can mean it.
        try:
            return compiled(self.text).fullmatch(value) is not None
        except UnicodeEncodeError:
            return False

    def matches_a_part(self, value: str) -> bool:
        """Whether a pattern would match, were it not for the whole value: cosign's patterns are like that."""
        if not self.is_pattern or self.matches(value):
            return False
        try:
            return compiled(self.text).search(value) is not None
        except UnicodeEncodeError:
            return False

    def __str__(self) -> str:
        return f"pattern {safe(self.text)}" if self.is_pattern else safe(self.text)


def _required(text: str) -> str:
    if not text.strip():
        raise InputError("it is empty", hint="a signer is known by both its issuer and its subject")
    if text != text.strip() or any(character < " " for character in text):
        raise InputError("it has white space around it or control characters in it")
    return text


@lru_cache(maxsize=256)
def compiled(text: str) -> Any:
    """The RE2 expression ``text``, or `InputError`."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_BYTES
    try:
        return re2.compile(text, options)  # type: ignore[no-untyped-call]
    except UnicodeEncodeError:
        raise InputError(
            "it has half of a character in it (a lone surrogate), or is not UTF-8", hint="write it in UTF-8"
        ) from None
    except re2.error as error:
        reason = error.args[0] if error.args else "malformed"
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise InputError(f"it is no RE2 expression: {safe(shown)}", hint=_RE2_HINT) from None


_RE2_HINT = "the syntax is RE2's: no look-around, no back references; a literal dot is \\."
