"""Build servers take commands from the output of a job; untrusted text must not give any.

GitHub's runner and Azure Pipelines' agent look for ``##[name]`` and ``##vso[name]`` anywhere in a line,
TeamCity for ``##teamcity[``. GitHub's runner also takes ``::name::`` at the start of a line, after blanks.
"""

from __future__ import annotations

import re

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
