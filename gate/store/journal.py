"""Several lines at once into a file, all or none of them whatever kills the writer in between."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, NamedTuple

import msgspec

from gate.errors import RecordError
from gate.store.tampering import TamperedError

_SUFFIX = ".journal"


class _Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line of a journal."""

    before: int
    """Bytes of the file before."""
    size: int
    """Bytes of what is to follow them."""
    sha256: str
    """Their digest, hex."""


class Journal(NamedTuple):
    """What is to stand in a file from some byte on."""

    before: int
    """Bytes of the file before."""
    lines: bytes
    """What is to follow them."""


def write_journal(path: str, before: int, lines: bytes) -> None:
    """Promise, durably, that lines are going to follow a file as it is; its lock is held.

    Args:
        path: of the file.
        before: its size in bytes.
        lines: what is appended next.

    Raises:
        OSError: it could not be written.
    """
    digest = hashlib.sha256(lines).hexdigest()
    promise = _Promise(before=before, size=len(lines), sha256=digest)
    passing = f"{path}{_SUFFIX}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(passing, flags, 0o600), "wb") as handle:
        handle.write(msgspec.json.encode(promise) + b"\n" + lines)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(passing, path + _SUFFIX)
    sync_folder(os.path.dirname(path) or ".")


def drop_journal(path: str) -> None:
    """Take the promise back, or forget it once it is kept.

    Raises:
        OSError: it could not be removed.
    """
    os.unlink(path + _SUFFIX)
    sync_folder(os.path.dirname(path) or ".")


def read_journal(path: str) -> Journal | None:
    """The promise that a file has; `None`: there is none, as when no writer was killed.

    Raises:
        OSError: it cannot be read.
        RecordError: it is damaged.
    """
    try:
        handle = os.open(path + _SUFFIX, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as stream:
        first, lines = stream.readline(1000), stream.read()
    try:
        promise = msgspec.json.decode(first, type=_Promise)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(path) from error
    if promise.size != len(lines) or promise.sha256 != hashlib.sha256(lines).hexdigest():
        raise _damaged(path)
    return Journal(promise.before, lines)


def whole_size(path: str, handle: BinaryIO, size: int) -> int:
    """Bytes of a file up to an append that was cut short; its lock is held, nothing is written.

    Raises:
        OSError, RecordError: as `read_journal`.
        TamperedError: as `kept`.
    """
    journal = read_journal(path)
    if journal is None or kept(path, handle.fileno(), size, journal):
        return size
    return journal.before


def kept(path: str, handle: int, size: int, journal: Journal) -> bool:
    """Whether everything promised stands in the file.

    Raises:
        TamperedError: something else does, or the file was cut off before.
    """
    if size < journal.before:
        raise TamperedError(
            "truncated",
            f"ledger {path}: {size} bytes are there, {journal.before} were before the last append",
            f"Its end was cut off. What was to be appended lies in {path}{_SUFFIX}.",
        )
    there = os.pread(handle, len(journal.lines), journal.before)
    if not journal.lines.startswith(there):
        raise TamperedError(
            "rewritten",
            f"ledger {path}: its end is not what was promised to follow",
            f"What was to be appended lies in {path}{_SUFFIX}.",
        )
    return len(there) == len(journal.lines)


def sync_folder(folder: str) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: it could not be done.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(path: str) -> RecordError:
    return RecordError(
        f"ledger {path}{_SUFFIX}: not what the gate writes",
        "It was edited: `gate ledger verify` once it is moved away tells whether the ledger was.",
    )
