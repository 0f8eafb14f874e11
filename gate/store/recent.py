"""Read the end of a stream, back to a moment, without reading all of it."""

from __future__ import annotations

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Head
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
        RecordError: it cannot be read, or an entry does not follow the one before.
    """
    head = store.head(stream)
    if head is None:
        return [], None
    found: list[Entry] = []
    end, size = head.seq, _FIRST
    while end >= 0:
        begin = max(0, end - size + 1)
        chunk = list(store.read(stream, begin, end))
        found = chunk + found
        if len(chunk) >= _SLACK and all(entry.at < since for entry in chunk[:_SLACK]):
            break
        end, size = begin - 1, size * 2
    _check_links(found, head, stream)
    return found, head


def _check_links(entries: list[Entry], head: Head, stream: str) -> None:
    for before, after in zip(entries, entries[1:], strict=False):
        if after.prev != before.hash or after.seq != before.seq + 1:
            raise RecordError(
                f"stream {stream}: entry {after.seq} does not follow the one before",
                "It was tampered with: `gate ledger verify` tells more.",
            )
    if not entries or entries[-1].hash != head.hash:
        raise RecordError(f"stream {stream}: its end is not its head", "Run it again.")
