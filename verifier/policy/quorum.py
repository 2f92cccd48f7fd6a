"""How many of the wanted signers must have signed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from verifier.model.verified import CertificateSigner, Signer, VerifiedStatement
from verifier.policy.interface import Case


@dataclass(frozen=True, slots=True)
class Quorum:
    """``needed`` distinct signers out of those called ``names``."""

    names: tuple[str, ...]
    needed: int = 1

    def met_by(self, statements: Collection[VerifiedStatement], case: Case) -> bool:
        """Whether enough of the wanted signers made ``statements``."""
        return self.count(statements, case) >= self.needed

    def count(self, statements: Collection[VerifiedStatement], case: Case) -> int:
        """How many of the names can be given to signers of ``statements``, each signer having one name.

        One signer that two names fit is one signer: a maximum matching, by augmenting paths.
        """
        signers: dict[tuple[str, ...], set[str]] = {}
        for statement, names in case.known(statements):
            signers.setdefault(_who(statement.signer), set()).update(names.intersection(self.names))
        holder: dict[str, tuple[str, ...]] = {}

        def place(signer: tuple[str, ...], tried: set[str]) -> bool:
            for name in sorted(signers[signer] - tried):
                tried.add(name)
                if name not in holder or place(holder[name], tried):
                    holder[name] = signer
                    return True
            return False

        return sum(place(signer, set()) for signer in sorted(signers))

    def __str__(self) -> str:
        if len(self.names) == 1:
            return self.names[0]
        if self.needed == 1:
            return " or ".join(self.names)
        if self.needed == len(self.names):
            return " and ".join(self.names)
        return f"{self.needed} of {', '.join(self.names)}"


def _who(signer: Signer) -> tuple[str, ...]:
    if isinstance(signer, CertificateSigner):
        return (signer.issuer, signer.subject)
    return (signer.fingerprint,)
