"""What a policy is, once read, and what it decided: values that know nothing of YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifier.model.bundle import Rejection
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Verdict
from verifier.model.report import AcceptedStatement, PlatformReport
from verifier.policy.clause import Clause
from verifier.policy.patterns import ImagePattern
from verifier.policy.signers import Identity
from verifier.policy.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: the images it is about, the signers it knows, the rules it makes.

    ``images`` empty means every image (ad-hoc options); a policy file never has it empty.
    ``signers`` and ``rules`` are never empty. ``source`` is for people; ``digest`` is that of the file's
    bytes, and of the digests of all files where it names others. ``unmatched_warns`` says that an image
    that no policy is about is a warning.
    """

    name: str
    description: str
    source: str
    digest: Digest
    images: tuple[ImagePattern, ...]
    signers: Mapping[str, Identity]
    rules: tuple[Clause, ...]
    waivers: tuple[Waiver, ...] = ()
    unmatched_warns: bool = False

    def is_about(self, name: str, tag: str | None = None, *, others: Sequence[str] = ()) -> bool:
        """Whether the image ``name`` (``docker.io/library/nginx``), typed with ``tag``, is one that this
        policy judges; ``others`` are further names of the image."""
        names = (name, *others)
        return not self.images or any(pattern.matches(name, tag) for pattern in self.images for name in names)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policies decided about one image. The verdict is the worst of the checks."""

    accepted: tuple[AcceptedStatement, ...]
    rejections: tuple[Rejection, ...]
    checks: tuple[Finding, ...]
    platforms: tuple[PlatformReport, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the image's own checks and of its platforms; nothing checked is never a pass."""
        verdicts = [finding.verdict for finding in self.checks]
        verdicts += [platform.verdict for platform in self.platforms]
        return max(verdicts, default=Verdict.UNVERIFIED)
