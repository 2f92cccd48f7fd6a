"""What the API server is told: AdmissionReview, admission.k8s.io/v1, with a response."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from verifier.limits import (
    AUDIT_VALUE_LENGTH,
    REVIEW_MESSAGE_LENGTH,
    WARNING_LENGTH,
    WARNINGS_LENGTH,
)
from verifier.text import safe
from verifier.webhook.request import API_VERSION, KIND

# The reasons of metav1.Status that clients know: k8s.io/apimachinery, pkg/apis/meta/v1/types.go.
_REASONS: Final = {
    400: "BadRequest",
    403: "Forbidden",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Outcome(Enum):
    """How a review came out; the values are labels of metrics and logs."""

    ALLOWED = "allowed"
    EXEMPT = "exempt"
    AUDITED = "audited"  # would have been denied
    BREAK_GLASS = "break-glass"  # would have been denied
    DENIED = "denied"
    UNFINISHED = "unfinished"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    ERROR = "error"


_ALLOWED: Final = {Outcome.ALLOWED, Outcome.EXEMPT, Outcome.AUDITED, Outcome.BREAK_GLASS}
_CODES: Final = {
    Outcome.DENIED: 403,
    Outcome.UNFINISHED: 504,
    Outcome.UNAVAILABLE: 503,
    Outcome.MALFORMED: 400,
    Outcome.ERROR: 500,
}


@dataclass(frozen=True, slots=True)
class Replacement:
    """``value`` in the place of ``old``, and only in its place."""

    pointer: str
    old: str
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one review. ``message`` may have several lines; ``audit`` is for the audit log."""

    outcome: Outcome
    message: str
    warnings: tuple[str, ...] = ()
    audit: Mapping[str, str] = field(default_factory=dict)
    patch: tuple[Replacement, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the object may be stored."""
        return self.outcome in _ALLOWED

    @property
    def code(self) -> int:
        """As in HTTP: 200 where allowed."""
        return _CODES.get(self.outcome, 200)


def document(uid: str, answer: Answer) -> dict[str, Any]:
    """The response for the request ``uid``, within the limits of the API server."""
    response: dict[str, Any] = {"uid": uid, "allowed": answer.allowed}
    if not answer.allowed:
        response["status"] = {
            "status": "Failure",
            "message": message(answer.message),
            "reason": _REASONS[answer.code],
            "code": answer.code,
        }
    if answer.warnings:
        response["warnings"] = warnings(answer.warnings)
    if answer.audit:
        response["auditAnnotations"] = {key: _cut(text) for key, text in sorted(answer.audit.items())}
    if answer.allowed and answer.patch:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(_patch(answer.patch)).decode("ascii")
    return {"apiVersion": API_VERSION, "kind": KIND, "response": response}


def message(text: str) -> str:
    """``text`` line by line, each made harmless, all of it cut to what people can be shown."""
    lines = "\n".join(safe(line, limit=REVIEW_MESSAGE_LENGTH) for line in text.split("\n"))
    if len(lines) <= REVIEW_MESSAGE_LENGTH:
        return lines
    return lines[: REVIEW_MESSAGE_LENGTH - 1] + "…"


def warnings(texts: Iterable[str]) -> list[str]:
    """``texts`` in pieces that kubectl shows whole, each once, as many as the API server passes on."""
    given: list[str] = []
    left = WARNINGS_LENGTH
    for text in dict.fromkeys(texts):
        for line in text.split("\n"):
            for piece in textwrap.wrap(safe(line, limit=REVIEW_MESSAGE_LENGTH), WARNING_LENGTH):
                # In UTF-8, since it is not said what the API server counts.
                left -= len(piece.encode("utf-8"))
                if left < 0:
                    return given
                given.append(piece)
    return given


def _cut(text: str) -> str:
    # On one line; what is escaped has become longer.
    plain = safe(text.replace("\n", "; "), limit=AUDIT_VALUE_LENGTH)
    return plain if len(plain) <= AUDIT_VALUE_LENGTH else f"{plain[: AUDIT_VALUE_LENGTH - 1]}…"


def _patch(replacements: Sequence[Replacement]) -> bytes:
    """RFC 6902. Each replacement is tested first: another webhook may have moved what was looked at."""
    operations = []
    for item in replacements:
        operations.append({"op": "test", "path": item.pointer, "value": item.old})
        operations.append({"op": "replace", "path": item.pointer, "value": item.value})
    return json.dumps(operations).encode("utf-8")
