"""Read entries of `org/limits` for what they say, which is a third of what they take to keep."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple, TypeVar

import msgspec

from gate.errors import RecordError
from gate.moment import read_time, show_time
from gate.schema.entry import Entry
from gate.schema.events import OutcomeBody, ReserveBody, SettleBody
from gate.store.body import read_body
from gate.store.streams import LIMITS
from gate.text import neutralise

T = TypeVar("T", bound=msgspec.Struct)
_WHOLE = len("2026-11-24T10:00:00Z")


class Taken(NamedTuple):
    """One entry."""

    seq: int
    """Its number in the stream."""
    kind: str
    """reserve | commit | release | outcome | ... ."""
    id: str
    """Its event id; empty: it has none."""
    at: str
    """When, RFC 3339 UTC, whole seconds."""
    body: ReserveBody | SettleBody | OutcomeBody | None
    """What it says; `None`: nothing of limits."""


def taken(entry: Entry) -> Taken:
    """What an entry says.

    Raises:
        RecordError: it is malformed; names its number.
    """
    kind = _KINDS.get(entry.kind)
    body = None if kind is None else read_body(entry, kind)
    name = entry.id if isinstance(entry.id, str) else ""
    return Taken(entry.seq, entry.kind, name, whole(entry.at), body)


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


def back(now: str, length: timedelta) -> str:
    """The moment so long before another, RFC 3339 UTC, whole seconds.

    Raises:
        RecordError: that is not a time.
    """
    moment = read_time(now)
    if moment is None:
        raise RecordError(f"stream {LIMITS}: {neutralise(now, 40)} is not a time")
    try:
        return show_time(moment - length)
    except OverflowError as error:
        raise RecordError(
            f"stream {LIMITS}: {neutralise(now, 40)} is at the end of time"
        ) from error


_KINDS: dict[str, type[ReserveBody | SettleBody | OutcomeBody]] = {
    "reserve": ReserveBody,
    "commit": SettleBody,
    "release": SettleBody,
    "outcome": OutcomeBody,
}
