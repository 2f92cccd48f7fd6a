"""The times that SBOMs carry."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from verifier.errors import SbomError
from verifier.json_nodes import shown

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_time(value: str, at: str) -> datetime | None:
    """Read an RFC 3339 time; None for an empty text. Raises `SbomError`.

    SPDX 2.3, clause 6.9, knows ``YYYY-MM-DDThh:mm:ssZ`` alone; tools write fractions and offsets as well.
    """
    if not value:
        return None
    if not _TIME.fullmatch(value):
        raise SbomError(f"not a time such as 2024-01-31T12:00:00Z: {shown(value)}", path=at)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SbomError(f"there is no such time: {shown(value)}", path=at) from None
