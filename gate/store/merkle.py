"""The Merkle tree of RFC 9162: roots, inclusion and consistency proofs, and their verification."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node; its first byte keeps it from ever being the hash of a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree of which only what its root needs is kept: one hash per bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        rest = self.size
        while rest & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            rest >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


class Tree:
    """A whole tree, every full subtree hashed once, so that a proof takes logarithmic time.

    Args:
        leaves: hashes of leaves, in order.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = list(leaves)
        self.size = len(level)
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [node_hash(left, right) for left, right in pairs]
            self._levels.append(level)

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; of all without a size."""
        end = self.size if size is None else size
        self._check(end)
        return self._hash(0, end) if end else EMPTY

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The path that proves that leaf `index` is in the tree of the first `size` leaves."""
        end = self.size if size is None else size
        self._check(end)
        if not 0 <= index < end:
            raise IndexError(f"leaf {index} of {end}")
        path: list[bytes] = []
        start = 0
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """The path that proves that the tree of `size` leaves begins with that of `old`."""
        end = self.size if size is None else size
        self._check(end)
        if not 0 <= old <= end:
            raise IndexError(f"size {old} of {end}")
        if old in (0, end):
            return ()
        path: list[bytes] = []
        start = 0
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        if start:
            path.append(self._hash(start, end))
        return tuple(reversed(path))

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise IndexError(f"size {size} of {self.size}")

    def _hash(self, start: int, end: int) -> bytes:
        """Root of the leaves from `start` to before `end`; `start` is where a subtree begins."""
        count = end - start
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._levels[height][start >> height]
        middle = start + _split(count)
        return node_hash(self._hash(start, middle), self._hash(middle, end))


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves that a leaf is in a tree.

    Args:
        leaf: hash of the leaf.
        index: where it is, from 0.
        size: of the tree.
        path: from the leaf's sibling upwards.
        root: of the tree.
    """
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(step, found)
            first, last = _climb(first, last)
        else:
            found = node_hash(found, step)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def extends(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that a tree of `new` leaves begins with that of `old` leaves."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    steps = [*([old_root] if old & (old - 1) == 0 else []), *path]
    if not steps:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            was, now = node_hash(step, was), node_hash(step, now)
            first, last = _climb(first, last)
        else:
            now = node_hash(now, step)
        first, last = first >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _climb(first: int, last: int) -> tuple[int, int]:
    """Up the levels at which a leaf at the right edge has no sibling."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)
