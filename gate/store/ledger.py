"""Chain entries: the hash of one, the check of all, and the port an engine implements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from gate.errors import RecordError
from gate.schema.entry import GENESIS, Entry

MAX_ENTRY = 16 * 1024 * 1024
"""Bytes of one entry's line; larger is refused."""


class Ledger(Protocol):
    """An append-only, hash-chained log."""

    def append(self, kind: str, at: str, body: dict[str, Any]) -> Entry:
        """Write one entry durably and return it with its hash.

        Raises:
            RecordError: it could not be written, or the end of the ledger is broken.
        """

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Every entry with its line number, as written, unchecked.

        Raises:
            RecordError: a line is not an entry.
        """


def entry_hash(entry: Entry) -> str:
    """SHA-256, hex, over the entry's RFC 8785 bytes without `hash`.

    Raises:
        RecordError: the body holds what RFC 8785 cannot say (NaN, integers above 2^53).
    """
    import rfc8785

    document = msgspec.to_builtins(entry)
    del document["hash"]
    try:
        return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise RecordError(f"the entry has no canonical form: {error.__class__.__name__}") from error


def link(previous: Entry | None, kind: str, at: str, body: dict[str, Any]) -> Entry:
    """The entry that follows `previous`.

    Raises:
        RecordError: as `entry_hash`.
    """
    entry = Entry(
        seq=previous.seq + 1 if previous else 0,
        prev=previous.hash if previous else GENESIS,
        at=at,
        kind=kind,
        body=body,
    )
    return msgspec.structs.replace(entry, hash=entry_hash(entry))


def verify(entries: Iterator[tuple[int, Entry]]) -> Entry | None:
    """Check the whole chain.

    Returns:
        The last entry, or `None` for an empty ledger.

    Raises:
        RecordError: names the first line that does not fit, and how.
    """
    last: Entry | None = None
    for number, entry in entries:
        expected = last.seq + 1 if last else 0
        if entry.seq != expected:
            raise RecordError(
                f"ledger line {number}: seq is {entry.seq}, {expected} expected",
                "An entry was removed, added or moved.",
            )
        if entry.prev != (last.hash if last else GENESIS):
            raise RecordError(
                f"ledger line {number}: prev is not the hash of the entry before",
                "An earlier entry was rewritten or removed.",
            )
        if entry.hash != entry_hash(entry):
            raise RecordError(
                f"ledger line {number}: the hash does not fit the entry",
                "The entry was changed after it was written.",
            )
        last = entry
    return last
