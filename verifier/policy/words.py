"""Suggestions for misspelt words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], *, in_order: bool = False) -> str:
    """A suggestion out of ``known`` for a misspelt ``word``, or all that is known, ``in_order`` as given."""
    names = list(known) if in_order else sorted(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
