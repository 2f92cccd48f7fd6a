"""YAML out of untrusted text: whatever it holds, it stays one value or one comment.

All of it is ASCII, so that two names that look alike do not look alike in the file.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable

from verifier.text import safe

_WIDTH = 108
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def quoted(text: str) -> str:
    """``text`` as a double-quoted scalar. YAML 1.2.2, section 7.3.1, which reads its escapes."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if " " <= character <= "~" else _code(character)


def _code(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def comment(text: str, indent: str = "") -> list[str]:
    """``text`` as lines of a comment, none of which anything in it can end."""
    plain = "".join(c if " " <= c <= "~" else _code(c) for c in safe(text, limit=2000))
    lines = textwrap.wrap(
        plain,
        _WIDTH - len(indent),
        subsequent_indent="  " if text.startswith("- ") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"{indent}# {line}" for line in lines] or [f"{indent}#"]


def commented(lines: Iterable[str], indent: str = "") -> list[str]:
    """Lines of YAML that `quoted` made safe, as a comment."""
    return [f"{indent}# {line.removeprefix(indent)}" for line in lines]


def name_of(text: str, taken: Collection[str] = (), *, otherwise: str) -> str:
    """A name for signers, rules and policies that resembles ``text`` and is none of those ``taken``."""
    stem = _NOT_IN_NAMES.sub("-", text.lower()).strip("-._")[:48].strip("-._")
    # What is a number or no text to YAML would be no name.
    if not stem[:1].isalpha() or stem in {"true", "false", "null"}:
        stem = f"{otherwise}-{stem}".rstrip("-")
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def literal(text: str) -> str:
    """An RE2 expression for ``text`` and for nothing else."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)
