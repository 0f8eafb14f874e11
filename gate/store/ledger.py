"""Chain entries: the hash of one, the check of all, and the port an engine implements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from gate.errors import RecordError
from gate.schema.entry import GENESIS, Entry
from gate.schema.ledger import Draft, Head
from gate.store.port import MAIN
from gate.store.tampering import TamperedError, Tampering
from gate.text import neutralise

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


def canonical(entry: Entry) -> bytes:
    """The entry's RFC 8785 bytes without `hash`: what is hashed, and the leaf of the Merkle tree.

    Raises:
        RecordError: the body holds what RFC 8785 cannot say (NaN, integers above 2^53).
    """
    document = {
        "at": entry.at,
        "body": entry.body,
        "kind": entry.kind,
        "prev": entry.prev,
        "seq": entry.seq,
        "v": entry.v,
    }
    if entry.id is not msgspec.UNSET:
        document["id"] = entry.id
    if entry.stream is not msgspec.UNSET:
        document["stream"] = entry.stream
    quick = _write_plain(document)
    if quick is not None:
        return quick
    import rfc8785  # NOTE: 15 times slower, and only needed for what the next function leaves

    try:
        return rfc8785.dumps(msgspec.to_builtins(document))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise RecordError(f"the entry has no canonical form: {error.__class__.__name__}") from error


def _write_plain(document: dict[str, Any]) -> bytes | None:
    """The RFC 8785 form where msgspec's is the same: ASCII without fractions or large integers."""
    try:
        if not _is_plain(document):
            return None
        written = msgspec.json.encode(document, order="sorted")
    except (RecursionError, UnicodeEncodeError):
        return None
    return written if written.isascii() else None


def _is_plain(value: dict[str, Any] | list[Any]) -> bool:
    # NOTE: every entry passes here; a call for each value would take twice the time
    items: Iterable[Any] = value.values() if isinstance(value, dict) else value
    for item in items:
        kind = type(item)
        if kind in _PLAIN:
            continue
        if kind is dict or kind is list or kind is tuple:
            if not _is_plain(item):
                return False
        elif kind is not int or not -_LARGEST <= item <= _LARGEST:
            return False
    return True


def entry_hash(entry: Entry) -> str:
    """SHA-256, hex, over `canonical`.

    Raises:
        RecordError: as `canonical`.
    """
    return hashlib.sha256(canonical(entry)).hexdigest()


def link(
    previous: Entry | Head | None,
    kind: str,
    at: str,
    body: dict[str, Any],
    name: str | msgspec.UnsetType = msgspec.UNSET,
    stream: str = MAIN,
) -> Entry:
    """The entry that follows `previous` in a stream, with the event id `name` if it has one.

    Raises:
        RecordError: as `entry_hash`.
    """
    entry = Entry(
        seq=previous.seq + 1 if previous else 0,
        prev=previous.hash if previous else GENESIS,
        at=at,
        kind=kind,
        id=name,
        stream=stream if stream != MAIN else msgspec.UNSET,
        body=body,
    )
    return msgspec.structs.replace(entry, hash=entry_hash(entry))


def chain(head: Head | None, drafts: Sequence[Draft], stream: str = MAIN) -> tuple[Entry, ...]:
    """The entries that drafts become behind the head of a stream.

    Raises:
        RecordError: as `entry_hash`.
    """
    entries: list[Entry] = []
    for draft in drafts:
        last = entries[-1] if entries else head
        entries.append(link(last, draft.kind, draft.at, draft.body, draft.id, stream))
    return tuple(entries)


def head_of(entry: Entry | None) -> Head | None:
    """The head of a stream that ends with an entry."""
    return Head(entry.seq, entry.hash) if entry else None


def require_chain(head: Head | None, entries: Sequence[Entry], stream: str = MAIN) -> None:
    """Check that entries made elsewhere follow the head of a stream, each with its right hash.

    Raises:
        TamperedError: one names another stream.
        RecordError: one does not follow.
    """
    last: Head | None = head
    for entry in entries:
        require_stream(entry, stream, f"entry {entry.seq}")
        follows = entry.seq == (last.seq + 1 if last else 0)
        if not follows or entry.prev != (last.hash if last else GENESIS):
            raise RecordError(
                f"entry {entry.seq} does not follow the entry before",
                "An entry was removed, added, moved or rewritten: `gate ledger verify` tells more.",
            )
        if entry.hash != entry_hash(entry):
            raise RecordError(
                f"entry {entry.seq}: the hash does not fit the entry",
                "The entry was changed after it was written.",
            )
        last = head_of(entry)


def encode_line(entry: Entry) -> bytes:
    """An entry as engines keep it: one line of JSON, keys sorted.

    Raises:
        RecordError: it is longer than an entry may be.
    """
    line = msgspec.json.encode(entry, order="sorted") + b"\n"
    if len(line) > MAX_ENTRY:
        raise RecordError(f"the entry has {len(line)} bytes, {MAX_ENTRY} are allowed")
    return line


def require_stream(entry: Entry, stream: str, where: str) -> None:
    """Check that an entry was written to a stream and not to another one.

    Args:
        entry: the entry.
        stream: the one it was found in.
        where: names the entry in an error.

    Raises:
        TamperedError: it names another one, or none where a name has to be.
    """
    named = MAIN if entry.stream is msgspec.UNSET else entry.stream
    if named != stream or entry.stream == MAIN:
        raise TamperedError(
            "swapped",
            f"{where}: written to the stream {neutralise(named, 130)}, found in {stream}",
            "Entries of one stream were put in place of another's.",
        )


def decode_line(line: bytes, where: str, stream: str = MAIN) -> Entry:
    """The entry of a line, which is to the byte as `encode_line` writes it.

    Args:
        line: with its newline.
        where: names the line in an error.
        stream: the one it was found in.

    Raises:
        TamperedError: it was written anew by something else, or to another stream.
        RecordError: it is none.
    """
    if len(line) > MAX_ENTRY or not line.endswith(b"\n"):
        raise RecordError(f"{where}: torn or too long", "The next entry moves a torn line aside.")
    try:
        entry = _DECODER.decode(line)
        is_exact = line == encode_line(entry)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RecordError(
            f"{where}: not an entry", "The file was edited, or is no ledger."
        ) from error
    if not is_exact:
        raise TamperedError(
            "changed",
            f"{where}: not the bytes that the gate writes, though they may mean the same",
            "The line was written anew by something else.",
        )
    require_stream(entry, stream, where)
    return entry


def verify(entries: Iterator[tuple[int, Entry]]) -> Entry | None:
    """Check the whole chain.

    Returns:
        The last entry, or `None` for an empty ledger.

    Raises:
        RecordError: names the first line that does not fit, and how.
    """
    last: Entry | None = None
    for entry, _ in walk(entries):
        last = entry
    return last


def walk(entries: Iterator[tuple[int, Entry]]) -> Iterator[tuple[Entry, bytes]]:
    """Every entry with its canonical bytes, each checked against itself and the one before.

    Args:
        entries: line numbers and entries, as read from JSON.

    Raises:
        TamperedError: names the first line that does not fit, and what was done to it.
        RecordError: a line is not an entry.
    """
    previous, expected = GENESIS, 0
    for number, entry in entries:
        leaf = canonical(entry)
        if entry.hash != hashlib.sha256(leaf).hexdigest():
            raise TamperedError(
                "changed",
                f"ledger line {number}: the hash does not fit the entry",
                "The entry was changed after it was written.",
            )
        if entry.seq != expected:
            raise TamperedError(
                _misplaced(entry.seq, expected, entries),
                f"ledger line {number}: seq is {entry.seq}, {expected} expected",
                "An entry was removed, added or moved.",
            )
        if entry.prev != previous:
            raise TamperedError(
                "rewritten",
                f"ledger line {number}: prev is not the hash of the entry before",
                "An earlier entry was rewritten or replaced.",
            )
        yield entry, leaf
        previous, expected = entry.hash, expected + 1


def _misplaced(seq: int, expected: int, rest: Iterator[tuple[int, Entry]]) -> Tampering:
    """What was done to entries, by the first `seq` that is wrong and what follows it."""
    try:
        follows = any(entry.seq == expected for _, entry in rest)
    except RecordError:
        follows = False
    if seq < expected:
        return "inserted"
    return "moved" if follows else "removed"


_DECODER = msgspec.json.Decoder(Entry)
_PLAIN = frozenset({str, bool, type(None)})
_LARGEST = 2**53 - 1
