"""What `verify policy check` says beside errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at: what, where (``file:line:column``, or ``""``), and what to do."""

    message: str
    place: str
    hint: str
