"""Read the end of a stream, back to a moment, without reading all of it."""

from __future__ import annotations

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Head
from gate.store.ledger import require_chain
from gate.store.port import Store

_FIRST = 256
_SLACK = 256


def recent(store: Store, stream: str, since: str) -> tuple[list[Entry], Head | None]:
    """The entries from a moment on, in order, and the head they lead to.

    Clocks of runners differ: reading goes on until 256 entries in a row are older.

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
    found: list[Entry] = []
    begin = head.seq + 1
    end, size = head.seq, _FIRST
    while end >= 0:
        begin = max(0, end - size + 1)
        chunk = list(store.read(stream, begin, end))
        found = chunk + found
        if len(chunk) >= _SLACK and all(entry.at < since for entry in chunk[:_SLACK]):
            break
        end, size = begin - 1, size * 2
    _check(found, begin, head, stream)
    return found, head


def _check(entries: list[Entry], begin: int, head: Head, stream: str) -> None:
    """Every entry against itself and the one before, the last against the head."""
    if not entries or entries[-1].hash != head.hash:
        raise RecordError(f"stream {stream}: its end is not its head", "Run it again.")
    before = Head(begin - 1, entries[0].prev) if begin else None
    try:
        require_chain(before, entries, stream)
    except RecordError as error:
        raise RecordError(f"stream {stream}: {error.message}", error.hint) from error
