"""What plain YAML scalars are, to every reader that there may be.

What one of them takes for a number and another for text has no one reading: YAML 1.1 (go-yaml, and so
Kubernetes) and YAML 1.2 disagree about ``1:30``, ``yes`` and ``0o14``.
"""

from __future__ import annotations

import re

from verifier.workload.nodes import Kind

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = frozenset(
    word
    for lower in ("y", "n", "yes", "no", "on", "off", "true", "false")
    for word in (lower, lower.capitalize(), lower.upper())
) | {"=", "<<"}
_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|\.(?:inf|Inf|INF|nan|NaN|NAN))"
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9:.]+(?:[ \t]*(?:Z|[-+][0-9:]+))?)?")


def kind_of_plain(text: str) -> Kind:
    """What a plain scalar is."""
    if text in _NULL:
        return Kind.NULL
    if text in _WORDS or _NUMBER.fullmatch(text) or _TIME.fullmatch(text):
        return Kind.OTHER
    return Kind.TEXT
