"""Reserve a change's share of the limits before it is judged, and settle it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median_low
from typing import NamedTuple, Protocol

import msgspec

from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.record.shares import covering, is_settled, lease_of, share
from gate.schema.events import SettleBody
from gate.schema.ledger import Draft, Head
from gate.schema.question import Question
from gate.schema.usage import LimitUse
from gate.store.block import uncollected
from gate.store.ids import new_id
from gate.store.ledger import head_of, require_chain
from gate.store.port import Store
from gate.store.recent import later
from gate.store.streams import LIMITS, Streams
from gate.store.taken import Taken, back, taken
from gate.store.tries import Tries
from gate.text import neutralise

LEASE = timedelta(minutes=15)
"""How long a reservation holds without a `commit`: longer than a run takes."""
SKEW = timedelta(days=1)
"""How far clocks of runners may be apart before one of them is taken for wrong."""

_ASKED = 33
"""Last entries that tell the time where one of them cannot be right."""


class Weigh(Protocol):
    """The limits that speak of one change; `gate.enquire.limits.weigher` makes one.

    Stages are blind to each other, so this one is handed in.
    """

    longest: timedelta
    """The longest window; zero: no limit speaks of the change."""
    shortest: timedelta
    """The shortest window."""

    def __call__(self, entries: Sequence[Taken], now: str) -> tuple[LimitUse, ...]:
        """What was used of each up to a moment, and what the change adds.

        Raises:
            RecordError: a time is none.
        """


class Reservation(NamedTuple):
    """What one run was given of the limits."""

    id: str
    """Event id of its entry; empty: a look, no limit speaks of the change, or it is over one."""
    uses: tuple[LimitUse, ...]
    """Every limit that speaks of the change."""
    settled: bool = False
    """It was committed by an earlier run of the same head, and nothing is left to do."""


def look(streams: Streams, question: Question, weigh: Weigh, now: str) -> Reservation:
    """What the limits say of a change, without taking anything: for dry runs.

    Raises:
        RecordError: the stream cannot be read.
    """
    if not (weigh.longest and question.is_ai):
        return Reservation("", ())
    with uncollected():
        return _look(streams.store, weigh, now)


def reserve(streams: Streams, question: Question, weigh: Weigh, now: str) -> Reservation:
    """Take a change's share of the limits, unless it is over one of those that block.

    The entry is appended behind exactly the entries that were weighed: where somebody else wrote
    first it is weighed again, so that runs at once never take more than there is. Running the same
    head again takes nothing new where an earlier run's share covers it.

    Args:
        streams: the shared ledger.
        question: the change.
        weigh: says what was used of the limits that speak of it.
        now: the run's clock, RFC 3339 UTC; time in the stream never goes back.

    Returns:
        The reservation, which has to be committed or released.

    Raises:
        RecordError: the stream cannot be read, or nothing could be written to it for 60 s.
    """
    if not (weigh.longest and question.is_ai):
        return Reservation("", ())
    with streams.store.turn(LIMITS), uncollected():
        return _reserve(streams.store, question, weigh, now)


def commit(streams: Streams, reservation: Reservation, decision: str, now: str) -> None:
    """Make a reservation last, once the decision is durable; nothing happens for an empty one.

    Args:
        streams: the shared ledger.
        reservation: what `reserve` returned.
        decision: hash of the decision's entry.
        now: the run's clock, RFC 3339 UTC.

    Raises:
        RecordError: its lease ran out and others may have taken its place: the decision must not
            be announced; or it could not be written.
    """
    if reservation.id and not reservation.settled:
        _settle(streams, "commit", SettleBody(reservation=reservation.id, decision=decision), now)


def release(streams: Streams, reservation: Reservation, reason: str, now: str) -> None:
    """Give a reservation back; nothing happens for an empty one, or one that was committed.

    Raises:
        RecordError: it could not be written; its lease ends by itself.
    """
    if reservation.id and not reservation.settled:
        body = SettleBody(reservation=reservation.id, reason=neutralise(reason, 200))
        _settle(streams, "release", body, now)


def _look(store: Store, weigh: Weigh, now: str) -> Reservation:
    # NOTE: what was read is gone by the time the garbage collector is back: it need not look at it
    tail = _Tail(store, now, weigh.longest)
    return Reservation("", weigh(tail.entries, tail.now))


def _reserve(store: Store, question: Question, weigh: Weigh, now: str) -> Reservation:
    name = new_id()
    tail = _Tail(store, now, weigh.longest)
    tries = Tries(LIMITS)
    while True:
        at = tail.now
        uses = weigh(tail.entries, at)
        earlier = covering(tail.entries, question, back(at, weigh.shortest))
        if earlier:
            return Reservation(earlier, uses, settled=True)
        if any(use.exceeded and use.count != "surfaces" for use in uses):
            return Reservation("", uses)
        draft = Draft(kind="reserve", at=at, body=share(question, at, LEASE), id=name)
        if tail.append(draft, tries):
            return Reservation(name, uses)


def _settle(streams: Streams, kind: str, body: SettleBody, now: str) -> None:
    store = streams.store
    event = new_id()
    with store.turn(LIMITS):
        tail = _Tail(store, now, 2 * LEASE)
        tries = Tries(LIMITS)
        while not is_settled(tail.entries, body.reservation):
            at = tail.now
            if kind == "commit" and at >= lease_of(tail.entries, body.reservation):
                raise RecordError(
                    f"the reservation {body.reservation} had run out before the decision was "
                    "recorded",
                    "Others may have taken its place: run it again.",
                )
            if tail.append(
                Draft(kind=kind, at=at, body=msgspec.to_builtins(body), id=event), tries
            ):
                return


class _Tail:
    """The end of the stream as one run has read it, and its clock.

    Args:
        store: the shared store.
        now: the run's clock, RFC 3339 UTC.
        reach: how far back the entries are needed.
    """

    def __init__(self, store: Store, now: str, reach: timedelta) -> None:
        self._store = store
        self._given = back(now, timedelta())
        self._head: Head | None = None
        self.entries: list[Taken] = []
        for entry in later(store, LIMITS, back(now, reach + LEASE)):
            self.entries.append(taken(entry))
            self._head = Head(entry.seq, entry.hash)

    @property
    def now(self) -> str:
        """The later of the run's clock and the latest entry: no window ever moves back.

        Where that entry is far ahead, one clock is wrong: most of the last entries tell which. Else
        one run in a wrong year would empty every window at once, and none would ever move again.
        """
        moments = [entry.at for entry in self.entries]
        latest = max([self._given, *moments])
        if latest > back(self._given, -SKEW):
            latest = max(self._given, median_low(moments[-_ASKED:]))
        return latest

    def append(self, draft: Draft, tries: Tries) -> bool:
        """Append behind what was read; false: others wrote first, and that has been read now.

        Raises:
            RecordError: it cannot be written.
        """
        try:
            self._store.append(LIMITS, self._head, (draft,))
        except (ConflictError, UnknownOutcomeError) as error:
            tries.wait(error)
            return self._read_on(draft.id)
        return True

    def _read_on(self, name: str) -> bool:
        """Read what others wrote meanwhile; whether the entry of an id is among it.

        NOTE: the new end comes from this same reading, as in `gate.store.stream`: an entry whose
        answer was lost and that comes in late wants the place that the second try wants.
        """
        first = self._head.seq + 1 if self._head else 0
        for entry in self._store.read(LIMITS, first):
            require_chain(self._head, (entry,), LIMITS)
            self.entries.append(taken(entry))
            self._head = head_of(entry)
            if entry.id == name:
                return True
        return False
