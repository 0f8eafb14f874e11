"""Record what became of pull requests, each thing once."""

from __future__ import annotations

from datetime import timedelta

from gate.moment import read_time, show_time
from gate.record.incidents import plain
from gate.schema.entry import Entry
from gate.schema.events import OutcomeBody
from gate.store.body import read_body
from gate.store.recent import recent
from gate.store.streams import LIMITS, Streams

_FREEING = ("merged", "closed")
"""What ends the use of a limit on open pull requests."""
_REACH = timedelta(days=91)
"""How far back an end still matters: the longest window, and some more."""


def record_outcome(streams: Streams, body: OutcomeBody, now: str) -> tuple[Entry, ...]:
    """Write what became of a pull request to its repository's stream, the end of it to the limits.

    To the limits goes as well that one is open again, which they take for ended.

    Args:
        streams: the ledger.
        body: what happened; the same thing is written once to each stream.
        now: when it was seen, RFC 3339 UTC.

    Returns:
        The entries that were written; none where it is there already.

    Raises:
        RecordError: it could not be written, or the ledger not be read.
    """
    names = [streams.decisions_name(body.pull.repo)]
    if body.outcome in _FREEING or (body.outcome == "opened" and _has_ended(streams, body)):
        names.append(LIMITS)
    return tuple(
        streams.ledger(name).append("outcome", now, plain(body))
        for name in names
        if not _is_told(streams, name, body)
    )


def identity(body: OutcomeBody) -> tuple[object, ...]:
    """What makes two outcomes the same one, whether an event or a catch-up told it."""
    pull = (body.pull.repo.lower(), body.pull.number, body.outcome)
    if body.outcome in ("merged", "reverted"):
        return (*pull, body.merge)
    return (*pull, body.pull.head if body.outcome == "fixed" else body.at)


def _has_ended(streams: Streams, body: OutcomeBody) -> bool:
    """Whether the limits have the pull request as ended."""
    moment = read_time(body.at)
    since = show_time(moment - _REACH) if moment else ""
    ended = False
    for entry in recent(streams.store, LIMITS, since)[0]:
        if entry.kind == "outcome":
            known = read_body(entry, OutcomeBody)
            if identity(known)[:2] == identity(body)[:2]:
                ended = known.outcome in _FREEING
    return ended


def _is_told(streams: Streams, name: str, body: OutcomeBody) -> bool:
    """Whether a stream holds it; it cannot have been seen before it happened."""
    moment = read_time(body.at)
    since = show_time(moment - timedelta(days=1)) if moment else ""
    entries, _ = recent(streams.store, name, since)
    for entry in entries:
        if entry.kind == "outcome":
            known = read_body(entry, OutcomeBody)
            if identity(known) == identity(body):
                return True
    return False
