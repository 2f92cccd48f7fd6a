"""What a policy rule is, and what it sees."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.signers import Identity


@dataclass(frozen=True, slots=True)
class Case:
    """One platform of one image under one policy: what a rule judges.

    ``accepted`` are the statements whose signer the policy knows, each with the names of the signers that
    it is. ``sboms`` holds, under the evidence digest of each accepted SBOM, what decoding it gave. Nobody
    else's statements count; they stand under ``strangers`` so that a refusal can say who was found instead
    of those who are ``wanted``.
    """

    policy: str
    image: ImageEvidence
    platform: PlatformImage
    accepted: tuple[tuple[VerifiedStatement, frozenset[str]], ...]
    sboms: Mapping[Digest, DecodedSbom]
    strangers: tuple[VerifiedStatement, ...]
    wanted: Mapping[str, Identity]

    def by(self, signers: Collection[str]) -> tuple[VerifiedStatement, ...]:
        """The statements by one of ``signers``."""
        return tuple(statement for statement, names in self.accepted if not names.isdisjoint(signers))

    def others(self, signers: Collection[str]) -> tuple[VerifiedStatement, ...]:
        """The statements by nobody of ``signers``: known to the policy for something else, or strangers."""
        known = [statement for statement, names in self.accepted if names.isdisjoint(signers)]
        return (*known, *self.strangers)

    def names(self, statements: Collection[VerifiedStatement], signers: Collection[str]) -> str:
        """The names of those of ``signers`` that made ``statements``."""
        made = {id(statement) for statement in statements}
        known = {name for statement, names in self.accepted if id(statement) in made for name in names}
        return " and ".join(sorted(known.intersection(signers)))


class Rule(Protocol):
    """One requirement, written as "deny unless", so that withheld evidence can only deny."""

    id: ClassVar[str]

    @property
    def signers(self) -> tuple[str, ...]:
        """The names of the policy's signers whose word this rule takes."""
        ...

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """Yield at least one finding. Raises nothing."""
        ...
