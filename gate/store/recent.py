"""Read the end of a stream, back to a moment, without reading all of it."""

from __future__ import annotations

from collections.abc import Iterator

from gate.schema.entry import Entry
from gate.schema.ledger import Head
from gate.store.block import follow, uncollected
from gate.store.port import Store

_SLACK = 256


def recent(store: Store, stream: str, since: str) -> tuple[list[Entry], Head | None]:
    """The entries from a moment on, in order, and the head they lead to.

    Clocks of runners differ: what lies before 256 entries in a row that are older is left out.

    Args:
        store: the store.
        stream: name of the stream.
        since: RFC 3339 UTC; empty: everything.

    Returns:
        The entries, oldest first, some older ones among them, and the head; `None`: no stream.

    Raises:
        RecordError: it cannot be read, an entry was changed, or does not follow the one before.
    """
    head = store.head(stream)
    if head is None:
        return [], None
    with uncollected():
        return list(_read_back(store, stream, since, head)), head


def later(store: Store, stream: str, since: str) -> Iterator[Entry]:
    """The same entries one by one, without keeping them: for long streams.

    NOTE: that the end is right is only known at the end; what was made of the entries so far is
    nothing when an error comes.

    Raises:
        RecordError: as `recent`.
    """
    head = store.head(stream)
    if head is not None:
        yield from _read_back(store, stream, since, head)


def _read_back(store: Store, stream: str, since: str, head: Head) -> Iterator[Entry]:
    first = max(0, head.seq + 1 - _SLACK)
    end = list(follow(store.blocks(stream, first, head.seq), stream, first, head))
    if first and not all(entry.at < since for entry in end):
        begin = _begin(store, stream, since, first)
        middle = Head(first - 1, end[0].prev)
        yield from follow(store.blocks(stream, begin, first - 1), stream, begin, middle)
    yield from end


def _begin(store: Store, stream: str, since: str, before: int) -> int:
    """Number of the entry to begin with: 256 in a row from there on are older, or it is the first.

    Steps back from `before` double, and of each only its first entries are looked at.
    """
    size = 2 * _SLACK
    while since and before > size:
        begin = before - size
        looked = store.read(stream, begin, begin + _SLACK - 1)
        if all(entry.at < since for entry in looked):
            return begin
        before, size = begin, size * 2
    return 0
