"""Find the older decisions that an alert is also about."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from gate.moment import read_time, read_window, show_time
from gate.schema.bodies import DecisionBody, EntryName
from gate.schema.entry import Entry
from gate.schema.report import Report
from gate.store.body import read_body
from gate.store.recent import later
from gate.store.streams import Streams

DAILY = ("volume", "files", "resources", "destroyed", "denials")
"""Signals that add up what an agent did on one day (UTC)."""


class Earlier(NamedTuple):
    """An older decision."""

    name: EntryName
    """Its entry."""
    at: str
    """When, RFC 3339 UTC."""
    pull: str
    """`owner/name#number`; empty where unknown."""
    agent: str
    """The agent by the best name there is."""


def earlier_of(streams: Streams, report: Report) -> tuple[Earlier, ...]:
    """Older decisions that the alerts of a report may be about; nothing is read without any.

    Args:
        streams: the ledger.
        report: the report of a decision.

    Raises:
        RecordError: the ledger cannot be read.
    """
    since = _since(report)
    if not since:
        return ()
    return tuple(
        _earlier(name, entry)
        for name in streams.decision_names()
        for entry in later(streams.store, name, since)
        if entry.kind == "decision" and since <= entry.at <= report.at
    )


def _since(report: Report) -> str:
    """The earliest moment that an alert of the report may reach back to; empty: none does."""
    now = read_time(report.at)
    if now is None:
        return ""
    exceeded = [use.window for use in report.usage.limits if use.exceeded and use.others]
    found = [show_time(now - (read_window(window) or timedelta())) for window in exceeded]
    if any(item.signal in DAILY for item in report.usage.anomalies):
        found.append(f"{report.at[:10]}T00:00:00Z")
    return min(found, default="")


def _earlier(stream: str, entry: Entry) -> Earlier:
    body = read_body(entry, DecisionBody)
    return Earlier(
        name=EntryName(stream=stream, seq=entry.seq, hash=entry.hash),
        at=entry.at,
        pull=body.pull.name if body.pull else "",
        agent=body.who,
    )
