"""The outcome of one check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from verifier.errors import InputError, InternalError, RejectedError, UnavailableError, VerifierError
from verifier.model.digest import Digest


class Outcome(Enum):
    """How a check came out. The values are public (JSON report)."""

    PASS = "pass"  # noqa: S105 - not a password
    WAIVED = "waived"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


class Verdict(IntEnum):
    """A verdict; its number is the exit code, ``str()`` its public name."""

    PASS = 0
    FAIL = 1
    UNVERIFIED = 3
    UNAVAILABLE = 4
    ERROR = 5

    def __str__(self) -> str:
        return self.name.lower()


USAGE_EXIT_CODE = 2


def verdict_of(error: VerifierError) -> Verdict:
    """The verdict that an error means for the image it struck."""
    match error:
        case RejectedError():
            return Verdict.UNVERIFIED
        case UnavailableError():
            return Verdict.UNAVAILABLE
        case InternalError():
            return Verdict.ERROR
        case InputError():
            raise error  # nothing was judged: it must end the run
        case _:
            return Verdict.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule of one policy found; ``policy`` None where the image itself could not be had.

    ``verdict`` is what it means for the image (``PASS`` for ``pass``, ``waived``, ``warn`` and ``skip``);
    ``evidence`` are the digests of the blobs that it rests on. ``package`` (a package URL, or name@version),
    ``vulnerability`` (an identifier) and ``element`` (a JSON path into the document) say what it is about,
    ``asked`` what its rule asks for.
    """

    rule: str
    policy: str | None
    outcome: Outcome
    verdict: Verdict
    code: str | None
    message: str
    hint: str | None = None
    evidence: tuple[Digest, ...] = ()
    package: str | None = None
    vulnerability: str | None = None
    element: str | None = None
    asked: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether it stands in the way of a pass."""
        return self.outcome in {Outcome.FAIL, Outcome.ERROR}
