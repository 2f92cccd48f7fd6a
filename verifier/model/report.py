"""Everything that any front door or report format needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Self

from verifier.model.bundle import Rejection, Unsigned
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Verdict
from verifier.model.platform import Platform
from verifier.model.sbom import Sbom
from verifier.model.statement import Statement
from verifier.model.verified import VerifiedStatement


@dataclass(frozen=True, slots=True)
class PolicySource:
    """A policy that was applied: its name, where it came from, the digest of its bytes."""

    name: str
    source: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class TrustRootSource:
    """The trust root that was used."""

    source: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class AcceptedStatement:
    """A verified statement and the policy identities that accept its signer (never empty)."""

    statement: VerifiedStatement
    accepted_by: tuple[str, ...]

    def without_contents(self) -> Self:
        """The same without the predicate."""
        content = self.statement.content
        if not isinstance(content, Statement):
            return self
        bare = replace(content, predicate=None, payload=b"")
        return replace(self, statement=replace(self.statement, content=bare))


@dataclass(frozen=True, slots=True)
class SbomSummary:
    """What the report says of a platform's SBOM; ``packages`` and ``relationships`` as listed in it."""

    format: str
    predicate_type: str
    evidence: Digest
    scope: str
    created: datetime | None
    creators: tuple[str, ...]
    packages: int
    relationships: int


@dataclass(frozen=True, slots=True)
class PlatformReport:
    """The judgement of one platform. ``contents`` is the SBOM that ``sbom`` sums up."""

    platform: Platform | None
    digest: Digest
    verdict: Verdict
    sbom: SbomSummary | None
    checks: tuple[Finding, ...]
    contents: Sbom | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where an image is named: ``line`` and ``column`` count from 1; ``object`` such as
    ``Deployment default/web``, ``field`` such as ``spec.template.spec.containers[0].image``; both may be
    ``""``."""

    file: str
    line: int
    column: int
    object: str
    field: str


@dataclass(frozen=True, slots=True)
class ImageReport:
    """The judgement of one image.

    ``digest``, ``resolved`` and ``media_type`` are None where the image could not be had.
    ``platforms_left_out`` are runnable platforms of the index that were not asked for.
    ``warnings`` are sentences for a person that are no checks (a place that could not be looked at, …).
    ``named_at`` are the places in files that name the image, where it was asked about for them.
    """

    reference: str
    verdict: Verdict
    digest: Digest | None = None
    resolved: str | None = None
    media_type: str | None = None
    is_index: bool = False
    signatures: tuple[AcceptedStatement, ...] = ()
    attestations: tuple[AcceptedStatement, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()
    checks: tuple[Finding, ...] = ()
    platforms: tuple[PlatformReport, ...] = ()
    platforms_left_out: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    named_at: tuple[Location, ...] = ()

    def without_contents(self) -> Self:
        """The same without SBOMs and predicates, which take more room than all else."""
        return replace(
            self,
            signatures=tuple(item.without_contents() for item in self.signatures),
            attestations=tuple(item.without_contents() for item in self.attestations),
            platforms=tuple(replace(platform, contents=None) for platform in self.platforms),
        )


class FileOutcome(Enum):
    """What became of a file that was not read without fault."""

    READ = "read"
    ERROR = "error"
    PASSED_OVER = "passedOver"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Something in files that was not judged: a whole file, or what stands in one at ``line``.

    ``image_like``: something like an image is in it, or it brings images in from elsewhere.
    """

    path: str
    outcome: FileOutcome
    message: str
    code: str | None = None
    line: int | None = None
    hint: str | None = None
    image_like: bool = False


FILES_EXIT_CODE = 2
"""A file could not be read or understood: what could be read was judged."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run: every image, judged under the same policies, trust root and time.

    ``files`` is what was not judged in files that name images, first what matters most; None where the images
    were not named by files.
    """

    images: tuple[ImageReport, ...]
    policies: tuple[PolicySource, ...]
    trust_root: TrustRootSource | None
    evaluated_at: datetime
    files: tuple[FileReport, ...] | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of the images; nothing judged is never a pass, nor is a file that could not be judged."""
        worst = max((image.verdict for image in self.images), default=Verdict.UNVERIFIED)
        return Verdict.UNVERIFIED if self._has_bad_file and worst is Verdict.PASS else worst

    @property
    def exit_code(self) -> int:
        """The process's exit code."""
        verdict = self.verdict
        return FILES_EXIT_CODE if self._has_bad_file and verdict is not Verdict.ERROR else int(verdict)

    @property
    def _has_bad_file(self) -> bool:
        return any(file.outcome is FileOutcome.ERROR for file in self.files or ())
