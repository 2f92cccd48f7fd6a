"""Times and durations as policies write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from verifier.errors import InputError
from verifier.text import safe

_DURATION = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")

DURATION_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 7}


def parse_duration(text: str) -> timedelta:
    """``90d``: minutes (m), hours (h), days (d) or weeks (w). Raises `InputError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InputError(
            f"not a duration: {safe(text, limit=40)!r}", hint="write a number and m, h, d or w: 12h, 90d"
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def parse_time(text: str) -> datetime:
    """A date (its first moment, UTC) or an RFC 3339 time. Raises `InputError`."""
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # such as the 30th of February
    raise InputError(
        f"not a time: {safe(text, limit=40)!r}", hint="write 2026-12-31, or 2026-12-31T18:00:00Z"
    )


def days(duration: timedelta) -> str:
    """A duration for people: in days, or in hours where it is less than two days."""
    if abs(duration) >= timedelta(days=2):
        return f"{duration.days} days"
    hours = int(duration.total_seconds() // 3600)
    return f"{hours} hour" if hours == 1 else f"{hours} hours"
