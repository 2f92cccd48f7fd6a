"""What verification establishes about a signature, before anybody asks what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verifier.model.verified import LogEntry, Signer


@dataclass(frozen=True, slots=True)
class Facts:
    """Who signed, how it is logged, and the earliest trusted time; the last two None where there is none."""

    signer: Signer
    log: LogEntry | None
    signed_at: datetime | None
