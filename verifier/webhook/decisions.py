"""Judge the images of reviews: evidence fetched and verified once, policies applied anew each time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from verifier.errors import InputError, VerifierError
from verifier.keychain.interface import Keychain
from verifier.limits import ADMISSION_REFUSAL_SECONDS, VERIFICATIONS_WAITING
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.finding import Finding, Verdict
from verifier.model.finding import Outcome as CheckOutcome
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import over_http, parse_reference
from verifier.model.report import ImageReport
from verifier.pipeline import failed, judge
from verifier.policy.cel_process import WouldWaitError, never_waiting
from verifier.policy.evaluator import evaluate
from verifier.policy.image_checks import Asked
from verifier.policy.values import Judgement
from verifier.text import safe
from verifier.webhook.access import Access
from verifier.webhook.basis import Basis
from verifier.webhook.facts import Facts, FactsCache, Key
from verifier.webhook.flights import Departures, Flights, Turns
from verifier.webhook.gathering import Gatherer
from verifier.webhook.metrics import Counts

T = TypeVar("T")

_MOMENT: Final = 0.002  # seconds for which the loop that answers may be held up by one image
_MOMENTS: Final = 0.01  # and by all of one review
_JUDGES: Final = 2  # threads that apply policies, which is work for the processor alone


@dataclass(frozen=True, slots=True)
class Bounds:
    """``verifications`` are fetched side by side; ``registries`` are the only ones asked, empty for any.

    ``plain_http`` are the hosts that are spoken to without TLS.
    """

    verifications: int
    registries: frozenset[str]
    plain_http: frozenset[str] = frozenset()


class Decisions:
    """For one event loop, which does no work itself that can take long."""

    def __init__(
        self,
        bounds: Bounds,
        gatherer: Gatherer,
        cache: FactsCache,
        counts: Counts,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = bounds
        self._gatherer = gatherer
        self._cache = cache
        self._counts = counts
        self._now = now
        self._clock = clock
        self._fetchers = ThreadPoolExecutor(bounds.verifications, thread_name_prefix="verification")
        self._resolvers = ThreadPoolExecutor(bounds.verifications * 2, thread_name_prefix="resolution")
        self._judges = ThreadPoolExecutor(_JUDGES, thread_name_prefix="judgement")
        self._flights = Flights(most=VERIFICATIONS_WAITING)
        self._resolutions = Departures(self._resolvers)
        self._judgements = Departures(self._judges)
        self._turns = Turns(max(1, bounds.verifications // 2))

    def close(self, *, wait: bool = False) -> None:
        """Let go of what has not begun; with ``wait``, return when what has begun is done."""
        for pool in (self._fetchers, self._resolvers, self._judges):
            pool.shutdown(wait=wait, cancel_futures=True)

    async def aside(self, work: Callable[[], T], *, seconds: float) -> T:
        """The result of ``work``, which is for the processor alone and would hold up the loop.

        Raises what it raises, and `TimeoutError` where it is not done within ``seconds``.
        """
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(self._judges, work)

    async def judge(
        self,
        asked: Mapping[str, tuple[Platform, ...]],
        basis: Basis,
        access: Access,
        *,
        seconds: float,
    ) -> Mapping[str, ImageReport | None]:
        """The judgement of each reference on its platforms (empty for all); None where it is not finished
        within ``seconds``.
        """
        judged: dict[str, ImageReport | None] = {}
        tasks: dict[str, asyncio.Task[ImageReport]] = {}
        until = self._clock() + _MOMENTS
        for text, platforms in asked.items():
            # Most are known, and done sooner than a task for them could be begun.
            at_once = self._clock() < until
            judged[text] = self._at_once(text, platforms, basis, access) if at_once else None
            if judged[text] is None:
                tasks[text] = asyncio.create_task(self._image(text, platforms, basis, access))
        if tasks:
            await asyncio.wait(tasks.values(), timeout=max(0.0, seconds))
        for text, task in tasks.items():
            judged[text] = task.result() if task.done() and not task.cancelled() else None
            task.cancel()
        return judged

    def _at_once(
        self, text: str, platforms: tuple[Platform, ...], basis: Basis, access: Access
    ) -> ImageReport | None:
        """The judgement where it passes, and needs neither a request, nor more than a moment's work, nor a
        wait for anything."""
        facts: Facts | None = None
        try:
            reference = self._parsed(text)
            if reference.digest is None:
                return None
            shown = access.for_image(reference)[1]
            key = _key(reference, reference.digest, platforms, basis, shown)
            facts = self._cache.get(key)
            if facts is None or facts.waits or facts.judging_seconds > _MOMENT:
                return None
            with never_waiting():
                report = self._decide(text, reference, basis, facts)
        except WouldWaitError:
            if facts is not None:
                facts.waits = True
            return None
        except Exception:  # noqa: BLE001 - the long way meets it again, and says what it is
            return None
        if report.verdict is not Verdict.PASS or _has_variants(platforms, report):
            return None
        self._counts.looked_up(hit=True)
        return report

    async def _image(
        self, text: str, platforms: tuple[Platform, ...], basis: Basis, access: Access
    ) -> ImageReport:
        try:
            reference = self._parsed(text)
            keychain, shown = access.for_image(reference)
            digest = reference.digest
            if digest is None:
                digest = await self._resolutions.join(
                    (reference, basis.policies_digest, shown),
                    lambda: self._gatherer.resolve(reference, basis, keychain),
                )
            key = _key(reference, digest, platforms, basis, shown)
            report = await self._judged(text, reference, key, basis, keychain)
            if _has_variants(platforms, report):
                key = replace(key, platforms=())
                report = await self._judged(text, reference, key, basis, keychain)
            return report
        except InputError as error:
            return _refused(text, error)
        except Exception as error:  # noqa: BLE001 - `failed` decides; an unknown error must never be a pass
            return failed(text, error)

    def _parsed(self, text: str) -> ImageReference:
        reference = over_http(parse_reference(text), self._bounds.plain_http)
        if not isinstance(reference, ImageReference):
            raise InputError(f"{safe(text, limit=200)} is no image in a registry")
        names = {reference.registry, *(name.partition("/")[0] for name in reference.other_names)}
        if self._bounds.registries and self._bounds.registries.isdisjoint(names):
            raise InputError(
                f"images of {safe(reference.registry)} are not let in",
                hint=f"registries that are: {', '.join(sorted(self._bounds.registries))}",
            )
        return reference

    async def _judged(
        self, text: str, reference: ImageReference, key: Key, basis: Basis, keychain: Keychain | None
    ) -> ImageReport:
        facts = self._cache.get(key)
        self._counts.looked_up(hit=facts is not None)
        if facts is not None:
            report = await self._report(text, reference, basis, facts)
            # What speaks for an image may have come since; what spoke for it is there already.
            is_recent = self._clock() - facts.at < ADMISSION_REFUSAL_SECONDS and not facts.is_shared
            if report.verdict is Verdict.PASS or is_recent:
                return report
        # Whoever has refused with what is here wants to know it from the registry itself.
        facts = await self._gathered(key, reference, basis, keychain, fresh=facts is not None)
        report = await self._report(text, reference, basis, facts)
        if report.verdict is not Verdict.PASS and facts.is_shared:
            facts = await self._gathered(key, reference, basis, keychain, fresh=True)
            report = await self._report(text, reference, basis, facts)
        return report

    async def _gathered(
        self, key: Key, reference: ImageReference, basis: Basis, keychain: Keychain | None, *, fresh: bool
    ) -> Facts:
        pinned = replace(reference, tag=None, digest=key.digest)
        loop = asyncio.get_running_loop()

        def fetch() -> Facts:
            with self._counts.verifying():
                facts = self._gatherer.gather(key, pinned, basis, keychain, fresh=fresh)
            self._cache.put(key, facts)
            return facts

        async def begin() -> Facts:
            return await self._turns.take(
                reference.registry, lambda: loop.run_in_executor(self._fetchers, fetch)
            )

        return await self._flights.join((key, fresh), begin)

    async def _report(self, text: str, reference: ImageReference, basis: Basis, facts: Facts) -> ImageReport:
        return await self._judgements.join(
            (text, basis.policies_digest, id(facts)), lambda: self._decide(text, reference, basis, facts)
        )

    def _decide(self, text: str, reference: ImageReference, basis: Basis, facts: Facts) -> ImageReport:
        asked = Asked.of(reference, self._now())

        def decide(evidence: ImageEvidence) -> Judgement:
            return evaluate(
                basis.policies,
                evidence,
                asked=asked,
                decode=facts.decode,
                validate=facts.validate,
            )

        began = time.perf_counter()
        report = judge(facts.gathered, text, decide)
        facts.judging_seconds = time.perf_counter() - began
        return report


def _key(
    reference: ImageReference, digest: Digest, platforms: tuple[Platform, ...], basis: Basis, shown: str
) -> Key:
    return Key(
        name=reference.name,
        digest=digest,
        policies=basis.policies_digest,
        trust_root=basis.trust_root_digest,
        platforms=platforms,
        access=shown,
    )


def _has_variants(platforms: tuple[Platform, ...], report: ImageReport) -> bool:
    """Whether a node of a wanted platform could run an image for a variant that was left out.

    A selector says "amd64" of nodes whose runtime prefers ``linux/amd64/v3`` where the index has it.
    """
    names = {str(platform) for platform in platforms}
    return any(left_out.rpartition("/")[0] in names for left_out in report.platforms_left_out)


def _refused(text: str, error: VerifierError) -> ImageReport:
    """What is wrong with the name of an image is the object's fault here, not that of whoever asks."""
    finding = Finding(
        rule="image",
        policy=None,
        outcome=CheckOutcome.FAIL,
        verdict=Verdict.UNVERIFIED,
        code=error.code,
        message=error.message,
        hint=error.hint,
    )
    return ImageReport(reference=text, verdict=Verdict.UNVERIFIED, checks=(finding,))
