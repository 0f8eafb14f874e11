"""Send what a cursor has not seen yet, in batches, each until the receiver acknowledges it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from gate.audit.reading import Told
from gate.audit.siem.cursor import check_place
from gate.audit.siem.receiver import DeliveryError, Receiver
from gate.errors import RecordError
from gate.moment import read_time
from gate.schema.entry import Entry
from gate.schema.ledger import Head
from gate.store.ledger import require_chain
from gate.store.port import Store

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of one batch; a single larger event is sent alone."""
_FIRST_WAIT = 1.0
"""Seconds after the first failure."""
_LONGEST_WAIT = 30.0
"""Seconds at most, unless the receiver asks for more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to send."""

    encode: Callable[[Told], bytes]
    """The message of an entry, with its frame or its newline."""
    save: Callable[[dict[str, Head]], None]
    """Keeps the cursor, after each acknowledgement."""
    wait: Callable[[float], None]
    """Waits for seconds."""
    since: str = ""
    """RFC 3339; entries from before are passed over. Empty: none are."""
    batch: int = 500
    """Events of one batch."""
    attempts: int = 5
    """Times a batch is sent before giving up."""


class Sent(NamedTuple):
    """What was sent."""

    entries: int
    """Entries sent and acknowledged."""
    passed: int
    """Entries from before `Plan.since`."""
    streams: int
    """Streams that had any."""


@dataclass(slots=True)
class _Batch:
    messages: list[bytes] = field(default_factory=list)
    size: int = 0
    last: Head | None = None


def send(store: Store, cursor: dict[str, Head], receiver: Receiver, plan: Plan) -> Sent:
    """Send every entry behind the cursor, stream by stream in order of their numbers.

    Every entry is checked against itself and the one before it, back to the last that was sent.

    Args:
        store: the ledger.
        cursor: stream -> last entry acknowledged; it is moved on and saved after every batch.
        receiver: who gets them.
        plan: how.

    Raises:
        RecordError: the ledger cannot be read, does not fit together, or not to the cursor.
        DeliveryError: the receiver did not acknowledge; the cursor stands behind the last batch
            that it did.
    """
    names = store.streams()
    if not names and not cursor:
        raise RecordError("the ledger holds nothing", "Is it the right one? See --ledger.")
    for name, place in cursor.items():
        check_place(store, name, place)
    return _total([_send_stream(store, name, cursor, receiver, plan) for name in names])


def _total(sent: list[tuple[int, int]]) -> Sent:
    entries, passed = sum(one for one, _ in sent), sum(one for _, one in sent)
    return Sent(entries, passed, sum(any(one) for one in sent))


def _send_stream(
    store: Store, name: str, cursor: dict[str, Head], receiver: Receiver, plan: Plan
) -> tuple[int, int]:
    """How many entries of a stream were sent, and how many were too old."""
    begin = read_time(plan.since)
    batch, sent, passed = _Batch(), 0, 0

    def hand_over() -> int:
        if batch.last is None:
            return 0
        if batch.messages:
            _insist(receiver, batch.messages, plan)
        cursor[name] = batch.last
        plan.save(cursor)
        return len(batch.messages)

    for entry in _behind(store, name, cursor.get(name)):
        moment = read_time(entry.at)
        old = begin is not None and moment is not None and moment < begin
        message = b"" if old else plan.encode(Told(name, entry))
        if len(batch.messages) >= plan.batch or batch.size + len(message) > MAX_BATCH_BYTES:
            sent += hand_over()
            batch = _Batch()
        passed += old
        if not old:
            batch.messages.append(message)
        batch.size += len(message)
        batch.last = Head(entry.seq, entry.hash)
    return sent + hand_over(), passed


def _behind(store: Store, name: str, place: Head | None) -> Iterator[Entry]:
    """The entries of a stream behind a place, up to where it ends now, each checked."""
    head = store.head(name)
    last = place
    for entry in store.read(name, place.seq + 1 if place else 0, head.seq if head else -1):
        require_chain(last, (entry,), name)
        last = Head(entry.seq, entry.hash)
        yield entry
    if last != head:
        raise RecordError(
            f"stream {name}: it ends elsewhere than its head says",
            "It was tampered with: `gate ledger verify` tells more.",
        )


def _insist(receiver: Receiver, messages: list[bytes], plan: Plan) -> None:
    """Send a batch until it is acknowledged, waiting twice as long after each failure."""
    pause = _FIRST_WAIT
    for attempt in range(1, plan.attempts + 1):
        try:
            receiver.deliver(messages)
        except DeliveryError as error:
            if not error.is_passing or attempt == plan.attempts:
                raise
            plan.wait(max(pause, error.wait))
            pause = min(pause * 2, _LONGEST_WAIT)
        else:
            return
