"""Lists that compare as if both went on for ever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any


class Padded:
    """``items``, with ``fill`` wherever the other list is longer: ``1.0`` and ``1.0.0`` are one version."""

    __hash__ = None  # type: ignore[assignment]  # two of different length may be equal
    __slots__ = ("fill", "items")

    def __init__(self, items: Sequence[Any], fill: Any) -> None:
        self.items = items
        self.fill = fill

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Padded) and not self < other and not other < self

    def __lt__(self, other: Padded) -> bool:
        for left, right in zip_longest(self.items, other.items, fillvalue=self.fill):
            if left != right:
                return bool(left < right)
        return False
