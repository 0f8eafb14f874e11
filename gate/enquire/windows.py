"""Tell which reservations count in a sliding window, and which pull requests have ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from gate.errors import RecordError
from gate.moment import read_window
from gate.schema.bodies import PullName
from gate.schema.events import OutcomeBody, ReserveBody, SettleBody
from gate.schema.site import Limit
from gate.store.taken import Taken, back, whole
from gate.text import neutralise

ENDED = frozenset({"merged", "closed"})
"""Outcomes after which a pull request is no longer open."""

PullKey = tuple[str, str, str]
"""Agent, repository in lower case, and number; of a local range its head in place of a number."""


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
    key: PullKey
    """Which pull request of which agent."""


def pull_key(agent: str, pull: PullName) -> PullKey:
    """What one pull request of an agent is known by, in whatever case its names are written."""
    return agent, pull.repo.lower(), str(pull.number) if pull.number else pull.head


def shares(entries: Iterable[Taken], now: str, reach: timedelta) -> list[Share]:
    """The reservations made in `(now - reach, now]` that were committed, or whose lease runs.

    A reservation that was released first counts nowhere. One that was committed goes on counting
    whatever is said of it later. One from the future, of a clock that was wrong, counts as of now.

    Args:
        entries: of the stream `org/limits`, in order.
        now: RFC 3339 UTC.
        reach: how far back.

    Raises:
        RecordError: a time is none.
    """
    until = whole(now)
    since = back(until, reach)
    settled: dict[str, str] = {}
    made: list[tuple[Taken, ReserveBody]] = []
    for entry in entries:
        body = entry.body
        if isinstance(body, SettleBody):
            settled.setdefault(body.reservation, entry.kind)
        elif isinstance(body, ReserveBody) and since < entry.at:
            made.append((entry, body))
    found = []
    for entry, taken in made:
        end = settled.get(entry.id, "")
        if end == "commit" or (not end and whole(taken.lease) > until):
            key = pull_key(taken.agent, taken.pull)
            at = min(entry.at, until)
            found.append(Share(entry.id, entry.seq, at, taken, bool(end), key))
    return found


def ended(entries: Iterable[Taken]) -> dict[tuple[str, int], int]:
    """Repository in lower case and number -> the last entry that says it was merged or closed."""
    found: dict[tuple[str, int], int] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, OutcomeBody):
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
