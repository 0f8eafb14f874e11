"""Sign the heads of all streams at once, and hold every stream against what was signed of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import CheckpointBody
from gate.store.body import read_body
from gate.store.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
)
from gate.store.examine import Examined, examine
from gate.store.note import NoteKey, NoteSigner
from gate.store.port import Store, check_stream
from gate.store.streams import CHECKPOINTS, Streams

KIND = "checkpoint"
"""Kind of the entries in `org/checkpoints`."""

Signed = Mapping[str, Sequence[SignedCheckpoint]]
"""Stream -> what was signed of it, oldest first."""


class Verified(msgspec.Struct, frozen=True):
    """A stream whose chain holds, and which is what was signed of it."""

    stream: str
    """Its name."""
    found: Examined
    """Its entries."""
    signed: SignedCheckpoint | None
    """The newest that was signed of it; `None`: nothing was."""


def sign_heads(streams: Streams, signer: NoteSigner, now: str) -> Entry | None:
    """Sign size and root of every stream, in one entry of `org/checkpoints`.

    Every stream is verified first, and has to grow out of what was signed of it before. What an
    earlier note says counts whoever signed it: a forged one only keeps this from signing.

    Args:
        streams: of the store.
        signer: the private key.
        now: RFC 3339 UTC.

    Returns:
        The entry; `None`: nothing was written since the last one, or ever.

    Raises:
        TamperedError: something was done to a stream since it was last signed.
        RecordError: one cannot be read, or the entry cannot be written.
    """
    notes: dict[str, str] = {}
    grew = False
    for one in verify_all(streams.store, ()):
        if one.stream == CHECKPOINTS:
            continue
        origin = origin_of(signer.key.name, one.stream)
        checkpoint = Checkpoint(origin, one.found.size, one.found.root)
        notes[one.stream] = sign_checkpoint(checkpoint, signer)
        grew = grew or one.signed is None or one.signed.checkpoint.size < checkpoint.size
    if not grew:
        return None
    body = CheckpointBody(signer=signer.key.id, notes=notes)
    return streams.ledger(CHECKPOINTS).append(KIND, now, msgspec.to_builtins(body))


def verify_all(
    store: Store, keys: Sequence[NoteKey], anchor: Checkpoint | None = None
) -> tuple[Verified, ...]:
    """Verify every stream, and hold each against all that was ever signed of it.

    Args:
        store: the store.
        keys: whom to trust; without any, what was signed is compared and the signer unproven.
        anchor: a checkpoint of `org/checkpoints` that was kept elsewhere.

    Returns:
        The streams, by name.

    Raises:
        TamperedError: names the stream, and what was done to it.
        RecordError: one cannot be read.
    """
    names = set(store.streams())
    signed: dict[str, list[SignedCheckpoint]] = {}
    if CHECKPOINTS in names or anchor is not None:
        _verify(store, CHECKPOINTS, (), anchor)
        for name, note in _notes(store):
            signed.setdefault(name, []).append(read_checkpoint(note.encode(), keys, name))
    return tuple(_verify(store, name, signed.get(name, ())) for name in sorted(names | {*signed}))


def _verify(
    store: Store,
    stream: str,
    signed: Sequence[SignedCheckpoint],
    anchor: Checkpoint | None = None,
) -> Verified:
    """One stream; what it says on failure names it."""
    known = [one.checkpoint for one in signed] + ([anchor] if anchor else [])
    try:
        found = examine(enumerate(store.read(stream), 1), [one.size for one in known])
        for one in known:
            found.hold_against(one, "anchor" if one is anchor else "checkpoint")
    except RecordError as error:
        error.message = f"stream {stream}: {error.message}"
        error.args = (error.message,)
        raise
    return Verified(stream, found, signed[-1] if signed else None)


def _notes(store: Store) -> Iterator[tuple[str, str]]:
    """(stream, signed note) of every checkpoint, oldest first."""
    for entry in store.read(CHECKPOINTS):
        if entry.kind != KIND:
            continue
        for stream, note in read_body(entry, CheckpointBody).notes.items():
            yield check_stream(stream), note
