"""One stream in one file: JSON Lines, locked, appended, fsynced."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from gate.errors import ConflictError, RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Head
from gate.store import journal
from gate.store.block import entries_between
from gate.store.ledger import MAX_ENTRY, decode_line, encode_line, entry_hash, head_of, link
from gate.store.port import MAIN, Block

_CHUNK = 65_536
_BLOCK = 65_536
"""Bytes of a block: many lines to a call, and few enough to stay in a cache."""


class FileLedger:
    """A ledger in one file, made with its folders at the first entry.

    Several processes may append at once: each takes an exclusive lock. A line torn by a crash is
    moved aside to `<file>.torn-<first 8 hex of its SHA-256>` and an entry of kind `recovery` says
    so; it was never announced, since announcing waits for the fsync. Several entries at once are
    promised in `<file>.journal` first: the next writer completes what a crash cut short, and
    until then readers see none of it.

    Args:
        path: the file.
        stream: which stream it is.
    """

    def __init__(self, path: str, stream: str = MAIN) -> None:
        self._path = path
        self._stream = stream

    def append(self, kind: str, at: str, body: dict[str, Any]) -> Entry:
        """Write one entry durably; see `Ledger.append`."""
        with self._writing() as handle:
            entry = link(self._recover(handle, at), kind, at, body, stream=self._stream)
            _write(handle, encode_line(entry))
            return entry

    def extend(self, expected: Head | None, entries: Sequence[Entry]) -> None:
        """Write entries durably, all or none, if the file ends with the expected head.

        Raises:
            ConflictError: it ends elsewhere.
            RecordError: as `append`.
        """
        if not entries:
            return
        with self._writing() as handle:
            if head_of(self._recover(handle, entries[0].at)) != expected:
                raise ConflictError("the ledger: somebody else wrote to it first")
            if len(entries) == 1:
                _write(handle, encode_line(entries[0]))
            else:
                self._write_all(handle, entries)

    def head(self) -> Head | None:
        """Where the file ends, a torn line left out.

        Raises:
            RecordError: it cannot be read, or its last entry was changed.
        """
        try:
            with open(self._path, "rb") as handle:
                line, start = _last_line(handle.fileno(), self._whole_size(handle))
                if line and not line.endswith(b"\n"):
                    line, _ = _last_line(handle.fileno(), start)
                return head_of(_last(line, self._stream))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self._path, error) from error

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Every entry; see `Ledger.entries`."""
        try:
            with open(self._path, "rb") as handle:
                for number, line in enumerate(_lines(handle, self._whole_size(handle)), 1):
                    yield number, decode_line(line, f"ledger line {number}", self._stream)
        except OSError as error:
            raise _unreadable(self._path, error) from error

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries by number, both ends included; none of a file that is not there.

        A torn line at the end is left out: it was never announced.
        """
        return entries_between(self.blocks(first), self._stream, first, last)

    def blocks(self, first: int = 0) -> Iterator[Block]:
        """Lines from an entry on, some before it among them; none of a file that is not there.

        A torn line at the end is left out.
        """
        try:
            with open(self._path, "rb") as handle:
                size = self._whole_size(handle)
                if first:
                    _seek(handle, first, size, self._stream)
                for lines in _blocks(handle, size):
                    yield Block(lines, f"ledger entry {first} or later")
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(self._path, error) from error

    @contextmanager
    def _writing(self) -> Iterator[int]:
        try:
            with self._locked() as handle:
                yield handle
        except OSError as error:
            raise RecordError(
                f"ledger {self._path}: {error.strerror or error.__class__.__name__}",
                "Nothing is announced that is not recorded: free the disk, or give --ledger FILE.",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        folder = os.path.dirname(self._path) or "."
        os.makedirs(folder, mode=0o700, exist_ok=True)
        fresh = not os.path.exists(self._path)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if fresh:
                journal.sync_folder(folder)
            yield handle
        finally:
            os.close(handle)

    def _recover(self, handle: int, at: str) -> Entry | None:
        """The last whole entry, after completing what was promised and moving a torn line aside."""
        promise = journal.read_journal(self._path)
        if promise is not None:
            self._keep(handle, promise)
        size = os.fstat(handle).st_size
        line, start = _last_line(handle, size)
        if not line or line.endswith(b"\n"):
            return _last(line, self._stream)
        digest = hashlib.sha256(line).hexdigest()
        aside = f"{self._path}.torn-{digest[:8]}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        if not os.path.exists(aside):
            torn = os.open(aside, flags, 0o600)
            try:
                os.write(torn, line)
                os.fsync(torn)
            finally:
                os.close(torn)
        os.ftruncate(handle, start)
        previous = _last(_last_line(handle, start)[0], self._stream)
        torn_line = {"torn_bytes": len(line), "torn_sha256": digest}
        entry = link(previous, "recovery", at, torn_line, stream=self._stream)
        _write(handle, encode_line(entry))
        return entry

    def _keep(self, handle: int, promise: journal.Journal) -> None:
        """Write what was promised, if it is not there yet."""
        size = os.fstat(handle).st_size
        if not journal.kept(self._path, handle, size, promise):
            os.ftruncate(handle, promise.before)
            _write(handle, promise.lines)
        journal.drop_journal(self._path)

    def _write_all(self, handle: int, entries: Sequence[Entry]) -> None:
        lines = b"".join(map(encode_line, entries))
        before = os.fstat(handle).st_size
        journal.write_journal(self._path, before, lines)
        try:
            _write(handle, lines)
        finally:
            if os.fstat(handle).st_size in (before, before + len(lines)):
                journal.drop_journal(self._path)

    def _whole_size(self, handle: BinaryIO) -> int:
        """The file's size while nobody is writing to it, so that nothing is seen half written."""
        fcntl.flock(handle, fcntl.LOCK_SH)
        try:
            return journal.whole_size(self._path, handle, os.fstat(handle.fileno()).st_size)
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _write(handle: int, lines: bytes) -> None:
    """Append durably, or not at all."""
    before = os.fstat(handle).st_size
    written, is_durable = 0, False
    try:
        while written < len(lines):
            written += os.write(handle, lines[written:])
        os.fsync(handle)
        is_durable = True
    finally:
        if not is_durable:
            os.ftruncate(handle, before)


def _unreadable(path: str, error: OSError) -> RecordError:
    return RecordError(
        f"ledger {path}: {error.strerror or error.__class__.__name__}",
        "Give the ledger's file with --ledger FILE.",
    )


def _lines(handle: BinaryIO, size: int) -> Iterator[bytes]:
    """The lines from here on, up to a size."""
    left = size - handle.tell()
    while left > 0 and (line := handle.readline(min(MAX_ENTRY + 2, left))):
        left -= len(line)
        yield line


def _blocks(handle: BinaryIO, size: int) -> Iterator[bytes]:
    """Whole lines from here on, up to a size; what is too long for one is not waited for."""
    left = size - handle.tell()
    begun: list[bytes] = []
    while left > 0 and (data := handle.read(min(_BLOCK, left))):
        left -= len(data)
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join((*begun, data[:end]))
            begun = []
        begun.append(data[end:])
        if sum(map(len, begun)) > MAX_ENTRY + 2:
            yield b"".join(begun)
            return


def _seek(handle: BinaryIO, first: int, size: int, stream: str) -> None:
    """Go to a line at or not far before that of an entry: they stand in order of their number."""
    low, high = 0, size
    while high - low > _CHUNK:
        middle = (low + high) // 2
        handle.seek(middle)
        handle.readline(MAX_ENTRY + 2)
        start = handle.tell()
        line = handle.readline(MAX_ENTRY + 2) if start < high else b""
        where = f"ledger byte {start}"
        if line.endswith(b"\n") and decode_line(line, where, stream).seq <= first:
            low = start
        else:
            high = middle
    handle.seek(low)


def _last_line(handle: int, size: int) -> tuple[bytes, int]:
    """The last line with its newline if it has one, and where it starts."""
    tail = b""
    position = size
    while position > 0:
        step = min(_CHUNK, position)
        position -= step
        tail = os.pread(handle, step, position) + tail
        cut = tail.rfind(b"\n", 0, len(tail) - 1)
        if cut >= 0:
            return tail[cut + 1 :], position + cut + 1
        if len(tail) > MAX_ENTRY:
            raise RecordError("the last line of the ledger is too long to be an entry")
    return tail, 0


def _last(line: bytes, stream: str) -> Entry | None:
    """The last entry, on which nothing is built when it was changed since it was written.

    Raises:
        RecordError: its hash does not fit it.
    """
    if not line:
        return None
    entry = decode_line(line, "the last line of the ledger", stream)
    if entry.hash != entry_hash(entry):
        raise RecordError(
            "the last line of the ledger: the hash does not fit the entry",
            "It was changed after it was written; `gate ledger verify` tells more.",
        )
    return entry
