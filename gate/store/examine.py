"""Examine a ledger: its chain, its Merkle root, and the checkpoints it is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from gate.schema.entry import Entry
from gate.store.checkpoint import Checkpoint
from gate.store.ledger import walk
from gate.store.merkle import EMPTY, Frontier, leaf_hash
from gate.store.tampering import TamperedError


class Examined(msgspec.Struct, frozen=True):
    """A ledger whose chain holds."""

    last: Entry | None
    """Its end; `None` when it is empty."""
    size: int
    """Entries."""
    root: bytes
    """Root of its Merkle tree."""
    roots: dict[int, bytes]
    """Size -> root at that size, for the sizes asked for that it reached."""

    def hold_against(self, known: Checkpoint, what: str) -> None:
        """Compare it with what a checkpoint says.

        Args:
            known: the checkpoint; its size was among those asked for.
            what: what to call it in the message.

        Raises:
            TamperedError: the ledger is not the one of the checkpoint.
        """
        hold_against(self.size, self.roots.__getitem__, known, what)


def hold_against(size: int, root_at: Callable[[int], bytes], known: Checkpoint, what: str) -> None:
    """Compare a ledger's tree with what a checkpoint says.

    Args:
        size: entries of the ledger.
        root_at: its root at any size up to that.
        known: the checkpoint.
        what: what to call it in the message.

    Raises:
        TamperedError: the ledger is not the one of the checkpoint.
    """
    if size < known.size:
        raise TamperedError(
            "truncated",
            f"the ledger has {size} entries, the {what} {known.size}",
            "Its end was cut off, or this is an old copy.",
        )
    if root_at(known.size) != known.root:
        raise TamperedError(
            "rewritten",
            f"the first {known.size} entries are not those of the {what}",
            "The ledger was written again, hashes and all; or the checkpoint is another's.",
        )


def examine(entries: Iterator[tuple[int, Entry]], sizes: Iterable[int] = ()) -> Examined:
    """Check the chain and grow the tree, in one pass.

    Args:
        entries: line numbers and entries.
        sizes: where to note the root on the way.

    Raises:
        TamperedError: names the first line that does not fit, and what was done to it.
        RecordError: a line is not an entry.
    """
    frontier = Frontier()
    last: Entry | None = None
    wanted = frozenset(sizes)
    roots = {0: EMPTY}
    for entry, leaf in walk(entries):
        last = entry
        frontier.add(leaf_hash(leaf))
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
    return Examined(last, frontier.size, frontier.root(), roots)


def compare(checkpoint: Checkpoint, anchor: Checkpoint) -> None:
    """Hold a ledger's own checkpoint against one that was kept elsewhere.

    Raises:
        TamperedError: it is older than the anchor, another ledger's, or tells another history.
    """
    if checkpoint.origin != anchor.origin:
        raise TamperedError(
            "swapped",
            "the checkpoint and the anchor are of different ledgers",
            "One of them was put in place of another.",
        )
    if checkpoint.size < anchor.size:
        raise TamperedError(
            "replayed",
            f"the checkpoint has {checkpoint.size} entries, the anchor already {anchor.size}",
            "An old checkpoint was put in place of a newer one.",
        )
    if checkpoint.size == anchor.size and checkpoint.root != anchor.root:
        raise TamperedError(
            "swapped",
            f"checkpoint and anchor tell of {anchor.size} entries each, and not of the same",
            "The signer signed two histories, or its key is in other hands.",
        )
