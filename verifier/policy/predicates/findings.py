"""What a scanner found, independent of the format it wrote."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad, in order. What a scanner does not rate has none."""

    NEGLIGIBLE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    def __str__(self) -> str:
        return self.name.lower()


class Fix(Enum):
    """Whether there is a version without it."""

    AVAILABLE = "available"
    NONE = "none"
    UNKNOWN = "unknown"


class Vulnerability(NamedTuple):
    """One vulnerability of one package.

    ``aliases`` are other names of the very same one. ``severity`` is None where it is not known. ``purl`` and
    ``version`` are ``""`` where the scanner does not say. ``path`` is where it stands in the predicate.
    """

    id: str
    aliases: tuple[str, ...]
    severity: Severity | None
    package: str
    version: str
    purl: str
    fix: Fix
    fixed_in: tuple[str, ...]
    path: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its identifiers, the scanner's own first."""
        return tuple(dict.fromkeys((self.id, *self.aliases)))

    @property
    def where(self) -> str:
        """The package: as package URL, or name and version, or ``""``."""
        return self.purl or (f"{self.package}@{self.version}" if self.version else self.package)


_WORDS = {
    "negligible": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
# Common Vulnerability Scoring System v3.1, section 5; v4.0 rates alike.
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))


def severity_of(word: str) -> Severity | None:
    """The severity that ``word`` names, in any case; None for any other word, such as ``UNKNOWN``."""
    return _WORDS.get(word.lower())


def severity_of_score(score: str) -> Severity | None:
    """The severity of a CVSS base score; None where it is none, or zero."""
    try:
        value = float(score) if len(score) <= 8 else -1.0
    except ValueError:
        return None
    if not value <= 10.0:
        return None
    return next((severity for least, severity in _SCORES if value >= least), None)
