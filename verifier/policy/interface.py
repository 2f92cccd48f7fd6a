"""What a policy rule is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement


@dataclass(frozen=True, slots=True)
class Case:
    """One platform of one image under one policy: what a rule judges.

    ``statements`` are those whose signer is one of the policy's signers, each with the names of the
    signers that accept it; nobody else's are in sight of a rule. ``sboms`` holds, under the evidence digest
    of each of them that claims to be an SBOM, what decoding it gave.
    """

    policy: str
    image: ImageEvidence
    platform: PlatformImage
    statements: tuple[tuple[VerifiedStatement, tuple[str, ...]], ...]
    sboms: Mapping[Digest, DecodedSbom]


class Rule(Protocol):
    """One requirement, written as "deny unless", so that withheld evidence can only deny."""

    id: ClassVar[str]

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """Yield at least one finding. Raises nothing."""
        ...
