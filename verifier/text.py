"""Untrusted text on its way to a person: the one place where it is made harmless."""

from __future__ import annotations

import re
from collections.abc import Sized
from datetime import UTC, datetime

from verifier.invisible import CONTROLS, UNSEEN
from verifier.limits import MESSAGE_LENGTH

# All that can move a cursor, hide text or make two names look alike.
_UNSAFE = re.compile(f"[{CONTROLS}{UNSEEN}]")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def safe(text: object, *, limit: int = MESSAGE_LENGTH) -> str:
    """Give ``text`` on one line, with all that nobody sees escaped, cut to ``limit`` characters."""
    plain = str(text)
    cut = plain if len(plain) <= limit else plain[: limit - 1] + "…"
    return _UNSAFE.sub(_escape, cut)


def counted(items: Sized, what: str) -> str:
    """Give how many ``items`` there are: ``1 rule``, ``2 rules``."""
    return f"1 {what}" if len(items) == 1 else f"{len(items)} {what}s"


def rfc3339(time: datetime) -> str:
    """Give ``time`` in UTC as RFC 3339 has it, with a fraction only where there is one."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
