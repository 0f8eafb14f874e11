"""Tell which reservations count in a sliding window, and which pull requests have ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, TypeVar

import msgspec

from gate.errors import RecordError
from gate.moment import read_time, read_window, show_time
from gate.schema.bodies import PullName
from gate.schema.entry import Entry
from gate.schema.happenings import OutcomeBody, ReserveBody, SettleBody
from gate.schema.site import Limit
from gate.store.streams import LIMITS
from gate.text import neutralise

ENDED = frozenset({"merged", "closed"})
"""Outcomes after which a pull request is no longer open."""

PullKey = tuple[str, str, str]
"""Agent, repository in lower case, and number; of a local range its head in place of a number."""

T = TypeVar("T")
_WHOLE = len("2026-11-24T10:00:00Z")


class Share(NamedTuple):
    """One reservation that counts."""

    id: str
    """Its event id."""
    seq: int
    """Its number in the stream."""
    at: str
    """When it was made, RFC 3339 UTC, whole seconds."""
    body: ReserveBody
    """What it took."""
    committed: bool
    """A decision was recorded with it; else only its lease holds it."""

    @property
    def key(self) -> PullKey:
        """Which pull request of which agent."""
        return pull_key(self.body.agent, self.body.pull)


def pull_key(agent: str, pull: PullName) -> PullKey:
    """What one pull request of an agent is known by, in whatever case its names are written."""
    return agent, pull.repo.lower(), str(pull.number) if pull.number else pull.head


def shares(entries: Iterable[Entry], now: str, reach: timedelta) -> list[Share]:
    """The reservations made in `(now - reach, now]` that were committed, or whose lease runs.

    A reservation that was released first counts nowhere. One that was committed goes on counting
    whatever is said of it later.

    Args:
        entries: of the stream `org/limits`, in order.
        now: RFC 3339 UTC.
        reach: how far back.

    Raises:
        RecordError: an entry is malformed; names its number.
    """
    until = whole(now)
    since = window_start(until, reach)
    settled: dict[str, str] = {}
    made: list[Entry] = []
    for entry in entries:
        if entry.kind == "reserve" and since < whole(entry.at) <= until:
            made.append(entry)
        elif entry.kind in ("commit", "release"):
            settled.setdefault(read_entry(entry, SettleBody).reservation, entry.kind)
    found = []
    for entry in made:
        name = entry.id if isinstance(entry.id, str) else ""
        end = settled.get(name, "")
        body = read_entry(entry, ReserveBody)
        if end == "commit" or not end and whole(body.lease) > until:
            found.append(Share(name, entry.seq, whole(entry.at), body, bool(end)))
    return found


def ended(entries: Iterable[Entry]) -> dict[tuple[str, int], int]:
    """Repository in lower case and number -> the last entry that says it was merged or closed.

    Raises:
        RecordError: an entry is malformed; names its number.
    """
    found: dict[tuple[str, int], int] = {}
    for entry in entries:
        if entry.kind == "outcome":
            body = read_entry(entry, OutcomeBody)
            place = (body.pull.repo.lower(), body.pull.number)
            if body.outcome in ENDED:
                found[place] = entry.seq
            elif body.outcome == "opened":
                found.pop(place, None)
    return found


def length_of(limit: Limit) -> timedelta:
    """How far back a limit looks.

    Raises:
        RecordError: its window is none; the site's settings are refused for that earlier.
    """
    length = read_window(limit.window)
    if length is None:
        raise RecordError(f"limit {neutralise(limit.name, 60)}: its window is none")
    return length


def window_start(now: str, length: timedelta) -> str:
    """The moment a window begins behind: it is open there and closed at `now`."""
    moment = read_time(now)
    if moment is None:
        raise RecordError(f"{neutralise(now, 40)}: not a time")
    return show_time(moment - length)


def whole(text: str) -> str:
    """A time to the second, so that times can be compared as text.

    Raises:
        RecordError: it is none.
    """
    if len(text) == _WHOLE and text[-1] == "Z":
        return text
    moment = read_time(text)
    if moment is None:
        raise RecordError(f"stream {LIMITS}: {neutralise(text, 40)} is not a time")
    return show_time(moment)


def read_entry(entry: Entry, kind: type[T]) -> T:
    """The body of an entry.

    Raises:
        RecordError: it is malformed; names its number.
    """
    try:
        return msgspec.convert(entry.body, kind, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"stream {LIMITS}, entry {entry.seq} ({neutralise(entry.kind, 40)}): "
            f"{neutralise(str(error), 200)}",
            "It was written by another version of the gate, or by something else.",
        ) from error
