"""Ask again where that can help."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from verifier.errors import RegistryError
from verifier.limits import RETRIES, RETRY_WAIT_SECONDS

if TYPE_CHECKING:
    from verifier.deadline import Deadline
    from verifier.registry.http import Response

_RETRIED = {408, 429, 500, 502, 503, 504}
_FIRST_WAIT = 0.3


class PassingError(RegistryError):
    """No whole answer came, and the next one may."""

    code = "RegistryError"


class Retries:
    """Repeats a request after 429, 5xx and broken connections, a few times and within the deadline.

    ``sleep`` waits; ``jitter`` gives numbers from 0 to 1, so that many clients do not come back at once.
    """

    def __init__(
        self,
        *,
        count: int = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._count = count
        self._sleep = sleep
        self._jitter = jitter
        self._now = now

    def run(self, ask: Callable[[], Response], deadline: Deadline) -> Response:
        """Call ``ask`` until its answer is final. Raises what it raises last."""
        for attempt in range(self._count):
            try:
                response = ask()
            except PassingError:
                wait = self._backoff(attempt)
                if wait >= deadline.left():
                    raise
            else:
                if response.status not in _RETRIED:
                    return response
                wait = self._wait(response, attempt)
                if wait >= deadline.left():
                    return response
            self._sleep(wait)
        return ask()

    def _backoff(self, attempt: int) -> float:
        return float(_FIRST_WAIT * 2**attempt * (0.5 + self._jitter() / 2))

    def _wait(self, response: Response, attempt: int) -> float:
        """What ``Retry-After`` asks for (RFC 9110, section 10.2.3), up to a bound; else the back-off."""
        text = response.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            asked = float(text[:9])
        else:
            try:
                asked = (email.utils.parsedate_to_datetime(text) - self._now()).total_seconds()
            except (TypeError, ValueError, OverflowError):
                return self._backoff(attempt)
        return min(max(asked, 0.0), RETRY_WAIT_SECONDS) or self._backoff(attempt)
