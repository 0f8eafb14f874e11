"""The git engine: a branch per stream, and a push that is refused when somebody was faster."""

from __future__ import annotations

import calendar
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from gate.errors import ConflictError, RecordError
from gate.pattern import pattern
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.block import entries_between
from gate.store.git_cache import GitCache, TreeFile
from gate.store.ledger import (
    chain,
    decode_line,
    encode_line,
    entry_hash,
    require_chain,
)
from gate.store.port import MAX_BLOB, Block, check_digest, check_stream

SEGMENT_LINES = 1000
"""Entries of one file."""
SEGMENT_BYTES = 512 * 1024
"""Bytes from which on a file takes no more entries: every append writes the last one again."""

_BRANCHES = "refs/heads/ledger/"
_SEEN = "refs/gate/heads/"
_BLOBS = "refs/gate/blobs/"
_SEGMENT = pattern(r"(\d{12})\.jsonl\Z")
_ESCAPED = ((pattern(r"(^|/)\."), r"\1%2e"), (pattern(r"\.lock(/|$)"), r"%2elock\1"))


class _Tip(NamedTuple):
    """The end of a stream as it was last seen."""

    commit: str
    starts: tuple[int, ...]
    """Number of the first entry of each file."""
    tail: bytes
    """The last file."""
    head: Head


class GitStore:
    """Streams as branches `ledger/<stream>` of a governance repository.

    A commit adds entries to files of up to 1,000 lines; history only grows. Blobs lie under
    `refs/gate/blobs/`, each a commit of its own, since what is in a branch cannot be erased.

    Args:
        place: path or URL of the repository.
    """

    def __init__(self, place: str) -> None:
        self._cache = GitCache(place)
        self._tips: dict[str, _Tip] = {}

    def head(self, stream: str) -> Head | None:
        """See `Store.head`."""
        with self._cache.locked():
            tip = self._look(check_stream(stream))
        return tip.head if tip else None

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """See `Store.append`."""
        entries = chain(expected, drafts, check_stream(stream))
        self._write(stream, expected, entries)
        return entries

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """See `Store.adopt`."""
        require_chain(expected, entries, check_stream(stream))
        self._write(stream, expected, entries)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """See `Store.read`."""
        return entries_between(self.blocks(stream, first, last), stream, first, last)

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """See `Store.blocks`; a block is a file."""
        with self._cache.locked():
            tip = self._look(check_stream(stream))
        if tip is None:
            return
        for start, ends in zip(tip.starts, (*tip.starts[1:], tip.head.seq + 1), strict=True):
            if ends <= first or (last is not None and start > last):
                continue
            is_tail = start == tip.starts[-1]
            data = tip.tail if is_tail else self._cache.content(f"{tip.commit}:{_file(start)}")
            if data.count(b"\n") != ends - start:
                count = data.count(b"\n")
                raise _foreign(stream, f"a file with {count} entries for {ends - start}")
            yield Block(data, f"entry {start} or later of {stream}")

    def streams(self) -> tuple[str, ...]:
        """See `Store.streams`."""
        with self._cache.locked():
            found = self._cache.refs(_BRANCHES)
        names = [name.replace("%2e", ".") for name in found]
        known = [name for name in names if _branch(name) in found and _is_stream(name)]
        return tuple(sorted(known))

    def turn(self, stream: str) -> AbstractContextManager[None]:
        """See `Store.turn`; of the processes of this machine."""
        return self._cache.turn(check_stream(stream).replace("/", "~"))

    def put_blob(self, data: bytes) -> str:
        """See `Store.put_blob`."""
        if len(data) > MAX_BLOB:
            raise RecordError(f"the blob has {len(data)} bytes, {MAX_BLOB} are allowed")
        digest = hashlib.sha256(data).hexdigest()
        with self._cache.locked():
            commit = self._cache.commit("", {"blob": data}, 0, f"Keep {digest}")
            try:
                self._cache.push(commit, _BLOBS + digest)
            finally:
                self._cache.prune()
        return digest

    def get_blob(self, digest: str) -> bytes | None:
        """See `Store.get_blob`."""
        ref = _BLOBS + check_digest(digest)
        with self._cache.locked():
            if not self._cache.fetch(ref, ref, forced=True):
                if self._cache.tree(ref) is not None:
                    self._cache.forget(ref)
                return None
            found = self._cache.tree(ref)
            try:
                files = found[1] if found else []
                if len(files) != 1 or not _is_file(files[0], "blob"):
                    raise _foreign(ref, "other files than the blob")
                data = self._cache.content(files[0].oid)
            finally:
                # NOTE: whoever erases it does so elsewhere, and cannot reach this copy
                self._cache.forget(ref)
        if hashlib.sha256(data).hexdigest() != digest:
            raise RecordError(
                f"blob {digest[:16]}: its bytes are not what the digest says",
                "It was changed after it was written.",
            )
        return data

    def drop_blob(self, digest: str) -> None:
        """See `Store.drop_blob`; the repository lets the bytes go with its next `git gc`."""
        ref = _BLOBS + check_digest(digest)
        with self._cache.locked():
            if self._cache.refs(ref):
                self._cache.push("", ref)
            if self._cache.tree(ref) is not None:
                self._cache.forget(ref)

    def blobs(self) -> tuple[str, ...]:
        """See `Store.blobs`."""
        with self._cache.locked():
            return tuple(sorted(self._cache.refs(_BLOBS)))

    def _write(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        lines = [encode_line(entry) for entry in entries]
        with self._cache.locked():
            known = self._tips.get(stream)
            tip = known if known and known.head == expected else self._look(stream)
            if (tip.head if tip else None) != expected:
                raise ConflictError(f"the ledger: {stream} has moved on")
            written = _fill(tip, lines)
            span = f"{entries[0].seq}" + (f" to {entries[-1].seq}" if len(entries) > 1 else "")
            files = {_file(start): data for start, data in written.items()}
            parent = tip.commit if tip else ""
            message = f"Append {span} to {stream}\n"
            commit = self._cache.commit(parent, files, _seconds(entries[-1].at), message)
            self._tips.pop(stream, None)
            self._cache.push(commit, _BRANCHES + _branch(stream))
            self._tips[stream] = _Tip(
                commit,
                tuple(sorted({*(tip.starts if tip else ()), *written})),
                written[max(written)],
                Head(entries[-1].seq, entries[-1].hash),
            )
            if len(written) > 1:
                self._cache.tidy()

    def _look(self, stream: str) -> _Tip | None:
        """Where a stream ends now; the cache is held."""
        seen = _SEEN + _branch(stream)
        is_there = self._cache.fetch(_BRANCHES + _branch(stream), seen)
        found = self._cache.tree(seen)
        if not is_there and found is not None:
            raise RecordError(
                f"{self._cache.shown}: the branch of {stream} is gone; it had entries before",
                f"Somebody deleted it. Commit {found[0]} is its last that was seen here.",
            )
        if found is None and is_there:
            raise _foreign(stream, "no commit")
        if found is None:
            return None
        known = self._tips.get(stream)
        if known is not None and known.commit == found[0]:
            return known
        tip = self._read_tip(stream, *found)
        self._tips[stream] = tip
        return tip

    def _read_tip(self, stream: str, commit: str, tree: list[TreeFile]) -> _Tip:
        starts = []
        for file in tree:
            match = _SEGMENT.match(file.name)
            if match is None or not _is_file(file, file.name):
                raise _foreign(stream, "other files than entries")
            starts.append(int(match[1]))
        if not starts or starts[0] != 0:
            raise _foreign(stream, "no first file of entries")
        tail = self._cache.content(f"{commit}:{_file(starts[-1])}")
        count = tail.count(b"\n")
        line = tail[tail.rfind(b"\n", 0, -1) + 1 :]
        last = decode_line(line, f"the last entry of {stream}", stream)
        if last.seq != starts[-1] + count - 1 or last.hash != entry_hash(last):
            raise RecordError(
                f"the last entry of {stream}: its number or its hash does not fit it",
                "It was changed after it was written; `gate ledger verify` tells more.",
            )
        return _Tip(commit, tuple(starts), tail, Head(last.seq, last.hash))


def _fill(tip: _Tip | None, lines: Sequence[bytes]) -> dict[int, bytes]:
    """The files that lines go into, by the number of their first entry."""
    start, tail = (tip.starts[-1], tip.tail) if tip else (0, b"")
    number = tip.head.seq + 1 if tip else 0
    parts, size = [tail], len(tail)
    filled: dict[int, bytes] = {}
    for line in lines:
        if number - start >= SEGMENT_LINES or (size and size + len(line) > SEGMENT_BYTES):
            filled[start] = b"".join(parts)
            start, parts, size = number, [], 0
        parts.append(line)
        size += len(line)
        number += 1
    filled[start] = b"".join(parts)
    return filled


def _file(start: int) -> str:
    """The file whose first entry has this number."""
    return f"{start:012}.jsonl"


def _branch(stream: str) -> str:
    """The branch of a stream below `ledger/`: git takes not every dot, `%` is in no name."""
    name = stream.replace("..", ".%2e")
    for found, replacement in _ESCAPED:
        name = found.sub(replacement, name)
    return name[:-1] + "%2e" if name.endswith(".") else name


def _is_stream(name: str) -> bool:
    try:
        check_stream(name)
    except RecordError:
        return False
    return True


def _is_file(file: TreeFile, name: str) -> bool:
    return file.mode == "100644" and file.name == name


def _foreign(where: str, what: str) -> RecordError:
    return RecordError(
        f"{where}: holds {what}", "Nobody but the gate writes there: look at its history."
    )


def _seconds(at: str) -> int:
    """A time in seconds since 1970; 0 for what is none."""
    try:
        return max(0, calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")))
    except ValueError:
        return 0
