"""The image is signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case
from verifier.policy.rules.refusal import Requirement, blobs, refuse


@dataclass(frozen=True, slots=True)
class Signature:
    """An image signature by one of ``signers`` on the platform's own manifest, or on the index that lists it.

    Any other statement is no signature of the image, whatever it says about it.
    """

    id: ClassVar[str] = "signature"
    signers: tuple[str, ...]

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        direct = [s for s in case.by(self.signers) if _signs(s) and case.platform.digest in s.about]
        via_index = [s for s in case.by(self.signers) if _signs(s) and case.image.digest in s.about]
        found = direct or via_index
        if not found:
            requirement = Requirement(self.id, "image signature", self.signers, "SignatureError")
            about = {case.platform.digest, case.image.digest}
            others = [s for s in case.others(self.signers) if _signs(s) and about.intersection(s.about)]
            yield refuse(requirement, case, others)
            return
        how = "" if not case.image.is_index else " on its own manifest" if direct else " via the index"
        yield Finding(
            rule=self.id,
            policy=case.policy,
            outcome=Outcome.PASS,
            verdict=Verdict.PASS,
            code=None,
            message=f"signed by {case.names(found, self.signers)}{how}",
            evidence=blobs(found),
        )


def _signs(statement: VerifiedStatement) -> bool:
    return statement.is_image_signature
