"""Build servers take commands from the output of a job; untrusted text must not give any.

GitHub's runner and Azure Pipelines' agent look for ``##[name]`` and ``##vso[name]`` anywhere in a line,
TeamCity for ``##teamcity[``. GitHub's runner also takes ``::name::`` at the start of a line, after blanks.
"""

from __future__ import annotations

import re

from verifier.invisible import CONTROLS, UNSEEN

_UNSEEN = re.compile(f"[{CONTROLS}{UNSEEN}]")
_ANYWHERE = re.compile(r"##(?=\w*\[)")
_AT_START = re.compile(r"^(\s*)::")


def inert_line(line: str) -> str:
    """Give ``line`` with whatever a build server would obey escaped, as `verifier.text.safe` escapes."""
    return _AT_START.sub(r"\1:\\x3a", _ANYWHERE.sub(r"#\\x23", line))


def inert_json(document: str) -> str:
    """Give the JSON ``document`` without such commands; it says the same.

    Hash signs stand in strings only, and no line of JSON starts with a colon.
    """
    return document.replace("##", "#\\u0023")


def visible_json(document: str) -> str:
    """Give the JSON ``document`` of somebody else with all that nobody sees escaped; it says the same.

    RFC 8259, section 7: any character of a string may be escaped. Between the strings there are only blanks.
    """
    return _UNSEEN.sub(_escaped, inert_json(document))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\n":
        return character
    if character in "\t\r":
        return " "
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
