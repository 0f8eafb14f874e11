"""The file engine of the ledger: JSON Lines, locked, appended, fsynced."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.store.ledger import MAX_ENTRY, entry_hash, link

_CHUNK = 65_536


class FileLedger:
    """A ledger in one file, made with its folders at the first entry.

    Several processes may append at once: each takes an exclusive lock. A line torn by a crash is
    moved aside to `<file>.torn-<first 8 hex of its SHA-256>` and an entry of kind `recovery` says
    so; it was never announced, since announcing waits for the fsync.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def append(self, kind: str, at: str, body: dict[str, Any]) -> Entry:
        """Write one entry durably; see `Ledger.append`."""
        try:
            with self._locked() as handle:
                previous = self._recover(handle, at)
                entry = link(previous, kind, at, body)
                self._write(handle, entry)
                return entry
        except OSError as error:
            raise RecordError(
                f"ledger {self._path}: {error.strerror or error.__class__.__name__}",
                "Nothing is announced that is not recorded: free the disk, or give --ledger FILE.",
            ) from error

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Every entry; see `Ledger.entries`."""
        try:
            with open(self._path, "rb") as handle:
                for number, line in enumerate(iter(lambda: handle.readline(MAX_ENTRY + 2), b""), 1):
                    yield number, _parse(line, number)
        except OSError as error:
            raise RecordError(
                f"ledger {self._path}: {error.strerror or error.__class__.__name__}",
                "Give the ledger's file with --ledger FILE.",
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
                _sync_folder(folder)
            yield handle
        finally:
            os.close(handle)

    def _recover(self, handle: int, at: str) -> Entry | None:
        """The last whole entry, after moving a torn line aside."""
        size = os.fstat(handle).st_size
        line, start = _last_line(handle, size)
        if not line:
            return None
        if line.endswith(b"\n"):
            return _checked(_parse(line, None))
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
        whole, _ = _last_line(handle, start)
        previous = _checked(_parse(whole, None)) if whole else None
        entry = link(previous, "recovery", at, {"torn_bytes": len(line), "torn_sha256": digest})
        self._write(handle, entry)
        return entry

    def _write(self, handle: int, entry: Entry) -> None:
        line = msgspec.json.encode(entry, order="sorted") + b"\n"
        if len(line) > MAX_ENTRY:
            raise RecordError(f"the entry has {len(line)} bytes, {MAX_ENTRY} are allowed")
        before = os.fstat(handle).st_size
        written = 0
        try:
            while written < len(line):
                written += os.write(handle, line[written:])
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before)
            raise


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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


def _checked(entry: Entry) -> Entry:
    """The last entry, on which nothing is built when it was changed since it was written.

    Raises:
        RecordError: its hash does not fit it.
    """
    if entry.hash != entry_hash(entry):
        raise RecordError(
            "the last line of the ledger: the hash does not fit the entry",
            "It was changed after it was written; `gate ledger verify` tells more.",
        )
    return entry


def _parse(line: bytes, number: int | None) -> Entry:
    where = f"ledger line {number}" if number else "the last line of the ledger"
    if len(line) > MAX_ENTRY or not line.endswith(b"\n"):
        raise RecordError(f"{where}: torn or too long", "The next entry moves a torn line aside.")
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(
            f"{where}: not an entry", "The file was edited, or is no ledger."
        ) from error


_DECODER = msgspec.json.Decoder(Entry)
