"""What a statement must be about, how old it may be, and how its log entry must be proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from verifier.model.digest import Digest
from verifier.model.verified import Proof, VerifiedStatement
from verifier.policy.interface import Case
from verifier.policy.times import days
from verifier.text import rfc3339

On = Literal["platform", "index", "either"]


def subjects(on: On, case: Case) -> set[Digest]:
    """The digests that a statement may be about. An image that is no index is its own index."""
    match on:
        case "platform":
            return {case.platform.digest}
        case "index":
            return {case.image.digest}
        case "either":
            return {case.platform.digest, case.image.digest}


@dataclass(frozen=True, slots=True)
class Terms:
    """``max_age`` by the trusted time of the signature; ``proof`` the weakest that will do."""

    max_age: timedelta | None = None
    proof: Proof | None = None

    def unfit(self, statement: VerifiedStatement, now: datetime) -> str | None:
        """Why ``statement`` does not count, after "one"; None where it does."""
        if self.max_age is not None:
            if statement.signed_at is None:
                return "has no trusted time, so that its age is not known"
            if now - statement.signed_at > self.max_age:
                return f"is older than {days(self.max_age)}: signed at {rfc3339(statement.signed_at)}"
        if self.proof is not None:
            if statement.log is None:
                return "has no log entry"
            if self.proof is Proof.INCLUSION and statement.log.proof is not Proof.INCLUSION:
                return "is logged with a promise, and no proof of inclusion"
        return None

    def __str__(self) -> str:
        age = f", not more than {days(self.max_age)} ago" if self.max_age else ""
        proof = f", logged with {self.proof.value}" if self.proof else ""
        return f"{age}{proof}"


NO_TERMS = Terms()
