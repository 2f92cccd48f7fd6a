"""Answers that replace the right ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered to requests whose path matches ``path``: the ``calls``, counted from 1; all for ().

    ``raw`` goes over the wire as it is, and the connection is closed; ``pieces`` the same, piece by piece,
    until they end or the client has gone. Otherwise ``length`` is what the Content-Length says (the truth
    for None).
    """

    path: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    raw: bytes | None = None
    pieces: Callable[[], Iterable[bytes]] | None = None
    calls: tuple[int, ...] = ()

    def strikes(self, path: str, call: int) -> bool:
        """Whether this is the answer to the ``call``-th request for ``path``."""
        return re.search(self.path, path) is not None and (not self.calls or call in self.calls)
