"""Read the body of an entry as what is written of its kind."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.store.port import MAIN
from gate.text import neutralise

T = TypeVar("T")

STRANGER = "It was written by another version of the gate, or by something else."
"""What to make of an entry that does not say what its kind says."""


def read_body(entry: Entry, kind: type[T]) -> T:
    """The body of an entry as a struct of `gate.schema`.

    Raises:
        RecordError: it is none; names the entry and what does not fit.
    """
    try:
        return msgspec.convert(entry.body, kind, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"{name_entry(entry)}: {neutralise(str(error), 200)}", STRANGER
        ) from error


def name_entry(entry: Entry) -> str:
    """How an entry is named in a message."""
    stream = entry.stream if isinstance(entry.stream, str) else MAIN
    return f"stream {neutralise(stream, 160)}, entry {entry.seq} ({neutralise(entry.kind, 40)})"
