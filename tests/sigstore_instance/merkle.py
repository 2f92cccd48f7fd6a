"""The Merkle tree of RFC 6962 section 2.1."""

from __future__ import annotations

import hashlib


class Tree:
    """An append-only tree over ``leaves``."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        self._ranges: dict[tuple[int, int], bytes] = {}

    def __len__(self) -> int:
        return len(self._leaves)

    def append(self, entry: bytes) -> int:
        """Add ``entry`` and give its index."""
        self._leaves.append(hashlib.sha256(b"\x00" + entry).digest())
        return len(self._leaves) - 1

    def root(self) -> bytes:
        """MTH(D[n])."""
        return self._hash(0, len(self._leaves))

    def proof(self, index: int) -> tuple[bytes, ...]:
        """PATH(m, D[n]): the hashes from the leaf's sibling up to the root's child."""
        path = []
        start, end = 0, len(self._leaves)
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return tuple(reversed(path))

    def _hash(self, start: int, end: int) -> bytes:
        if start == end:
            return hashlib.sha256().digest()
        if end - start == 1:
            return self._leaves[start]
        # What a range hashes to never changes again: leaves are only appended.
        if (start, end) not in self._ranges:
            middle = start + _split(end - start)
            children = self._hash(start, middle) + self._hash(middle, end)
            self._ranges[start, end] = hashlib.sha256(b"\x01" + children).digest()
        return self._ranges[start, end]


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1
