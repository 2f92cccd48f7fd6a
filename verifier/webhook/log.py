"""Structured logs: one JSON object a line, no secrets, nothing that a terminal obeys."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

from verifier.text import rfc3339
from verifier.webhook.answer import Answer
from verifier.webhook.answer import message as lines
from verifier.webhook.request import Request
from verifier.webhook.review import Grounds


class Log(Protocol):
    """What happened, for whoever reads it later."""

    def decided(self, request: Request, answer: Answer, grounds: Grounds, *, seconds: float) -> None:
        """A review was answered."""
        ...

    def unread(self, answer: Answer, grounds: Grounds) -> None:
        """A review could not be read."""
        ...

    def event(self, level: str, message: str, **fields: object) -> None:
        """Something else happened."""
        ...


class NoLog:
    """See `Log`: nobody reads it."""

    def decided(self, request: Request, answer: Answer, grounds: Grounds, *, seconds: float) -> None:
        """See `Log.decided`."""

    def unread(self, answer: Answer, grounds: Grounds) -> None:
        """See `Log.unread`."""

    def event(self, level: str, message: str, **fields: object) -> None:
        """See `Log.event`."""


class JsonLog:
    """See `Log`: JSON lines on ``stream``. A stream that is gone is nobody reading."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def decided(self, request: Request, answer: Answer, grounds: Grounds, *, seconds: float) -> None:
        """See `Log.decided`. The object itself is not logged: it may hold secrets."""
        self.event(
            "info" if answer.allowed else "warning",
            "review",
            decision=grounds.decision,
            outcome=answer.outcome.value,
            uid=request.uid,
            operation=request.operation,
            kind=request.kind,
            subresource=request.subresource,
            namespace=request.namespace,
            name=request.name,
            user=request.user.name,
            dryRun=request.dry_run,
            milliseconds=round(seconds * 1000, 1),
            reason=answer.message,
            **{key: answer.audit[key] for key in ("verdict", "images", "break-glass") if key in answer.audit},
        )

    def unread(self, answer: Answer, grounds: Grounds) -> None:
        """See `Log.unread`."""
        self.event("warning", "review", decision=grounds.decision, outcome="malformed", reason=answer.message)

    def event(self, level: str, message: str, **fields: object) -> None:
        """See `Log.event`."""
        entry: dict[str, Any] = {"time": rfc3339(datetime.now(UTC)), "level": level, "message": message}
        for name, value in fields.items():
            if value in {"", None}:
                continue
            entry[name] = value if isinstance(value, int | float) else lines(str(value))
        try:
            self._stream.write(json.dumps(entry) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return


class JsonHandler(logging.Handler):
    """Passes the records of the libraries and of this program on to a `Log`."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        self._log.event(record.levelname.lower(), record.getMessage(), **fields)
