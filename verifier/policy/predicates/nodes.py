"""The error of predicates that are not what their type says."""

from __future__ import annotations

from verifier.errors import StatementError


class PredicateError(StatementError):
    """The predicate is not what its type says. ``path`` is a JSON path into it: ``$.builder.id``."""

    code = StatementError.code

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(f"{path}: {message}", hint=hint)
        self.path = path


def at_path(message: str, path: str) -> PredicateError:
    """What a wrong node of a predicate raises; see `verifier.json_nodes.raising`."""
    return PredicateError(message, path=path)
