"""Rekor: a log that appends entries and proves that they are in it."""

from __future__ import annotations

from tests.sigstore_instance.checkpoint import CheckpointShape, checkpoint, key_id
from tests.sigstore_instance.keys import Key
from tests.sigstore_instance.log_entry import LogShape, Proof
from tests.sigstore_instance.merkle import Tree

# Foreign entries around each one, so that proofs have hashes from both sides.
_BEFORE = 5
_AFTER = 2


class Log:
    """A tree, a key, and the name under which the key signs checkpoints."""

    def __init__(self, key: Key, *, url: str, origin: str | None = None) -> None:
        self.key = key
        self.url = url
        self.name = url.removeprefix("https://")
        self.origin = origin or self.name
        self._tree = Tree()

    @property
    def id(self) -> bytes:
        """The log id in trust roots and entries."""
        return key_id(self.name, self.key)

    def include(self, body: bytes, shape: LogShape) -> tuple[int, Proof | None]:
        """Append ``body``; give its index in the tree and the proof as ``shape`` has it."""
        self._append_others(_BEFORE)
        index = self._tree.append(body)
        self._append_others(_AFTER)
        return index, self._prove(index, shape) if shape.proof else None

    def _prove(self, index: int, shape: LogShape) -> Proof:
        tree = self._tree
        size, hashes = len(tree), tree.proof(index)
        if shape.other_tree:
            tree = Tree()
            for number in range(size):
                tree.append(b"another tree %d" % number)
            hashes = tree.proof(index)
        if shape.flip_hash:
            hashes = (bytes([hashes[0][0] ^ 1]) + hashes[0][1:], *hashes[1:])
        return Proof(
            index=index if shape.index is None else shape.index,
            tree_size=size if shape.size is None else shape.size,
            root=shape.root or tree.root(),
            hashes=hashes,
            checkpoint=self._checkpoint(size, tree.root(), shape.checkpoint),
        )

    def _checkpoint(self, size: int, root: bytes, shape: CheckpointShape | None) -> str | None:
        if shape is None:
            return None
        return checkpoint(self.name, self.origin, self.key, size, root, shape)

    def _append_others(self, count: int) -> None:
        for _ in range(count):
            self._tree.append(b"entry %d of someone else" % len(self._tree))
