"""Names that a policy compares must be seen whole: what a reviewer reads is what counts."""

from __future__ import annotations

import re

from verifier.errors import PolicyError
from verifier.invisible import CONTROLS, UNSEEN
from verifier.policy.yaml_loader import Document, Path
from verifier.text import safe

_UNSEEN = re.compile(f"(?![\t\n\r])[{CONTROLS}{UNSEEN}]")
# Words for people, in which emoji and several scripts need characters that have no shape of their own.
_WORDS = frozenset({"description", "message", "owner", "reason", "ticket"})
# Below these, keys are names that somebody chose, and values are compared.
_CHOSEN = frozenset({"claims", "image-labels", "parameters", "schema", "with"})


def require_visible(document: Document) -> None:
    """Raise `PolicyError` with the place where a key, or a value that is compared, holds what nobody sees.

    The escape of such a character is seen. Words for people and comments may hold it.
    """
    for path, (start, end) in document.spans.items():
        found = None if _is_for_people(path) else _UNSEEN.search(document.text, start, end)
        if found is not None:
            code = ord(found[0])
            line = document.text.count("\n", 0, found.start()) + 1
            column = found.start() - document.text.rfind("\n", 0, found.start())
            raise PolicyError(
                f"an invisible or ambiguous character (U+{code:04X}) in text that is compared",
                place=f"{safe(document.source)}:{line}:{column}",
                hint=f"remove it, or write its escape in double quotes: {_written(code)}",
            )


def _written(code: int) -> str:
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _is_for_people(path: Path) -> bool:
    return bool(path) and path[-1] in _WORDS and _CHOSEN.isdisjoint(path)
