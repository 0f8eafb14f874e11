"""Copy every stream and blob of one store into another, entries and hashes as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Head
from gate.store.ledger import encode_line, head_of, require_chain
from gate.store.port import Store

_BATCH_ENTRIES = 1000
_BATCH_BYTES = 8 * 1024 * 1024


class Copied(NamedTuple):
    """What became of one stream."""

    stream: str
    """Its name."""
    entries: int
    """How many it has."""
    new: int
    """How many of them were not there before."""
    head: str
    """Hash of the last."""


def copy_streams(source: Store, target: Store) -> Iterator[Copied]:
    """Copy every stream, each checked link by link; what was copied before is compared.

    Raises:
        RecordError: the source does not verify, or the target holds something else.
    """
    for stream in source.streams():
        yield _copy(source, target, stream)


def copy_blobs(source: Store, target: Store) -> int:
    """Copy every blob that is not there; how many were copied.

    Raises:
        RecordError: one cannot be read or written.
    """
    there = set(target.blobs())
    count = 0
    for digest in source.blobs():
        data = source.get_blob(digest) if digest not in there else None
        if data is not None:
            target.put_blob(data)
            count += 1
    return count


def _copy(source: Store, target: Store, stream: str) -> Copied:
    goal = target.head(stream)
    head: Head | None = None
    new = 0
    for batch in _batches(source.read(stream)):
        require_chain(head, batch, stream)
        known = [entry for entry in batch if goal is not None and entry.seq <= goal.seq]
        if known and goal is not None and known[-1].seq == goal.seq:
            _require_same(stream, known[-1], goal)
        rest = batch[len(known) :]
        if rest:
            target.adopt(stream, head_of(known[-1]) if known else head, rest)
            new += len(rest)
        head = head_of(batch[-1])
    if head is None or (goal is not None and goal.seq > head.seq):
        raise RecordError(
            f"{stream}: the target has entries that the source has not",
            "Is it the other way round? What was written to both cannot be put together.",
        )
    if target.head(stream) != head:
        raise RecordError(f"{stream}: the target does not end like the source", "Run it again.")
    return Copied(stream, head.seq + 1, new, head.hash)


def _require_same(stream: str, entry: Entry, goal: Head) -> None:
    if entry.hash != goal.hash:
        raise RecordError(
            f"{stream}: entry {entry.seq} of the target is not that of the source",
            "They are two ledgers; take a target of its own.",
        )


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += len(encode_line(entry))
        if len(batch) >= _BATCH_ENTRIES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
