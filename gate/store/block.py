"""Decode lines by the block and prove their chain, as one line at a time would and much quicker."""

from __future__ import annotations

import functools
import gc
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from sys import intern
from typing import Annotated, Any, NamedTuple

import msgspec

from gate.errors import RecordError
from gate.schema.entry import GENESIS, Entry
from gate.schema.ledger import Head
from gate.store.ledger import MAX_ENTRY, decode_line, head_of, require_chain, require_stream
from gate.store.port import Block

_LARGEST = 2**53 - 1
_HASH = b'"hash":"'
_HASHED = len(_HASH) + 64 + len(b'",')
_DEPTH = 6
"""Lists and objects within each other; a type has twice the parts for each more."""
_WHOLE_NUMBER = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]


class Opened(NamedTuple):
    """The entries of a block."""

    entries: list[Entry]
    """In order."""
    lines: list[bytes]
    """The line of each without its newline, where its bytes without `hash` are what is hashed; of
    a block that holds another one: empty."""


def _nested() -> Any:  # noqa: ANN401 - a type
    """Strings, truth, nothing, whole numbers up to 2^53, and lists and objects of them."""
    plain: Any = str | bool | None | _WHOLE_NUMBER
    for _ in range(_DEPTH):
        plain = str | bool | None | _WHOLE_NUMBER | list[plain] | dict[str, plain]
    return plain


@functools.cache
def _decoder() -> msgspec.json.Decoder[Any]:
    """Decodes plain entries; built where long streams are read, since that takes some time."""

    class _Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """An `Entry` whose form by msgspec is that of RFC 8785, as long as it is ASCII."""

        v: _WHOLE_NUMBER = 1
        seq: _WHOLE_NUMBER
        prev: str
        at: str
        kind: str
        id: str | msgspec.UnsetType = msgspec.UNSET
        stream: str | msgspec.UnsetType = msgspec.UNSET
        body: dict[str, _nested()]  # type: ignore[valid-type]
        hash: str = ""

    return msgspec.json.Decoder(_Plain)


def open_block(block: Block, stream: str) -> Opened:
    """The entries of a block, each line of which is to the byte as the gate writes it.

    Args:
        block: whole lines.
        stream: the one they were found in.

    Raises:
        TamperedError: one was written anew by something else, or to another stream.
        RecordError: one is no entry.
    """
    found = _open_plain(block.lines)
    if found is None:
        lines = block.lines.split(b"\n")
        torn = [lines[-1]] if lines[-1] else []
        whole = [line + b"\n" for line in lines[:-1]]
        return Opened([decode_line(line, block.where, stream) for line in whole + torn], [])
    for entry in found.entries:
        require_stream(entry, stream, block.where)
    return found


def follow(blocks: Iterable[Block], stream: str, first: int, last: Head) -> Iterator[Entry]:
    """The entries from a number on up to a head, each checked against itself and the one before.

    Args:
        blocks: hold these entries in order; some before and after them are left out.
        stream: the one they were found in.
        first: number of the first one; on what comes before it nothing is said.
        last: the head they lead to.

    Raises:
        RecordError: an entry was changed, does not follow, is missing or is none.
    """
    before = Head(first - 1, "") if first else None
    for block in blocks:
        opened = _cut(open_block(block, stream), first, last.seq)
        entries = opened.entries
        if not entries:
            continue
        if before is not None and not before.hash:
            before = Head(before.seq, entries[0].prev)
        if not _fits(before, opened):
            _require_chain(before, entries, stream)
        yield from entries
        before = head_of(entries[-1])
        if entries[-1].seq >= last.seq:
            break
    if before != last:
        raise RecordError(f"stream {stream}: its end is not its head", "Run it again.")


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the cyclic garbage collector off while many objects without cycles are made."""
    collect = gc.isenabled()
    gc.disable()  # NOTE: it looks at all that was kept so far again and again, and finds nothing
    try:
        yield
    finally:
        if collect:
            gc.enable()


def _open_plain(lines: bytes) -> Opened | None:
    """The entries of lines that are exact and whose form is plain; `None`: not all of them are."""
    if len(lines) > MAX_ENTRY or not lines.isascii():
        return None
    try:
        found = _decoder().decode_lines(lines)
        is_exact = _ENCODER.encode_lines(found) == lines
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not is_exact:
        return None
    return Opened(_as_entries(found), lines.split(b"\n")[:-1])


def _as_entries(found: Iterable[Entry]) -> list[Entry]:
    """The same as entries; what is equal in many of them is kept once."""
    entries: list[Entry] = []
    last, named = "", ""
    for one in found:
        prev = last if one.prev == last else one.prev
        last = one.hash
        stream = one.stream
        if stream == named:
            stream = named
        elif isinstance(stream, str):
            named = stream
        entries.append(
            Entry(
                v=one.v,
                seq=one.seq,
                prev=prev,
                at=one.at,
                kind=intern(one.kind),
                id=one.id,
                stream=stream,
                body=one.body,
                hash=last,
            )
        )
    return entries


def _require_chain(before: Head | None, entries: Sequence[Entry], stream: str) -> None:
    try:
        require_chain(before, entries, stream)
    except RecordError as error:
        raise RecordError(f"stream {stream}: {error.message}", error.hint) from error


def _cut(opened: Opened, first: int, last: int) -> Opened:
    """What lies between two numbers, in a block whose ends may lie beyond them."""
    entries, lines = opened
    if not entries or (entries[0].seq >= first and entries[-1].seq <= last):
        return opened
    begin, end = 0, len(entries)
    while begin < end and entries[begin].seq < first:
        begin += 1
    while end > begin and entries[end - 1].seq > last:
        end -= 1
    return Opened(entries[begin:end], lines[begin:end])


def _fits(before: Head | None, opened: Opened) -> bool:
    """Whether plain entries follow a head, each with its right hash; false: look closer."""
    if not opened.lines:
        return False
    number, previous = (before.seq + 1, before.hash) if before else (0, GENESIS)
    for entry, line in zip(opened.entries, opened.lines, strict=True):
        if entry.seq != number or entry.prev != previous or entry.hash != _digest(line):
            return False
        number, previous = number + 1, entry.hash
    return True


def _digest(line: bytes) -> str:
    """SHA-256, hex, over a plain line without its `hash`.

    NOTE: behind the entry's own hash come only strings and numbers, none of which can hold the
    bytes `"hash":"`: so the last of them in the line are those of the entry itself.
    """
    at = line.rfind(_HASH)
    return hashlib.sha256(line[:at] + line[at + _HASHED :]).hexdigest()


def entries_between(
    blocks: Iterable[Block], stream: str, first: int, last: int | None
) -> Iterator[Entry]:
    """The entries of blocks by number, both ends included, their hashes unchecked.

    Raises:
        RecordError: as `open_block`.
    """
    for block in blocks:
        for entry in open_block(block, stream).entries:
            if last is not None and entry.seq > last:
                return
            if entry.seq >= first:
                yield entry


_ENCODER = msgspec.json.Encoder(order="sorted")
