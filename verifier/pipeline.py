"""The order of the steps: fetch, verify, decode, evaluate."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeVar

from verifier.budget import Budget, EvidenceBounds, tree_weight
from verifier.errors import (
    InputError,
    InternalError,
    PlatformError,
    RejectedError,
    UnavailableError,
    VerifierError,
)
from verifier.model.bundle import Bundle, Discovered, Rejection, Unreadable
from verifier.model.descriptor import Content
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding, Outcome, Verdict, verdict_of
from verifier.model.manifest import Document, Index
from verifier.model.platform import Platform
from verifier.model.reference import PinnedReference
from verifier.model.report import ImageReport
from verifier.model.verified import VerifiedStatement
from verifier.policy.values import Judgement
from verifier.registry.interface import Source
from verifier.registry.platforms import Selection, read_child, read_single, require_distinct, select
from verifier.signature.interface import SignatureVerifier
from verifier.workers import Workers

_logger = logging.getLogger(__name__)

Progress = Callable[[str], None]
Discover = Callable[[Source, Sequence[Digest], Document, Workers], Discovered]
Turn = Callable[[int], AbstractContextManager[object]]
Judge = Callable[[ImageEvidence], Judgement]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One image, resolved once: its document, its platforms, and what lies beside them."""

    content: Content
    document: Document
    platforms: tuple[PlatformImage, ...]
    left_out: tuple[str, ...]
    discovered: Discovered


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts about one image, and the platforms that were not asked for."""

    evidence: ImageEvidence
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps, put together by `verifier.assembly`.

    ``signatures`` gives the verifier; it is called while the first request is under way, because importing
    what it needs takes longer than many a registry. ``check`` raises `LimitExceeded` when time is up;
    ``turn`` is entered, with the bytes of the evidence, around the work that takes most memory.
    """

    parse: Callable[[Content], Document]
    discover: Discover
    signatures: Callable[[], SignatureVerifier]
    workers: Workers
    progress: Progress
    budget: Budget = field(default_factory=lambda: Budget(EvidenceBounds()))
    check: Callable[[], object] = lambda: None
    turn: Turn = nullcontext

    def gather(self, source: Source, platforms: Sequence[Platform]) -> Gathered:
        """Fetch and verify all that is known of an image. Raises `VerifierError`.

        No message repeats a secret of the user, though a document of the registry may.
        """
        try:
            return self._gather(source, platforms)
        except VerifierError as error:
            source.redaction().conceal(error)
            raise

    def _gather(self, source: Source, platforms: Sequence[Platform]) -> Gathered:
        fetched = self._fetch(source, platforms)
        about = tuple(dict.fromkeys([fetched.content.digest, *(image.digest for image in fetched.platforms)]))
        self.progress(f"verifying {len(fetched.discovered.bundles)} signatures and attestations")
        with self.turn(sum(len(bundle.raw) for bundle in fetched.discovered.bundles)):
            statements, rejections, unreadable = self._verify(fetched.discovered.bundles, about)
        evidence = ImageEvidence(
            name=source.name,
            digest=fetched.content.digest,
            media_type=fetched.content.descriptor.media_type,
            is_index=isinstance(fetched.document, Index),
            platforms=fetched.platforms,
            statements=statements,
            rejections=_discreet((*rejections, *fetched.discovered.rejections), source),
            unsigned=fetched.discovered.unsigned,
            unreadable=_discreet((*fetched.discovered.unreadable, *unreadable), source),
            searched=fetched.discovered.searched,
            annotations=fetched.document.annotations,
        )
        return Gathered(evidence, fetched.left_out)

    def _fetch(self, source: Source, platforms: Sequence[Platform]) -> Fetched:
        self.progress(f"resolving {source.name}")
        resolved = self.workers.start(source.resolve)
        self.signatures()
        content = resolved()
        document = self.parse(content)
        self.progress(f"looking for signatures and attestations of {source.name}")
        if isinstance(document, Index):
            selection = select(document, platforms)
            digests = [content.digest, *(child.digest for child in selection.judged)]
            reading = [
                self.workers.start(lambda child=child: read_child(source, child))  # type: ignore[misc]
                for child in selection.judged
            ]
        else:
            selection = Selection((), ())
            digests = [content.digest]
            reading = [self.workers.start(lambda: read_single(source, content, document))]
        discovered = self.discover(source, digests, document, self.workers)
        images = tuple(wait() for wait in reading)
        if isinstance(document, Index):
            require_distinct(images)
        else:
            _require_wanted(images[0], platforms)
        return Fetched(content, document, images, selection.left_out, discovered)

    def _verify(
        self, bundles: Sequence[Bundle], about: Sequence[Digest]
    ) -> tuple[tuple[VerifiedStatement, ...], tuple[Rejection, ...], tuple[Unreadable, ...]]:
        verifier = self.signatures()
        statements: list[VerifiedStatement] = []
        rejections: list[Rejection] = []
        unreadable: list[Unreadable] = []
        for bundle in bundles:
            self.check()
            try:
                statement = verifier.verify(bundle, about=about)
                if statement.statement is not None:
                    # Its predicate is kept, and anybody can sign one.
                    payload = statement.statement.payload
                    self.budget.spend(len(payload) + tree_weight(payload))
                statements.append(statement)
            except RejectedError as error:
                rejections.append(Rejection(bundle.digest, bundle.stored_at, error.code, error.message))
            except UnavailableError as error:
                # A limit was reached: it is not known what this would have been.
                place = f"{bundle.digest} ({', '.join(bundle.stored_at)})"
                unreadable.append(Unreadable(place, error.code, error.message, error.hint))
        return tuple(statements), tuple(rejections), tuple(unreadable)


_Refused = TypeVar("_Refused", Rejection, Unreadable)


def _discreet(refused: tuple[_Refused, ...], source: Source) -> tuple[_Refused, ...]:
    """Hide the user's secrets in why something does not count."""
    if not refused:
        return ()
    hide = source.redaction().hide
    return tuple(replace(item, reason=hide(item.reason)) for item in refused)


def _require_wanted(image: PlatformImage, wanted: Sequence[Platform]) -> None:
    if not wanted or (image.platform is not None and set(wanted) == {image.platform}):
        return
    actual = image.platform or "no platform that it names"
    raise PlatformError(
        f"the image is not an index but a single image for {actual}, not {', '.join(map(str, wanted))}",
        hint="leave --platform out, or name the index",
    )


def judge(gathered: Gathered, reference: str, decide: Judge) -> ImageReport:
    """Evaluate the facts about one image and report the decision."""
    evidence = gathered.evidence
    judgement = decide(evidence)
    return ImageReport(
        reference=reference,
        verdict=judgement.verdict,
        digest=evidence.digest,
        resolved=str(PinnedReference(evidence.name, evidence.digest)),
        media_type=evidence.media_type,
        is_index=evidence.is_index,
        signatures=tuple(a for a in judgement.accepted if a.statement.is_image_signature),
        attestations=tuple(a for a in judgement.accepted if not a.statement.is_image_signature),
        rejected=(*judgement.rejections, *evidence.rejections),
        unsigned=evidence.unsigned,
        checks=judgement.checks,
        platforms=judgement.platforms,
        platforms_left_out=gathered.left_out,
        searched=evidence.searched,
        warnings=tuple(_could_not_look(place) for place in evidence.unreadable),
    )


def _could_not_look(place: Unreadable) -> str:
    return f"could not look at {place.place}: {place.reason}"


def failed(reference: str, error: Exception) -> ImageReport:
    """The report of an image that could not be judged, and why. Raises `InputError` unchanged."""
    if isinstance(error, InputError):
        raise error
    if not isinstance(error, VerifierError):
        # The one place where anything at all is caught: a defect must end in "error", never in a pass.
        _logger.error("defect while verifying %s", reference, exc_info=error)
        error = InternalError(
            f"internal error: {type(error).__name__}",
            hint="this is a defect in verify; run again with VERIFY_DEBUG=1 and report what it prints",
        )
    verdict = verdict_of(error)
    finding = Finding(
        rule="image",
        policy=None,
        outcome=Outcome.FAIL if verdict is Verdict.UNVERIFIED else Outcome.ERROR,
        verdict=verdict,
        code=error.code,
        message=error.message,
        hint=error.hint,
    )
    return ImageReport(reference=reference, verdict=verdict, checks=(finding,))
