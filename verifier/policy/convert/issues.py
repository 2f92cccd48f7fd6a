"""What a conversion has to say about the original."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.policy.convert.nodes import Node
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class Issue:
    """A remark about the value at ``path`` (``spec.authorities[0].key``), which stands at ``place``
    (``file:line:column``)."""

    path: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.path}: {self.message}"


class UnsayableError(Exception):
    """What stands at ``node`` has no equal in the policy format, for the reason ``message``.

    Caught where it can be left out of alternatives, which is stricter, or makes the policy refuse.
    """

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message


@dataclass(slots=True)
class Notes:
    """Collects what could not be said, which fails closed, and the traps of the original."""

    unsupported: list[Issue] = field(default_factory=list)
    traps: list[Issue] = field(default_factory=list)

    def unsayable(self, error: UnsayableError) -> None:
        """Note what could not be said."""
        _add(self.unsupported, error.node, error.message)

    def trap(self, node: Node, message: str) -> None:
        """Note where the original does something else than it seems to, or the equal is stricter."""
        _add(self.traps, node, message)

    def trap_once(self, node: Node, message: str) -> None:
        """Note a trap that many values have, where it is first met."""
        if all(issue.message != message for issue in self.traps):
            self.trap(node, message)


def _add(issues: list[Issue], node: Node, message: str) -> None:
    issue = Issue(safe(node.name, limit=200), node.place, safe(message, limit=1000))
    if issue not in issues:
        issues.append(issue)
