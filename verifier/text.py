"""Untrusted text on its way to a person: the one place where it is made harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from verifier.limits import MESSAGE_LENGTH

# C0 and C1 controls, DEL, bidirectional overrides, zero-width and line-separator
# characters, tags, and lone surrogates: all that can move a cursor, hide text or
# make two names look alike.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def safe(text: object, *, limit: int = MESSAGE_LENGTH) -> str:
    """Give ``text`` on one line, without control characters, cut to ``limit`` characters."""
    plain = str(text)
    cut = plain if len(plain) <= limit else plain[: limit - 1] + "…"
    return _UNSAFE.sub(_escape, cut)


def rfc3339(time: datetime) -> str:
    """Give ``time`` in UTC as RFC 3339 has it, with a fraction only where there is one."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
