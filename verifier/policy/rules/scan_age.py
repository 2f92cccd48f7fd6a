"""How old a vulnerability scan is: by trusted time, and by what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from verifier.errors import PolicyError, StatementError
from verifier.limits import SCAN_CLOCK_SECONDS
from verifier.policy.predicates.vulnerabilities import Scan
from verifier.policy.times import days
from verifier.text import rfc3339

_CLOCK = timedelta(seconds=SCAN_CLOCK_SECONDS)
_AT = "$.metadata"


class AgeProblem(NamedTuple):
    """What is wrong with a scan's times, the public code of it, and what to do; ``path`` is where it says."""

    message: str
    code: str
    hint: str
    path: str


@dataclass(frozen=True, slots=True)
class ScanAge:
    """How long ago a scan may have been made, and the scanner's data updated."""

    scan: timedelta
    database: timedelta | None

    def __str__(self) -> str:
        # The age of the scan is said of its signature.
        return f", by data not older than {days(self.database)}" if self.database else ""

    def problems(self, scan: Scan, signed_at: datetime | None, now: datetime) -> Iterator[AgeProblem]:
        """Where ``scan``, signed at ``signed_at``, is too old, or says of itself what cannot be."""
        made = scan.made_at
        if made is None:
            yield AgeProblem(
                "the vulnerability scan does not say when it was made",
                StatementError.code,
                "its predicate lacks metadata.scanFinishedOn; attest what the scanner wrote for cosign",
                _AT,
            )
        elif signed_at is not None and made > signed_at + _CLOCK:
            yield AgeProblem(
                f"the vulnerability scan says that it was made at {rfc3339(made)}, after it was signed at"
                f" {rfc3339(signed_at)}",
                StatementError.code,
                "is the clock right where the image is scanned?",
                _AT,
            )
        elif now - made > self.scan:
            yield AgeProblem(
                f"the vulnerability scan was made at {rfc3339(made)}, more than {days(self.scan)} ago",
                PolicyError.code,
                "scan the image anew; to sign an old scan again makes it no younger",
                _AT,
            )
        if self.database is not None:
            yield from _of_database(scan.database_updated, self.database, now)


def _of_database(updated: datetime | None, max_age: timedelta, now: datetime) -> Iterator[AgeProblem]:
    hint, path = "update the scanner's database, and scan the image anew", "$.scanner.db.lastUpdate"
    if updated is None:
        message = "the vulnerability scan does not say how old the scanner's data is"
        yield AgeProblem(message, StatementError.code, hint, path)
    elif now - updated > max_age:
        message = f"the scanner's data is of {rfc3339(updated)}, more than {days(max_age)} ago"
        yield AgeProblem(message, PolicyError.code, hint, path)
