"""What an operator decided about reviews, before any image is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verifier.webhook.request import Object, Request

_REASON_LENGTH = 10  # characters; "x" is no reason


@dataclass(frozen=True, slots=True)
class Exemption:
    """Objects that are let through unread, by what the API server says of them.

    ``namespaces`` is never empty; ``kinds`` and ``names`` empty mean any.
    """

    id: str
    reason: str
    namespaces: frozenset[str]
    kinds: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    until: datetime | None = None

    def covers(self, request: Request, now: datetime) -> bool:
        """Whether it is about the object of ``request``, and still counts."""
        return (
            (self.until is None or now < self.until)
            and request.namespace in self.namespaces
            and (not self.kinds or request.kind in self.kinds)
            and (not self.names or any(_is_named(request, name) for name in self.names))
        )


def _is_named(request: Request, pattern: str) -> bool:
    if not pattern.endswith("*"):
        return request.name == pattern
    metadata = (request.object or {}).get("metadata")
    beginning = metadata.get("generateName") if isinstance(metadata, dict) and not request.name else None
    name = request.name or (beginning if isinstance(beginning, str) else "")
    return name.startswith(pattern[:-1])


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who may let an unverified object through, by writing why into ``annotation``."""

    annotation: str
    users: frozenset[str]
    groups: frozenset[str]

    def reason(self, request: Request) -> str | None:
        """Why the object is to be let through; None where nobody who may says so.

        Who asks is the API server's word; the annotation alone opens nothing.
        """
        if request.user.name not in self.users and not request.user.groups & self.groups:
            return None
        text = self._written(request.object)
        # What is stored already may be by anybody, and was about another change.
        return text if len(text) >= _REASON_LENGTH and text != self._written(request.old) else None

    def _written(self, thing: Object | None) -> str:
        metadata = (thing or {}).get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        text = annotations.get(self.annotation) if isinstance(annotations, dict) else None
        return text.strip() if isinstance(text, str) else ""


@dataclass(frozen=True, slots=True)
class Rules:
    """See the schema of the configuration."""

    audit: bool = False
    audit_namespaces: frozenset[str] = frozenset()
    ignored_kinds: frozenset[str] = frozenset()
    exemptions: tuple[Exemption, ...] = ()
    break_glass: BreakGlass | None = None

    def is_audit(self, namespace: str) -> bool:
        """Whether objects of ``namespace`` are let through with a warning."""
        return self.audit or namespace in self.audit_namespaces

    def is_ignored(self, request: Request) -> bool:
        """Whether objects of this kind are let through unread."""
        group = request.api_version.rpartition("/")[0]
        return (f"{group}/{request.kind}" if group else request.kind) in self.ignored_kinds
