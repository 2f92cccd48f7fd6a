"""One webhook, put together: from the bytes of a review to those of its answer. No HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from verifier.errors import VerifierError
from verifier.limits import REVIEW_SMALL_BYTES
from verifier.model.platform import Platform
from verifier.webhook.access import PullSecrets
from verifier.webhook.answer import Answer, Outcome, document
from verifier.webhook.basis import Basis
from verifier.webhook.decisions import Decisions
from verifier.webhook.interface import Images
from verifier.webhook.log import Log
from verifier.webhook.request import MalformedReviewError, Request, read_review
from verifier.webhook.review import Grounds, Question, assess, conclude, refuse, settle
from verifier.webhook.rules import Rules

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, and the document that says it; ``has_uid`` is false where there is no request to answer."""

    answer: Answer
    document: dict[str, Any]
    has_uid: bool = True

    @property
    def body(self) -> bytes:
        """The document in JSON."""
        return json.dumps(self.document).encode("ascii")


@dataclass(frozen=True, slots=True)
class Service:
    """Answers reviews. ``basis`` gives what decisions rest on now; ``seconds`` is the time for one answer.

    ``platforms`` are judged where a pod does not say where it runs; empty for all.
    """

    rules: Rules
    images: Images
    decisions: Decisions
    pull_secrets: PullSecrets
    basis: Callable[[], Basis]
    log: Log
    seconds: float
    platforms: tuple[Platform, ...]
    now: Callable[[], datetime]

    async def review(self, raw: bytes, *, pin: bool, end: float | None = None) -> Reply:
        """Answer one review, by ``end`` on the monotonic clock where that is given. Raises nothing.

        With ``pin`` the answer carries a patch that puts the verified digests behind tags.
        """
        began = time.monotonic()
        end = began + self.seconds if end is None else end
        basis = self.basis()
        grounds = Grounds(secrets.token_hex(8), str(basis.policies_digest), str(basis.trust_root_digest))
        try:
            request, question = await self._read(raw)
        except MalformedReviewError as error:
            return self._unread(error, grounds)
        try:
            answer = await self._answer(request, question, basis, end, pin=pin)
        except VerifierError as error:
            answer = _failed(request, error)
        except Exception:  # whatever it is, it must not let anything through
            _logger.exception("defect while reviewing %s", grounds.decision)
            answer = _defect(request)
        answer = settle(request, self.rules, answer, grounds)
        self.log.decided(request, answer, grounds, seconds=time.monotonic() - began)
        return Reply(answer, document(request.uid, answer))

    async def _read(self, raw: bytes) -> tuple[Request, Question | Answer]:
        """Raises `MalformedReviewError`."""
        if len(raw) <= REVIEW_SMALL_BYTES:
            return self._assess(raw)
        # A large one must not hold up all others.
        return await asyncio.to_thread(self._assess, raw)

    def _assess(self, raw: bytes) -> tuple[Request, Question | Answer]:
        request = read_review(raw)
        try:
            return request, assess(request, self.rules, self.images, self.now())
        except Exception:  # whatever it is, it must not let anything through
            _logger.exception("defect while reading a review")
            return request, _defect(request)

    async def _answer(
        self, request: Request, question: Question | Answer, basis: Basis, end: float, *, pin: bool
    ) -> Answer:
        if isinstance(question, Answer):
            return question
        access = await self.pull_secrets.access(request, seconds=_left(end))
        asked = question.asked(self.platforms)
        judged = await self.decisions.judge(asked, basis, access, seconds=_left(end))
        return conclude(request, question, judged, self.images, pin=pin)

    def _unread(self, error: MalformedReviewError, grounds: Grounds) -> Reply:
        answer = refuse(error, self.rules)
        self.log.unread(answer, grounds)
        return Reply(answer, document(error.uid, answer), has_uid=bool(error.uid))


def _left(end: float) -> float:
    return max(0.0, end - time.monotonic())


def _defect(request: Request) -> Answer:
    return Answer(Outcome.ERROR, f"{request.about}: internal error; the log of the webhook says more")


def _failed(request: Request, error: VerifierError) -> Answer:
    """What struck the whole review, and not one image: no credentials, no answer by the cluster."""
    hint = f"\nhint: {error.hint}" if error.hint else ""
    return Answer(Outcome.UNAVAILABLE, f"{request.about}: {error.message}{hint}")
