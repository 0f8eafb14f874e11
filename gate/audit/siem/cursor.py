"""Remember up to which entry of each stream a receiver has acknowledged."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from gate.errors import RecordError
from gate.schema.ledger import Head
from gate.store.ledger import require_chain
from gate.store.port import Store, check_stream
from gate.text import neutralise

MAX_CURSOR = 16 * 1024 * 1024
"""Bytes of a cursor's file."""


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seq: int
    hash: str


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    streams: dict[str, _Place]


def read_cursor(path: str) -> dict[str, Head]:
    """Stream -> its last acknowledged entry; nothing where there is no file yet.

    Raises:
        RecordError: the file cannot be read, or is no cursor.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read(MAX_CURSOR + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _failed(path, error) from error
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(path, "not a cursor") from error
    if document.version != 1:
        raise _broken(path, f"version {document.version} of a cursor, 1 is known")
    return {check_stream(name): Head(one.seq, one.hash) for name, one in document.streams.items()}


def write_cursor(path: str, places: Mapping[str, Head]) -> None:
    """Put a cursor in place, durably, whole or not at all.

    Raises:
        RecordError: it cannot be written.
    """
    streams = {name: _Place(head.seq, head.hash) for name, head in places.items()}
    data = msgspec.json.encode(_Document(version=1, streams=streams), order="sorted") + b"\n"
    fresh = f"{path}.new-{os.getpid()}"
    try:
        with open(fresh, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(fresh, path)
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _failed(path, error) from error


def check_place(store: Store, stream: str, place: Head) -> None:
    """Check that a stream still holds the entry that was acknowledged last.

    Raises:
        RecordError: it does not: the ledger was rewritten, or it is another one.
    """
    found = next(iter(store.read(stream, place.seq, place.seq)), None)
    if found is None or found.seq != place.seq or found.hash != place.hash:
        what = "is not there" if found is None else "is another one"
        raise RecordError(
            f"stream {neutralise(stream, 130)}: entry {place.seq}, the last that was sent, {what}",
            "The ledger was rewritten, or the cursor belongs to another one: run"
            " `gate ledger verify` against a checkpoint kept elsewhere.",
        )
    # NOTE: the hash alone could be copied into a line that was changed
    before = Head(found.seq - 1, found.prev) if found.seq else None
    require_chain(before, (found,), stream)


def _broken(path: str, what: str) -> RecordError:
    return RecordError(
        f"{neutralise(path, 200)}: {what}",
        "Restore it; without one everything is sent again, which receivers can tell.",
    )


def _failed(path: str, error: OSError) -> RecordError:
    return RecordError(
        f"{neutralise(path, 200)}: {error.strerror or error.__class__.__name__}",
        "Name a file that may be written with --cursor.",
    )
