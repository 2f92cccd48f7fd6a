"""One webhook, put together: from the bytes of a review to those of its answer. No HTTP."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from verifier.errors import VerifierError
from verifier.limits import REVIEW_SMALL_BYTES, REVIEW_SMALL_VALUES
from verifier.model.platform import Platform
from verifier.strict_json import count_values
from verifier.webhook.access import PullSecrets
from verifier.webhook.answer import Answer, Outcome, document
from verifier.webhook.basis import Basis
from verifier.webhook.decisions import Decisions
from verifier.webhook.interface import Images
from verifier.webhook.log import Log
from verifier.webhook.request import MalformedReviewError, Request, read_review
from verifier.webhook.review import Grounds, Question, assess, conclude, refuse, settle
from verifier.webhook.rules import Rules

T = TypeVar("T")

_LAST_SECONDS: Final = 0.5  # to put an answer together; the API server waits a second longer than for it
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
    """Answers reviews. ``basis`` gives what decisions rest on now, ``at_hand`` the same or None where that
    would have to be fetched first; ``seconds`` is the time for one answer.

    ``platforms`` are judged where a pod does not say where it runs; empty for all.
    """

    rules: Rules
    images: Images
    decisions: Decisions
    pull_secrets: PullSecrets
    basis: Callable[[], Basis]
    at_hand: Callable[[], Basis | None]
    log: Log
    seconds: float
    platforms: tuple[Platform, ...]
    now: Callable[[], datetime]

    async def review(self, raw: bytes, *, pin: bool, end: float | None = None) -> Reply:
        """Answer one review, by ``end`` on the monotonic clock where that is given.

        With ``pin`` the answer carries a patch that puts the verified digests behind tags. Raises
        `TimeoutError` where a large one could not even be read by then, and what ``basis`` raises.
        """
        began = time.monotonic()
        end = began + self.seconds if end is None else end
        grounds = _grounds(self.at_hand())
        work = _Work(self.decisions, aside=not _is_small(raw))
        try:
            request, question = await work.run(lambda: self._assess(raw), seconds=_left(end))
        except MalformedReviewError as error:
            return self._unread(error, grounds)
        if isinstance(question, Answer):
            answer = question
        else:
            basis = self.basis()
            grounds = replace(_grounds(basis), decision=grounds.decision)
            answer = await self._judged(request, question, basis, end, pin=pin, work=work)
        answer = settle(request, self.rules, answer, grounds)
        self.log.decided(request, answer, grounds, seconds=time.monotonic() - began)
        return Reply(answer, document(request.uid, answer))

    def _assess(self, raw: bytes) -> tuple[Request, Question | Answer]:
        request = read_review(raw)
        try:
            return request, assess(request, self.rules, self.images, self.now())
        except Exception:  # whatever it is, it must not let anything through
            _logger.exception("defect while reading a review")
            return request, _defect(request)

    async def _judged(
        self, request: Request, question: Question, basis: Basis, end: float, *, pin: bool, work: _Work
    ) -> Answer:
        """The answer where images have to be judged. Raises nothing."""
        try:
            access = await self.pull_secrets.access(request, seconds=_left(end))
            asked = question.asked(self.platforms)
            judged = await self.decisions.judge(asked, basis, access, seconds=_left(end))
            # To pin reads the stored object once more; what is judged is worth a moment beyond the end.
            return await work.run(
                lambda: conclude(request, question, judged, self.images, pin=pin), seconds=_LAST_SECONDS
            )
        except TimeoutError:
            return Answer(Outcome.UNFINISHED, f"{request.about}: not finished in time")
        except VerifierError as error:
            return _failed(request, error)
        except Exception:  # whatever it is, it must not let anything through
            _logger.exception("defect while judging a review")
            return _defect(request)

    def _unread(self, error: MalformedReviewError, grounds: Grounds) -> Reply:
        answer = refuse(error, self.rules)
        self.log.unread(answer, grounds)
        return Reply(answer, document(error.uid, answer), has_uid=bool(error.uid))


@dataclass(frozen=True, slots=True)
class _Work:
    """Where the work of one review is done: on the loop that answers, or aside, so as to hold up nobody."""

    decisions: Decisions
    aside: bool

    async def run(self, work: Callable[[], T], *, seconds: float) -> T:
        """The result of ``work``; raises what it raises, and `TimeoutError`."""
        return await self.decisions.aside(work, seconds=seconds) if self.aside else work()


def _grounds(basis: Basis | None) -> Grounds:
    policies, trust_root = (
        ("", "") if basis is None else (str(basis.policies_digest), str(basis.trust_root_digest))
    )
    return Grounds(secrets.token_hex(8), policies, trust_root)


def _is_small(raw: bytes) -> bool:
    """Whether the loop that answers may read it itself."""
    return (
        len(raw) <= REVIEW_SMALL_BYTES and count_values(raw, most=REVIEW_SMALL_VALUES) <= REVIEW_SMALL_VALUES
    )


def _left(end: float) -> float:
    return max(0.0, end - time.monotonic())


def _defect(request: Request) -> Answer:
    return Answer(Outcome.ERROR, f"{request.about}: internal error; the log of the webhook says more")


def _failed(request: Request, error: VerifierError) -> Answer:
    """What struck the whole review, and not one image: no credentials, no answer by the cluster."""
    hint = f"\nhint: {error.hint}" if error.hint else ""
    return Answer(Outcome.UNAVAILABLE, f"{request.about}: {error.message}{hint}")
